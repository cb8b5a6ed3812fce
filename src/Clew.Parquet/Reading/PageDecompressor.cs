using ZstdSharp;

namespace Clew.Parquet;

/// <summary>zstd of pages: the output must have exactly the size that the page header claims.</summary>
internal sealed class PageDecompressor : IDisposable
{
    private Decompressor? _zstd;

    /// <summary>Content size from the frame's header; <see cref="ulong.MaxValue"/> if it has none or is no zstd frame.</summary>
    public static ulong ContentSize(ReadOnlySpan<byte> body)
    {
        try
        {
            return Decompressor.GetDecompressedSize(body);
        }
        catch (ZstdException)
        {
            return ulong.MaxValue;
        }
    }

    public bool TryDecompress(ReadOnlySpan<byte> body, Span<byte> destination)
    {
        _zstd ??= new Decompressor();
        try
        {
            return _zstd.TryUnwrap(body, destination, out int written) && written == destination.Length;
        }
        catch (ZstdException)
        {
            return false;
        }
    }

    public void Dispose() => _zstd?.Dispose();
}
