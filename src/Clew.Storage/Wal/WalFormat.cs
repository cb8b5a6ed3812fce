using System.Buffers.Binary;

namespace Clew.Storage.Wal;

/// <summary>What a frame of the log holds. The numbers are on disk.</summary>
internal enum WalFrameType : byte
{
    /// <summary>An accepted request.</summary>
    Batch = 1,

    /// <summary>
    /// Spans of traces that were still open when the generations up to <see cref="WalFrameHeader.CarriedThrough"/> were cut; they count
    /// only once the manifest says that those generations are retired.
    /// </summary>
    Carry = 2,

    /// <summary>Decisions about traces of a spool (<c>Spools/TraceSpool.cs</c>).</summary>
    Decisions = 3,
}

/// <summary>
/// One file of the log, a generation (<c>docs/formats/wal.md</c>). All numbers little-endian.
/// <code>
/// file header, 32 bytes        frame header, 32 bytes
/// 0  8  magic "CLEWWAL\n"      0  4  payload length, at least 1
/// 8  4  format version, 1      4  4  CRC-32C of bytes 8..31 and the payload
/// 12 4  zero                   8  1  type
/// 16 8  generation             9  7  zero
/// 24 4  zero                   16 8  time of receipt, Unix nanoseconds
/// 28 4  CRC-32C of 0..27       24 8  carried through generation (type 2), else zero
/// </code>
/// Frames follow each other without gaps. A zero length is the end: files are preallocated with zeros.
/// </summary>
internal static class WalFormat
{
    public const int HeaderSize = 32;

    public const int FrameHeaderSize = 32;

    public const uint Version = 1;

    public static ReadOnlySpan<byte> Magic => "CLEWWAL\n"u8;

    public static void WriteHeader(Span<byte> destination, ulong generation)
    {
        destination[..HeaderSize].Clear();
        Magic.CopyTo(destination);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], Version);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], generation);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[28..], Crc32C.Compute(destination[..28]));
    }

    /// <summary>False when the bytes are no header of this version; <paramref name="fault"/> then says what is wrong.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> source, out ulong generation, out string? fault)
    {
        generation = 0;
        if (source.Length < HeaderSize || !source.StartsWith(Magic))
        {
            fault = "it does not begin with the magic number of a log file";
            return false;
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(source[28..]) != Crc32C.Compute(source[..28]))
        {
            fault = "its header has a wrong checksum";
            return false;
        }

        var version = BinaryPrimitives.ReadUInt32LittleEndian(source[8..]);
        if (version != Version)
        {
            fault = $"it has format version {version}; this program reads version {Version}";
            return false;
        }

        generation = BinaryPrimitives.ReadUInt64LittleEndian(source[16..]);
        fault = null;
        return true;
    }
}

/// <summary>The fixed part in front of a frame's payload; the layout is in <see cref="WalFormat"/>.</summary>
internal readonly record struct WalFrameHeader(int PayloadLength, uint Checksum, WalFrameType Type, long ReceivedUnixNano, ulong CarriedThrough)
{
    public static void Write(Span<byte> destination, ReadOnlySpan<byte> payload, WalFrameType type, long receivedUnixNano, ulong carriedThrough)
    {
        destination[..WalFormat.FrameHeaderSize].Clear();
        BinaryPrimitives.WriteInt32LittleEndian(destination, payload.Length);
        destination[8] = (byte)type;
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], receivedUnixNano);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], carriedThrough);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], Crc32C.Compute(destination[8..WalFormat.FrameHeaderSize], payload));
    }

    public static WalFrameHeader Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadInt32LittleEndian(source),
        BinaryPrimitives.ReadUInt32LittleEndian(source[4..]),
        (WalFrameType)source[8],
        BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
        BinaryPrimitives.ReadUInt64LittleEndian(source[24..]));
}
