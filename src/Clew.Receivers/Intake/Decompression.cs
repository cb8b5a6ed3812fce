using System.IO.Compression;
using Clew.Otlp.Wire;
using Snappier;
using ZstdSharp;

namespace Clew.Receivers.Intake;

/// <summary>The compressions that senders of spans use, by the names they have in <c>Content-Encoding</c> and <c>grpc-encoding</c>.</summary>
internal static class Decompression
{
    /// <summary>For sentences.</summary>
    public const string Names = "gzip, zstd, deflate, snappy";

    /// <summary>What gRPC clients are told.</summary>
    public const string GrpcAcceptEncoding = "identity,gzip,zstd,deflate,snappy";

    // Memory of a decoder is bounded by the frame's window: 2^26 is the default limit of a request.
    private const int MaxZstdWindowLog = 26;

    // The first chunk of snappy's framing format.
    private static ReadOnlySpan<byte> SnappyFrameMagic => [0xFF, 0x06, 0x00, 0x00, 0x73, 0x4E, 0x61, 0x50, 0x70, 0x59];

    public static bool IsKnown(string encoding) => encoding is "gzip" or "x-gzip" or "zstd" or "zlib" or "deflate" or "snappy" or "x-snappy-framed";

    /// <summary>A stream of the unpacked bytes; <paramref name="packed"/> is what <paramref name="source"/> holds.</summary>
    public static Stream Open(string encoding, Stream source, ReadOnlySpan<byte> packed) => encoding switch
    {
        "gzip" or "x-gzip" => new GZipStream(source, CompressionMode.Decompress),
        "zstd" => OpenZstd(source),
        "zlib" => new ZLibStream(source, CompressionMode.Decompress),
        // RFC 9110 says zlib; some senders leave its two bytes of header out.
        "deflate" => HasZlibHeader(packed) ? new ZLibStream(source, CompressionMode.Decompress) : new DeflateStream(source, CompressionMode.Decompress),
        "snappy" or "x-snappy-framed" => new SnappyStream(source, CompressionMode.Decompress),
        _ => throw new ArgumentException($"no decompression for '{encoding}'", nameof(encoding)),
    };

    /// <summary>True for one bare snappy block, which is not a stream: it says its size first and is unpacked at once.</summary>
    public static bool IsSnappyBlock(string encoding, ReadOnlySpan<byte> packed) => encoding == "snappy" && !packed.StartsWith(SnappyFrameMagic);

    /// <summary>The size that a snappy block claims; unpacking fails when it is not true.</summary>
    public static int SnappyBlockSize(ReadOnlySpan<byte> packed) => Snappy.GetUncompressedLength(packed);

    public static void UnpackSnappyBlock(ReadOnlySpan<byte> packed, PooledBuffer unpacked) =>
        unpacked.Advance(Snappy.Decompress(packed, unpacked.GetSpan(SnappyBlockSize(packed))));

    public static bool IsBadData(Exception e) => e is InvalidDataException or ZstdException or EndOfStreamException;

    private static DecompressionStream OpenZstd(Stream source)
    {
        var stream = new DecompressionStream(source);
        stream.SetParameter(ZstdSharp.Unsafe.ZSTD_dParameter.ZSTD_d_windowLogMax, MaxZstdWindowLog);
        return stream;
    }

    private static bool HasZlibHeader(ReadOnlySpan<byte> packed) =>
        packed.Length >= 2 && (packed[0] & 0x0F) == 8 && ((packed[0] << 8) | packed[1]) % 31 == 0;
}
