using System.Text;
using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;
using Clew.Query.Traces;
using Clew.Storage.Columns;

namespace Clew.Query.Skeletons;

/// <summary>
/// Takes the spans of one trace from all sources and keeps what a skeleton shows, without an object a span. Copies of a span (same id and
/// kind) are joined as they come: the one that wins does not depend on the order of sources.
/// </summary>
internal sealed class SkeletonRows(QueryBudget budget) : IStoredSpanSink
{
    /// <summary>Events of a span whose times are kept: more marks than a bar has room for.</summary>
    public const int MaxTicksPerSpan = 50;

    /// <summary>Times of events that are kept of a trace, 8 MB; spans that are read after that keep none.</summary>
    public const int MaxTicks = 1_000_000;

    private readonly Dictionary<(ulong Id, byte Kind), int> _byIdentity = [];
    private readonly TextTable _names = new();
    private readonly TextTable _services = new();
    private readonly Dictionary<byte[], uint> _serviceOfResource = new(BytesComparer.Instance);
    private byte[] _lastResource = [0xff];
    private uint _lastService;
    private int _part = -1;
    private int _place;

    public List<Row> Rows { get; } = [];

    /// <summary>Times of events, unix nanoseconds; rows say which are theirs.</summary>
    public List<long> Ticks { get; } = [];

    public string[] Names => _names.ToArray();

    public string[] Services => _services.ToArray();

    /// <summary>What comes from here on is of the next source.</summary>
    public void BeginPart()
    {
        _part++;
        _place = 0;
    }

    public void Add(in StoredSpan span)
    {
        budget.SpanRead(span.Span.Length, spansBefore: 0);
        var row = Read(span.Span) with { Service = ServiceOf(span.Resource), Place = new SpanPlace(_part, _place++) };
        if (_byIdentity.TryGetValue((row.Id, row.Kind), out var index))
        {
            if (Wins(row, Rows[index]))
            {
                Rows[index] = row;
            }

            return;
        }

        if (Rows.Count >= budget.Limits.MaxSpansPerSkeleton)
        {
            throw new QueryLimitException(
                $"the trace has more than {budget.Limits.MaxSpansPerSkeleton} spans (query.max_spans_per_skeleton); spans that were read later are left out");
        }

        _byIdentity.Add((row.Id, row.Kind), Rows.Count);
        Rows.Add(row);
    }

    // As SpanOrder.Wins, over what is here.
    private bool Wins(in Row candidate, in Row present)
    {
        var order = present.Start.CompareTo(candidate.Start);
        order = order != 0 ? order : candidate.End.CompareTo(present.End);
        order = order != 0 ? order : candidate.Status.CompareTo(present.Status);
        order = order != 0 ? order : candidate.Attributes.CompareTo(present.Attributes);
        order = order != 0 ? order : candidate.Events.CompareTo(present.Events);
        order = order != 0 ? order : candidate.Links.CompareTo(present.Links);
        order = order != 0 ? order : string.CompareOrdinal(_names[present.Name], _names[candidate.Name]);
        order = order != 0 ? order : present.Parent.CompareTo(candidate.Parent);
        return order > 0;
    }

