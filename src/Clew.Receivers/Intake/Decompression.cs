using System.IO.Compression;
using ZstdSharp;

namespace Clew.Receivers.Intake;

/// <summary>The compressions that senders of spans use.</summary>
internal static class Decompression
{
    public const string HttpEncodings = "gzip, zstd, deflate, zlib";

    public static IReadOnlyList<string> GrpcEncodings { get; } = ["gzip", "zstd"];

    // Memory of a decoder is bounded by the frame's window: 2^26 is the default limit of a request.
    private const int MaxZstdWindowLog = 26;

    /// <summary>A stream of the unpacked bytes; null for an encoding that is not known. <paramref name="packed"/> is what it begins with.</summary>
    public static Stream? Open(string encoding, Stream source, ReadOnlySpan<byte> packed) => encoding switch
    {
        "gzip" or "x-gzip" => new GZipStream(source, CompressionMode.Decompress),
        "zstd" => OpenZstd(source),
        "zlib" => new ZLibStream(source, CompressionMode.Decompress),
        // RFC 9110 says zlib; some senders leave its two bytes of header out.
        "deflate" => HasZlibHeader(packed) ? new ZLibStream(source, CompressionMode.Decompress) : new DeflateStream(source, CompressionMode.Decompress),
        _ => null,
    };

    public static Stream OpenZstd(Stream source)
    {
        var stream = new DecompressionStream(source);
        stream.SetParameter(ZstdSharp.Unsafe.ZSTD_dParameter.ZSTD_d_windowLogMax, MaxZstdWindowLog);
        return stream;
    }

    public static bool IsBadData(Exception e) => e is InvalidDataException or ZstdException or EndOfStreamException;

    private static bool HasZlibHeader(ReadOnlySpan<byte> packed) =>
        packed.Length >= 2 && (packed[0] & 0x0F) == 8 && ((packed[0] << 8) | packed[1]) % 31 == 0;
}
