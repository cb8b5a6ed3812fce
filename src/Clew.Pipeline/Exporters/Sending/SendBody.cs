using System.Buffers;
using System.IO.Compression;
using Clew.Otlp.Wire;

namespace Clew.Pipeline.Exporters.Sending;

/// <summary>Compresses the body of a request.</summary>
internal static class SendBody
{
    /// <summary>The name in <c>Content-Encoding</c> and <c>grpc-encoding</c>; null when the body goes out as it is.</summary>
    public static string? NameOf(SendCompression compression) => compression == SendCompression.None ? null : compression.ToString().ToLowerInvariant();

    /// <summary>Appends the compressed request. Answers the content encoding; null, with nothing appended, when the body goes out as it is.</summary>
    public static string? Compress(ReadOnlyMemory<byte> request, SendCompression compression, PooledBuffer destination) =>
        Compress(new ReadOnlySequence<byte>(request), compression, destination);

    /// <summary>The same for a request in parts.</summary>
    public static string? Compress(ReadOnlySequence<byte> request, SendCompression compression, PooledBuffer destination)
    {
        using var target = new BufferStream(destination);
        Stream? stream = compression switch
        {
            SendCompression.Gzip => new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true),
            SendCompression.Deflate => new ZLibStream(target, CompressionLevel.Fastest, leaveOpen: true),
            SendCompression.Zstd => new ZstdSharp.CompressionStream(target, level: 1, leaveOpen: true),
            _ => null,
        };
        if (stream is null)
        {
            return null;
        }

        using (stream)
        {
            foreach (var part in request)
            {
                stream.Write(part.Span);
            }
        }

        return NameOf(compression);
    }

    /// <summary>A stream that appends to a buffer.</summary>
    private sealed class BufferStream(PooledBuffer buffer) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => buffer.Length;

        public override long Position
        {
            get => buffer.Length;
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> bytes) => buffer.Write(bytes);

        public override void Write(byte[] bytes, int offset, int count) => buffer.Write(bytes.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] bytes, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
