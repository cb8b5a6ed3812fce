using Clew.Model;
using Clew.Semantics;
using Clew.Storage.Head;

namespace Clew.Storage.Rollups;

/// <summary>
/// What the spans of a head segment mean, found while their bytes are at hand: four bytes a span, and 36 more for those that tell a
/// weight or a size. One thread adds; readers read rows that were published.
/// </summary>
internal sealed class HeadSemantics
{
    private const int BytesOfFacts = 400;

    private readonly SemanticReader _reader = new();
    private readonly List<ResourceFacts> _resources = [];

    /// <summary>By row: index of its facts, doubled, plus one when it has extras.</summary>
    private readonly ChunkedList<int> _rows = new();
    private readonly ChunkedList<int> _extraRows = new();
    private readonly ChunkedList<Extra> _extras = new();

    /// <summary>By id of shared facts: their index here, or -1.</summary>
    private readonly List<int> _indexOfShared = [];
    private SpanFacts[] _facts = new SpanFacts[64];
    private int _factCount;

    public long AllocatedBytes => _rows.AllocatedBytes + _extraRows.AllocatedBytes + _extras.AllocatedBytes + ((long)_factCount * BytesOfFacts);

    /// <summary>Adds the next row.</summary>
    public void Add(int row, ReadOnlySpan<byte> span, int resourceRow, HeadContexts resources)
    {
        var reading = _reader.ReadFacts(span, Resource(resourceRow, resources));
        var hasExtra = (reading.OwnWeight | reading.TraceWeight | reading.RequestBytes | reading.ResponseBytes) != 0;
        if (hasExtra)
        {
            _extras.Add(new Extra { OwnWeight = reading.OwnWeight, TraceWeight = reading.TraceWeight, RequestBytes = reading.RequestBytes, ResponseBytes = reading.ResponseBytes });
            _extraRows.Add(row);
        }

        _rows.Add((Index(reading.Facts) << 1) | (hasExtra ? 1 : 0));
    }

    public SpanFacts Facts(int row) => Volatile.Read(ref _facts)[_rows[row] >> 1];

    public Extra ExtraOf(int row)
    {
        if ((_rows[row] & 1) == 0)
        {
            return default;
        }

        var (low, high) = (0, _extraRows.Count - 1);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_extraRows[middle] < row)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return _extras[low];
    }

    private ResourceFacts Resource(int row, HeadContexts resources)
    {
        while (_resources.Count <= row)
        {
            resources.Read(_resources.Count, out var message, out _);
            _resources.Add(_reader.Resource(message));
        }

        return _resources[row];
    }

    private int Index(SpanFacts facts)
    {
        if (facts.Id >= 0)
        {
            while (_indexOfShared.Count <= facts.Id)
            {
                _indexOfShared.Add(-1);
            }

            if (_indexOfShared[facts.Id] >= 0)
            {
                return _indexOfShared[facts.Id];
            }

            _indexOfShared[facts.Id] = _factCount;
        }

        if (_factCount == _facts.Length)
        {
            var bigger = new SpanFacts[_facts.Length * 2];
            _facts.CopyTo(bigger, 0);
            Volatile.Write(ref _facts, bigger);
        }

        _facts[_factCount] = facts;
        return _factCount++;
    }

    /// <summary>What only some spans tell.</summary>
    public struct Extra
    {
        public long OwnWeight;
        public long TraceWeight;
        public long RequestBytes;
        public long ResponseBytes;
    }
}
