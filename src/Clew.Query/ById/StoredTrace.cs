using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;
using Clew.Query.Traces;
using Clew.Storage.Columns;

namespace Clew.Query.ById;

/// <summary>
/// The spans of one trace as the encoded messages that came in, from all sources, without copies of a span. Owns its bytes.
/// </summary>
internal sealed class StoredTrace : IStoredSpanSink, IDisposable
{
    private readonly PooledBuffer _bytes = new(64 << 10);
    private readonly List<Entry> _entries = [];
    private readonly Dictionary<(SpanId, SpanKind), int> _byIdentity = [];
    private readonly List<Slice> _contexts = [];
    private readonly Dictionary<byte[], int> _contextIds = new(BytesComparer.Instance);
    private readonly QueryBudget _budget;

    public StoredTrace(QueryBudget budget) => _budget = budget;

    public List<Entry> Entries => _entries;

    public ReadOnlySpan<byte> Bytes(Slice slice) => _bytes.Written.Slice(slice.Offset, slice.Length);

    /// <summary>The encoded Resource, InstrumentationScope or schema URL with this number.</summary>
    public ReadOnlySpan<byte> Context(int id) => Bytes(_contexts[id]);

    public void Add(in StoredSpan span)
    {
        _budget.SpanRead(span.Span.Length, _entries.Count);
        var entry = Read(span);
        if (_byIdentity.TryGetValue((entry.Id, entry.Kind), out var index))
        {
            if (Wins(entry, _entries[index]))
            {
                _entries[index] = entry;
            }
        }
        else
        {
            _byIdentity.Add((entry.Id, entry.Kind), _entries.Count);
            _entries.Add(entry);
        }
    }

    public void Dispose() => _bytes.Dispose();

    private Entry Read(in StoredSpan span)
    {
        SpanId id = default, parentId = default;
        ulong kind = 0, start = 0;
        var reader = new ProtoReader(span.Span);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OtlpFields.Span.SpanId when reader.TryBytes(out var bytes) && bytes.Length == SpanId.Size:
                    id = SpanId.FromBytes(bytes);
                    break;
                case OtlpFields.Span.ParentSpanId when reader.TryBytes(out var bytes) && bytes.Length == SpanId.Size:
                    parentId = SpanId.FromBytes(bytes);
                    break;
                case OtlpFields.Span.Kind:
                    reader.TryVarint(out kind);
                    break;
                case OtlpFields.Span.StartTime:
                    reader.TryFixed64(out start);
                    break;
                case OtlpFields.Span.SpanId or OtlpFields.Span.ParentSpanId:
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        var offset = _bytes.Length;
        _bytes.Write(span.Span);
        return new Entry
        {
            Span = new Slice(offset, span.Span.Length),
            Id = id,
            ParentId = parentId,
            Kind = kind <= (ulong)SpanKind.Consumer ? (SpanKind)kind : SpanKind.Unspecified,
            StartUnixNano = UnixNano.Clamp(start),
            Resource = ContextId(span.Resource),
            ResourceSchemaUrl = ContextId(span.ResourceSchemaUrl),
            Scope = ContextId(span.Scope),
            ScopeSchemaUrl = ContextId(span.ScopeSchemaUrl),
        };
    }

    private int ContextId(ReadOnlySpan<byte> bytes)
    {
        var lookup = _contextIds.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!lookup.TryGetValue(bytes, out var id))
        {
            id = _contexts.Count;
            _contexts.Add(new Slice(_bytes.Length, bytes.Length));
            lookup[bytes] = id;
            _bytes.Write(bytes);
        }

        return id;
    }

    // The same choice as in a search, so that a trace looks the same on both ways.
    private bool Wins(Entry candidate, Entry present) =>
        !Bytes(candidate.Span).SequenceEqual(Bytes(present.Span)) && SpanOrder.Wins(Decode(candidate), Decode(present));

    private SpanData Decode(Entry entry)
    {
        var decoder = new SpanDecoder();
        return decoder.Decode(Bytes(entry.Span), decoder.Resource(Context(entry.Resource)), decoder.Scope(Context(entry.Scope)));
    }

    internal readonly record struct Slice(int Offset, int Length);

    internal sealed class Entry
    {
        public required Slice Span { get; init; }

        public required SpanId Id { get; init; }

        public required SpanId ParentId { get; init; }

        public required SpanKind Kind { get; init; }

        public required long StartUnixNano { get; init; }

        public required int Resource { get; init; }

        public required int ResourceSchemaUrl { get; init; }

        public required int Scope { get; init; }

        public required int ScopeSchemaUrl { get; init; }
    }
}
