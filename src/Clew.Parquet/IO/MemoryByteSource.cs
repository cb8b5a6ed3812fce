namespace Clew.Parquet;

/// <summary>A file held in memory.</summary>
public sealed class MemoryByteSource(ReadOnlyMemory<byte> content, string name = "memory") : IByteSource
{
    public string Name { get; } = name;

    public long Length => content.Length;

    public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        int available = (int)Math.Clamp(content.Length - offset, 0, destination.Length);
        if (available > 0)
        {
            content.Span.Slice((int)offset, available).CopyTo(destination.Span);
        }

        return ValueTask.FromResult(available);
    }

    public bool TryGetSpan(long offset, int length, out ReadOnlySpan<byte> span)
    {
        if (offset < 0 || length < 0 || offset > content.Length - length)
        {
            span = default;
            return false;
        }

        span = content.Span.Slice((int)offset, length);
        return true;
    }

    public bool TryRead(long offset, Span<byte> destination)
    {
        if (!TryGetSpan(offset, destination.Length, out ReadOnlySpan<byte> span))
        {
            return false;
        }

        span.CopyTo(destination);
        return true;
    }
}
