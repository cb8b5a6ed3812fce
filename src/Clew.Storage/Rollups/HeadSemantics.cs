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
    private readonly SignatureMap _known = new(SemanticReader.MaxFacts);

    /// <summary>By row: index of its facts, doubled, plus one when it has extras.</summary>
    private readonly ChunkedList<int> _rows = new();
    private readonly ChunkedList<int> _extraRows = new();
    private readonly ChunkedList<Extra> _extras = new();

    /// <summary>By id of shared facts: their index here, or -1.</summary>
    private readonly List<int> _indexOfShared = [];
    private SpanFacts[] _facts = new SpanFacts[64];
    private int _factCount;

    /// <summary>What the attributes of the span at hand mean; the head's columns fill it.</summary>
    public SpanMeaning Meaning { get; } = new();

    public long AllocatedBytes => _known.AllocatedBytes + Meaning.AllocatedBytes + _rows.AllocatedBytes + _extraRows.AllocatedBytes + _extras.AllocatedBytes + ((long)_factCount * BytesOfFacts);

    /// <summary>
    /// Adds the next row, whose attributes are in <see cref="Meaning"/> already. A span is read only when it says something for the first time
    /// in this head, or something that codes do not tell.
    /// </summary>
    public void Add(int row, ReadOnlySpan<byte> span, SpanKind kind, ReadOnlySpan<byte> traceState, int resourceRow, HeadContexts resources)
    {
        if (!Meaning.IsWhole)
        {
            AddRead(row, span, resourceRow, resources);
            return;
        }

        var signature = Meaning.Signature(kind, resourceRow);
        var index = _known.Find(signature);
        if (index < 0)
        {
            var facts = _reader.ReadFacts(span, Resource(resourceRow, resources)).Facts;
            index = Index(facts);
            if (facts.Id >= 0)
            {
                _known.Add(signature, index);
            }
        }

        var weight = traceState.Length > 0 ? SamplingWeight.OfTraceState(traceState) : 0;
        AddRow(row, index, new Extra { OwnWeight = weight, RequestBytes = Meaning.RequestBytes, ResponseBytes = Meaning.ResponseBytes });
    }

    /// <summary>The plain way, which the other has to agree with.</summary>
    public void AddRead(int row, ReadOnlySpan<byte> span, int resourceRow, HeadContexts resources)
    {
        var reading = _reader.ReadFacts(span, Resource(resourceRow, resources));
        AddRow(row, Index(reading.Facts), new Extra
        {
            OwnWeight = reading.OwnWeight, TraceWeight = reading.TraceWeight, RequestBytes = reading.RequestBytes, ResponseBytes = reading.ResponseBytes,
        });
    }

    /// <summary>Gives the memory back. Nobody reads any more.</summary>
    public void Release()
    {
        Meaning.Release();
        _rows.Release();
        _extraRows.Release();
        _extras.Release();
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

    private void AddRow(int row, int facts, in Extra extra)
    {
        var hasExtra = (extra.OwnWeight | extra.TraceWeight | extra.RequestBytes | extra.ResponseBytes) != 0;
        if (hasExtra)
        {
            _extras.Add(extra);
            _extraRows.Add(row);
        }

        _rows.Add((facts << 1) | (hasExtra ? 1 : 0));
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
