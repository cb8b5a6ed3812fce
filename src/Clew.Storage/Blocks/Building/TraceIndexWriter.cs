using System.Buffers.Binary;
using Clew.Model;
using Clew.Storage.Wal;

namespace Clew.Storage.Blocks.Building;

/// <summary>Writes <c>traces.idx</c> (<see cref="TraceIndexFormat"/>).</summary>
internal static class TraceIndexWriter
{
    /// <exception cref="InvalidOperationException">A trace has two rows: its spans were not added together.</exception>
    public static void Write(ScratchStream stream, TraceRows traces)
    {
        var ids = new TraceId[traces.Count];
        var rows = new int[traces.Count];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = traces.Records[i].Id;
            rows[i] = i;
        }

        Array.Sort(ids, rows);
        for (var i = 1; i < ids.Length; i++)
        {
            if (ids[i] == ids[i - 1])
            {
                throw new InvalidOperationException($"the spans of trace {ids[i]} were added to the block in two parts; a trace's spans must come together");
            }
        }

        var pages = TraceIndexFormat.Pages(ids.Length);
        var filterBytes = TraceIndexFormat.FilterBytes(ids.Length);
        var front = new byte[TraceIndexFormat.HeaderBytes + filterBytes + (pages * TraceId.Size)];
        TraceIndexFormat.Magic.CopyTo(front);
        BinaryPrimitives.WriteInt32LittleEndian(front.AsSpan(8), TraceIndexFormat.Version);
        BinaryPrimitives.WriteInt32LittleEndian(front.AsSpan(12), ids.Length);
        BinaryPrimitives.WriteInt32LittleEndian(front.AsSpan(16), pages);
        BinaryPrimitives.WriteInt32LittleEndian(front.AsSpan(20), filterBytes);
        FillFilter(front.AsSpan(TraceIndexFormat.HeaderBytes, filterBytes), ids);
        for (var page = 0; page < pages; page++)
        {
            ids[page * TraceIndexFormat.EntriesPerPage].WriteTo(front.AsSpan(TraceIndexFormat.HeaderBytes + filterBytes + (page * TraceId.Size)));
        }

        var checksum = Crc32C.Compute(front.AsSpan(0, TraceIndexFormat.HeaderChecksumOffset), front.AsSpan(TraceIndexFormat.HeaderBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(front.AsSpan(TraceIndexFormat.HeaderChecksumOffset), checksum);
        stream.Write(front);
        WritePages(stream, ids, rows);
    }

    private static void FillFilter(Span<byte> filter, ReadOnlySpan<TraceId> ids)
    {
        foreach (var id in ids)
        {
            var block = filter.Slice(TraceIndexFormat.FilterBlock(id, filter.Length), TraceIndexFormat.FilterBlockBytes);
            for (var word = 0; word < 8; word++)
            {
                var bits = BinaryPrimitives.ReadUInt32LittleEndian(block[(word * 4)..]) | TraceIndexFormat.FilterBit(id, word);
                BinaryPrimitives.WriteUInt32LittleEndian(block[(word * 4)..], bits);
            }
        }
    }

    private static void WritePages(ScratchStream stream, ReadOnlySpan<TraceId> ids, ReadOnlySpan<int> rows)
    {
        var page = new byte[TraceIndexFormat.PageBytes];
        for (var first = 0; first < ids.Length; first += TraceIndexFormat.EntriesPerPage)
        {
            page.AsSpan().Clear();
            var count = Math.Min(TraceIndexFormat.EntriesPerPage, ids.Length - first);
            BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(4), count);
            for (var i = 0; i < count; i++)
            {
                var entry = page.AsSpan(TraceIndexFormat.PageHeaderBytes + (i * TraceIndexFormat.EntryBytes));
                ids[first + i].WriteTo(entry);
                BinaryPrimitives.WriteInt32LittleEndian(entry[TraceId.Size..], rows[first + i]);
            }

            BinaryPrimitives.WriteUInt32LittleEndian(page, Crc32C.Compute(page.AsSpan(4)));
            stream.Write(page);
        }
    }
}