    private Row Read(ReadOnlySpan<byte> span)
    {
        ulong kind = 0, start = 0, end = 0, status = 0;
        SpanId id = default, parent = default;
        ReadOnlySpan<byte> name = default;
        int events = 0, links = 0, attributes = 0, firstTick = Ticks.Count;
        var reader = new ProtoReader(span);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OtlpFields.Span.SpanId when reader.TryBytes(out var bytes):
                    id = bytes.Length == SpanId.Size ? SpanId.FromBytes(bytes) : default;
                    break;
                case OtlpFields.Span.ParentSpanId when reader.TryBytes(out var bytes):
                    parent = bytes.Length == SpanId.Size ? SpanId.FromBytes(bytes) : default;
                    break;
                case OtlpFields.Span.Name:
                    reader.TryBytes(out name);
                    break;
                case OtlpFields.Span.Kind:
                    reader.TryVarint(out kind);
                    break;
                case OtlpFields.Span.StartTime:
                    reader.TryFixed64(out start);
                    break;
                case OtlpFields.Span.EndTime:
                    reader.TryFixed64(out end);
                    break;
                case OtlpFields.Span.Status when reader.TryBytes(out var bytes):
                    status = StatusOf(bytes);
                    break;
                case OtlpFields.Span.Attributes:
                    attributes++;
                    reader.Skip();
                    break;
                case OtlpFields.Span.Events:
                    events++;
                    if (events <= MaxTicksPerSpan && Ticks.Count < MaxTicks && reader.TryBytes(out var happened))
                    {
                        Ticks.Add(UnixNano.Clamp(TimeOf(happened)));
                    }
                    else
                    {
                        reader.Skip();
                    }

                    break;
                case OtlpFields.Span.Links:
                    links++;
                    reader.Skip();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        var startNano = UnixNano.Clamp(start);
        return new Row
        {
            Id = id.Value,
            Parent = parent.Value,
            Start = startNano,
            End = Math.Max(startNano, UnixNano.Clamp(end)),
            Name = _names.Of(name),
            Kind = kind <= (ulong)SpanKind.Consumer ? (byte)kind : (byte)0,
            Status = status <= (ulong)SpanStatus.Error ? (byte)status : (byte)0,
            Events = Capped(events),
            Links = Capped(links),
            Attributes = Capped(attributes),
            FirstTick = firstTick,
            TickCount = (byte)(Ticks.Count - firstTick),
        };
    }

    private static ulong TimeOf(ReadOnlySpan<byte> happened)
    {
        ulong time = 0;
        var reader = new ProtoReader(happened);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.Event.Time)
            {
                reader.TryFixed64(out time);
            }
            else
            {
                reader.Skip();
            }
        }

        return time;
    }

    private static ulong StatusOf(ReadOnlySpan<byte> status)
    {
        ulong code = 0;
        var reader = new ProtoReader(status);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.Status.Code)
            {
                reader.TryVarint(out code);
            }
            else
            {
                reader.Skip();
            }
        }

        return code;
    }

    private static ushort Capped(int count) => (ushort)Math.Min(count, ushort.MaxValue);

    // Neighbours nearly always share their resource.
    private uint ServiceOf(ReadOnlySpan<byte> resource)
    {
        if (resource.SequenceEqual(_lastResource))
        {
            return _lastService;
        }

        var lookup = _serviceOfResource.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!lookup.TryGetValue(resource, out var service))
        {
            service = _services.Of(Encoding.UTF8.GetBytes(new SpanDecoder().Resource(resource).ServiceName));
            lookup[resource] = service;
        }

        _lastResource = resource.ToArray();
        return _lastService = service;
    }

    /// <summary>What is kept of a span.</summary>
    internal readonly record struct Row
    {
        public required ulong Id { get; init; }

        public required ulong Parent { get; init; }

        public required long Start { get; init; }

        public required long End { get; init; }

        public required uint Name { get; init; }

        public uint Service { get; init; }

        public required byte Kind { get; init; }

        public required byte Status { get; init; }

        public required ushort Events { get; init; }

        public required ushort Links { get; init; }

        public required ushort Attributes { get; init; }

        public required int FirstTick { get; init; }

        public required byte TickCount { get; init; }

        public SpanPlace Place { get; init; }
    }

    /// <summary>Numbers texts in order of first appearance.</summary>
    private sealed class TextTable
    {
        private readonly Dictionary<byte[], uint> _numbers = new(BytesComparer.Instance);
        private readonly List<string> _texts = [];

        public string this[uint number] => _texts[(int)number];

        public uint Of(ReadOnlySpan<byte> text)
        {
            var lookup = _numbers.GetAlternateLookup<ReadOnlySpan<byte>>();
            if (!lookup.TryGetValue(text, out var number))
            {
                number = (uint)_texts.Count;
                _texts.Add(Encoding.UTF8.GetString(text));
                lookup[text] = number;
            }

            return number;
        }

        public string[] ToArray() => [.. _texts];
    }
}
