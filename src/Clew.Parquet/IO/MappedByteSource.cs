using System.IO.MemoryMappedFiles;

namespace Clew.Parquet;

/// <summary>
/// A local file mapped into memory: pages that are not compressed are decoded where they lie in the page cache, without a copy.
/// Dispose it only after every reader over it is done; spans into an unmapped file are invalid. The file must not shrink.
/// </summary>
public sealed unsafe class MappedByteSource : IByteSource, IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private byte* _start;

    public MappedByteSource(string path)
    {
        Name = path;
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1, FileOptions.RandomAccess);
        Length = stream.Length;
        if (Length == 0)
        {
            throw new ParquetCorruptException(path, 0, "the file is empty");
        }

        _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _start = start + _view.PointerOffset;
    }

    public string Name { get; }

    public long Length { get; }

    public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        int available = (int)Math.Clamp(Length - offset, 0, destination.Length);
        if (available > 0 && TryGetSpan(offset, available, out ReadOnlySpan<byte> span))
        {
            span.CopyTo(destination.Span);
        }

        return ValueTask.FromResult(available);
    }

    public bool TryGetSpan(long offset, int length, out ReadOnlySpan<byte> span)
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        if (offset < 0 || length < 0 || offset > Length - length)
        {
            span = default;
            return false;
        }

        span = new ReadOnlySpan<byte>(_start + offset, length);
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

    public void Dispose()
    {
        if (_start is not null)
        {
            _start = null;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }
}
