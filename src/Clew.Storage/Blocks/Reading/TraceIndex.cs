using System.Buffers.Binary;
using Clew.Model;
using Clew.Parquet;
using Clew.Storage.Wal;

namespace Clew.Storage.Blocks.Reading;

/// <summary>
/// Finds the row of a trace id in <c>traces.idx</c> (<see cref="TraceIndexFormat"/>). Filter and fences are in memory; a lookup that
/// passes the filter reads one page of 4 KiB and checks its checksum. Safe for any number of threads.
/// </summary>
internal sealed class TraceIndex
{
    private readonly IByteSource _source;
    private readonly byte[] _filter;
    private readonly TraceId[] _fences;
    private readonly int _traces;
    private readonly long _pagesOffset;

    private TraceIndex(IByteSource source, byte[] filter, TraceId[] fences, int traces, long pagesOffset)
    {
        _source = source;
        _filter = filter;
        _fences = fences;
        _traces = traces;
        _pagesOffset = pagesOffset;
    }

    public static async ValueTask<TraceIndex> OpenAsync(IByteSource source, int traces, CancellationToken cancellationToken)
    {
        var pages = TraceIndexFormat.Pages(traces);
        var filterBytes = TraceIndexFormat.FilterBytes(traces);
        var frontBytes = TraceIndexFormat.HeaderBytes + filterBytes + (pages * TraceId.Size);
        var expected = frontBytes + ((long)pages * TraceIndexFormat.PageBytes);
        if (source.Length != expected)
        {
            throw new BlockCorruptException(source.Name, source.Length, $"an index of {traces} traces has {expected} bytes, not {source.Length}");
        }

        var front = new byte[frontBytes];
        for (var read = 0; read < front.Length;)
        {
            var part = await source.ReadAsync(read, front.AsMemory(read), cancellationToken).ConfigureAwait(false);
            if (part <= 0)
            {
                throw new BlockCorruptException(source.Name, read, "the file ends in its header");
            }

            read += part;
        }

        Check(source.Name, front, traces, pages, filterBytes);
        var fences = new TraceId[pages];
        for (var page = 0; page < pages; page++)
        {
            fences[page] = TraceId.FromBytes(front.AsSpan(TraceIndexFormat.HeaderBytes + filterBytes + (page * TraceId.Size), TraceId.Size));
        }

        return new TraceIndex(source, front.AsSpan(TraceIndexFormat.HeaderBytes, filterBytes).ToArray(), fences, traces, frontBytes);
    }

    public bool TryFind(TraceId id, out int row)
    {
        row = -1;
        if (!MayContain(id))
        {
            return false;
        }

        var number = Array.BinarySearch(_fences, id);
        number = number >= 0 ? number : ~number - 1;
        if (number < 0)
        {
            return false;
        }

        Span<byte> page = stackalloc byte[TraceIndexFormat.PageBytes];
        var entries = ReadPage(number, page);
        var (low, high) = (0, entries - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var entry = page.Slice(TraceIndexFormat.PageHeaderBytes + (middle * TraceIndexFormat.EntryBytes), TraceIndexFormat.EntryBytes);
            var order = TraceId.FromBytes(entry).CompareTo(id);
            if (order == 0)
            {
                row = BinaryPrimitives.ReadInt32LittleEndian(entry[TraceId.Size..]);
                return (uint)row < (uint)_traces
                    ? true
                    : throw new BlockCorruptException(_source.Name, PageOffset(number), $"trace {id} has row {row} of {_traces}");
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return false;
    }

    private static void Check(string name, ReadOnlySpan<byte> front, int traces, int pages, int filterBytes)
    {
        if (!front.StartsWith(TraceIndexFormat.Magic))
        {
            throw new BlockCorruptException(name, 0, "the file does not begin with 'CLEWTIDX'");
        }

        var found = Crc32C.Compute(front[..TraceIndexFormat.HeaderChecksumOffset], front[TraceIndexFormat.HeaderBytes..]);
        var stored = BinaryPrimitives.ReadUInt32LittleEndian(front[TraceIndexFormat.HeaderChecksumOffset..]);
        if (found != stored)
        {
            throw new BlockCorruptException(name, TraceIndexFormat.HeaderChecksumOffset, $"checksum {stored:x8} expected, found {found:x8}");
        }

        var version = BinaryPrimitives.ReadInt32LittleEndian(front[8..]);
        if (version != TraceIndexFormat.Version || BinaryPrimitives.ReadInt32LittleEndian(front[12..]) != traces
            || BinaryPrimitives.ReadInt32LittleEndian(front[16..]) != pages || BinaryPrimitives.ReadInt32LittleEndian(front[20..]) != filterBytes)
        {
            throw new BlockCorruptException(
                name, 8, $"version {version} with {BinaryPrimitives.ReadInt32LittleEndian(front[12..])} traces; expected version {TraceIndexFormat.Version} with {traces}");
        }
    }

    private bool MayContain(TraceId id)
    {
        if (_filter.Length == 0)
        {
            return false;
        }

        var block = _filter.AsSpan(TraceIndexFormat.FilterBlock(id, _filter.Length), TraceIndexFormat.FilterBlockBytes);
        for (var word = 0; word < 8; word++)
        {
            if ((BinaryPrimitives.ReadUInt32LittleEndian(block[(word * 4)..]) & TraceIndexFormat.FilterBit(id, word)) == 0)
            {
                return false;
            }
        }

        return true;
    }

    private int ReadPage(int number, Span<byte> page)
    {
        var offset = PageOffset(number);
        if (!_source.TryRead(offset, page))
        {
            throw new BlockCorruptException(_source.Name, offset, "the page cannot be read: the file is shorter than it was");
        }

        var stored = BinaryPrimitives.ReadUInt32LittleEndian(page);
        var found = Crc32C.Compute(page[4..]);
        if (stored != found)
        {
            throw new BlockCorruptException(_source.Name, offset, $"checksum {stored:x8} expected, found {found:x8}");
        }

        var entries = BinaryPrimitives.ReadInt32LittleEndian(page[4..]);
        return entries is >= 0 and <= TraceIndexFormat.EntriesPerPage
            ? entries
            : throw new BlockCorruptException(_source.Name, offset + 4, $"a page of {entries} entries");
    }

    private long PageOffset(int number) => _pagesOffset + ((long)number * TraceIndexFormat.PageBytes);
}
