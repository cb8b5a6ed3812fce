using System.Numerics;
using Clew.Model;

namespace Clew.Storage.Blocks;

/// <summary>
/// Layout of <c>traces.idx</c>: trace ids in order, each with its row of the traces table. All numbers little-endian; ids as on the wire.
/// <code>
/// header   64 bytes   magic "CLEWTIDX" | u32 version | u32 traces | u32 pages | u32 filter bytes | 36 zero bytes | u32 CRC-32C of what
///                     stands before it in the header, then the filter, then the fences
/// filter              split-block filter over the ids, 32-byte blocks
/// fences   16 a page  the first id of each page
/// pages    4096 each  u32 CRC-32C of the rest | u32 entries | entries of 20 bytes: id, u32 row | zero bytes
/// </code>
/// A reader keeps header, filter and fences in memory (under 2 bytes a trace) and reads one page a lookup.
/// </summary>
internal static class TraceIndexFormat
{
    public const int Version = 1;
    public const int HeaderBytes = 64;
    public const int HeaderChecksumOffset = 60;
    public const int PageBytes = 4096;
    public const int PageHeaderBytes = 8;
    public const int EntryBytes = TraceId.Size + sizeof(uint);
    public const int EntriesPerPage = (PageBytes - PageHeaderBytes) / EntryBytes;
    public const int FilterBlockBytes = 32;

    public static ReadOnlySpan<byte> Magic => "CLEWTIDX"u8;

    /// <summary>
    /// Ten bits an id, rounded up to whole blocks: about 1 % of absent ids get through, and cost a page read each.
    /// </summary>
    public static int FilterBytes(int traces) => (int)(((traces * 10L) + 255) / 256) * FilterBlockBytes;

    public static int Pages(int traces) => (traces + EntriesPerPage - 1) / EntriesPerPage;

    /// <summary>The filter's block of an id, as an offset in bytes.</summary>
    public static int FilterBlock(TraceId id, int filterBytes)
    {
        var blocks = (uint)(filterBytes / FilterBlockBytes);
        return (int)((Hash(id) >> 32) * blocks >> 32) * FilterBlockBytes;
    }

    /// <summary>The bits of an id in its block: one in each of eight 32-bit words (the scheme of Parquet's split-block filters).</summary>
    public static uint FilterBit(TraceId id, int word) => 1u << (int)(((uint)Hash(id) * Salts[word]) >> 27);

    /// <summary>Ids are meant to be random but some senders count; a multiplication spreads those too.</summary>
    private static ulong Hash(TraceId id)
    {
        var mixed = (id.High ^ BitOperations.RotateLeft(id.Low, 32)) * 0x9E3779B97F4A7C15;
        return (mixed ^ id.Low ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9;
    }

    private static ReadOnlySpan<uint> Salts =>
    [
        0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31,
    ];
}
