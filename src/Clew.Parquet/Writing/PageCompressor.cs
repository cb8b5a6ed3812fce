using System.Buffers;
using ZstdSharp;

namespace Clew.Parquet;

/// <summary>zstd for pages, with a context and an output buffer that are used again. The result is valid until the next call.</summary>
internal sealed class PageCompressor(int level) : IDisposable
{
    private Compressor? _zstd;
    private byte[] _output = [];

    public ReadOnlySpan<byte> Compress(ReadOnlySpan<byte> body)
    {
        _zstd ??= new Compressor(level);
        int bound = Compressor.GetCompressBound(body.Length);
        if (_output.Length < bound)
        {
            Return();
            _output = ArrayPool<byte>.Shared.Rent(bound);
        }

        return _output.AsSpan(0, _zstd.Wrap(body, _output));
    }

    public void Dispose()
    {
        _zstd?.Dispose();
        Return();
    }

    private void Return()
    {
        if (_output.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_output);
            _output = [];
        }
    }
}
