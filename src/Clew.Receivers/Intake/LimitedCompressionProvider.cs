using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Compression;

namespace Clew.Receivers.Intake;

/// <summary>
/// A gRPC message compression whose unpacked size is limited. The library limits the packed size only, so a message of a few kilobytes
/// could fill the memory.
/// </summary>
internal sealed class LimitedCompressionProvider(string encoding, int maxBytes) : ICompressionProvider
{
    public string EncodingName => encoding;

    public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) => encoding == "zstd"
        ? new ZstdSharp.CompressionStream(stream)
        : new GZipStream(stream, compressionLevel ?? CompressionLevel.Fastest, leaveOpen: true);

    public Stream CreateDecompressionStream(Stream stream) =>
        new LimitedStream(Decompression.Open(encoding, stream, [])!, encoding, maxBytes);

    /// <summary>Ends with the status that the sender should see once the limit is passed or the data is bad.</summary>
    private sealed class LimitedStream(Stream inner, string encoding, int maxBytes) : Stream
    {
        private long _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int count;
            try
            {
                count = inner.Read(buffer);
            }
            catch (Exception e) when (Decompression.IsBadData(e))
            {
                throw new RpcException(new Status(StatusCode.InvalidArgument, $"message is not valid {encoding}: {e.Message}"));
            }

            _read += count;
            return _read <= maxBytes
                ? count
                : throw new RpcException(new Status(StatusCode.ResourceExhausted, BodyFault.TooLarge(_read, maxBytes, "after decompression ").Refusal.Reason));
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
