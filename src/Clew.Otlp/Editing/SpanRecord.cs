using System.Text;
using Clew.Otlp.Wire;

namespace Clew.Otlp.Editing;

/// <summary>
/// One span that can be edited. Reading is lazy, and what nobody changed is written as the bytes it came in. The object is loaded again
/// for the next span: nothing taken out of it is kept.
/// </summary>
public sealed class SpanRecord
{
    private readonly AttributeMap _attributes = new();
    private readonly List<ReadOnlyMemory<byte>> _rawEvents = [];
    private readonly List<ReadOnlyMemory<byte>> _rawLinks = [];
    private readonly List<ReadOnlyMemory<byte>> _unknown = [];
    private List<EventRecord>? _events;
    private List<LinkRecord>? _links;
    private bool _changed;
    private ReadOnlyMemory<byte> _traceId;
    private ReadOnlyMemory<byte> _spanId;
    private ReadOnlyMemory<byte> _parentSpanId;
    private ReadOnlyMemory<byte> _rawTraceState;
    private ReadOnlyMemory<byte> _rawName;
    private ReadOnlyMemory<byte> _rawStatusMessage;
    private string? _traceState;
    private string? _name;
    private string? _statusMessage;
    private ulong _kind;
    private ulong _start;
    private ulong _end;
    private ulong _statusCode;
    private bool _hasStatus;
    private ulong _droppedAttributes;
    private ulong _droppedEvents;
    private ulong _droppedLinks;
    private uint _flags;

    public AttributeMap Attributes => _attributes;

    public ReadOnlyMemory<byte> TraceId
    {
        get => _traceId;
        set => Change(ref _traceId, value);
    }

    public ReadOnlyMemory<byte> SpanId
    {
        get => _spanId;
        set => Change(ref _spanId, value);
    }

    public ReadOnlyMemory<byte> ParentSpanId
    {
        get => _parentSpanId;
        set => Change(ref _parentSpanId, value);
    }

    public bool IsRoot => _parentSpanId.Span.IndexOfAnyExcept((byte)0) < 0;

    public string TraceState
    {
        get => _traceState ??= Encoding.UTF8.GetString(_rawTraceState.Span);
        set => ChangeText(ref _traceState, TraceState, value);
    }

    public string Name
    {
        get => _name ??= Encoding.UTF8.GetString(_rawName.Span);
        set => ChangeText(ref _name, Name, value);
    }

    public long Kind
    {
        get => (long)_kind;
        set => Change(ref _kind, (ulong)value);
    }

    public long StartUnixNano
    {
        get => (long)_start;
        set => Change(ref _start, (ulong)value);
    }

    public long EndUnixNano
    {
        get => (long)_end;
        set => Change(ref _end, (ulong)value);
    }

    public long StatusCode
    {
        get => (long)_statusCode;
        set
        {
            _hasStatus = true;
            Change(ref _statusCode, (ulong)value);
        }
    }

    public string StatusMessage
    {
        get => _statusMessage ??= Encoding.UTF8.GetString(_rawStatusMessage.Span);
        set
        {
            _hasStatus = true;
            ChangeText(ref _statusMessage, StatusMessage, value);
        }
    }

    public long DroppedAttributesCount
    {
        get => (long)_droppedAttributes;
        set => Change(ref _droppedAttributes, (ulong)value);
    }

    public long DroppedEventsCount
    {
        get => (long)_droppedEvents;
        set => Change(ref _droppedEvents, (ulong)value);
    }

    public long DroppedLinksCount
    {
        get => (long)_droppedLinks;
        set => Change(ref _droppedLinks, (ulong)value);
    }

    public uint Flags
    {
        get => _flags;
        set => Change(ref _flags, value);
    }

    public int EventCount => _events?.Count ?? _rawEvents.Count;

    public IReadOnlyList<EventRecord> Events => EventList;

    public IReadOnlyList<LinkRecord> Links => _links ??= _rawLinks.ConvertAll(static bytes => new LinkRecord(bytes));

    public bool IsChanged =>
        _changed || _attributes.IsChanged || (_events?.Exists(static item => item.IsChanged) ?? false) || (_links?.Exists(static item => item.IsChanged) ?? false);

    private List<EventRecord> EventList => _events ??= _rawEvents.ConvertAll(static bytes => new EventRecord(bytes));

    public void Load(ReadOnlyMemory<byte> bytes)
    {
        Reset();
        var reader = new ProtoReader(bytes.Span);
        var fieldStart = 0;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OtlpFields.Span.TraceId:
                    _traceId = Slice(ref reader, bytes);
                    break;
                case OtlpFields.Span.SpanId:
                    _spanId = Slice(ref reader, bytes);
                    break;
                case OtlpFields.Span.ParentSpanId:
                    _parentSpanId = Slice(ref reader, bytes);
                    break;
                case OtlpFields.Span.TraceState:
                    _rawTraceState = Slice(ref reader, bytes);
                    break;
                case OtlpFields.Span.Name:
                    _rawName = Slice(ref reader, bytes);
                    break;
                case OtlpFields.Span.Kind:
                    reader.TryVarint(out _kind);
                    break;
                case OtlpFields.Span.StartTime:
                    reader.TryFixed64(out _start);
                    break;
                case OtlpFields.Span.EndTime:
                    reader.TryFixed64(out _end);
                    break;
                case OtlpFields.Span.Attributes:
                    _attributes.LoadEntry(Slice(ref reader, bytes));
                    break;
                case OtlpFields.Span.DroppedAttributesCount:
                    reader.TryVarint(out _droppedAttributes);
                    break;
                case OtlpFields.Span.Events:
                    _rawEvents.Add(Slice(ref reader, bytes));
                    break;
                case OtlpFields.Span.DroppedEventsCount:
                    reader.TryVarint(out _droppedEvents);
                    break;
                case OtlpFields.Span.Links:
                    _rawLinks.Add(Slice(ref reader, bytes));
                    break;
                case OtlpFields.Span.DroppedLinksCount:
                    reader.TryVarint(out _droppedLinks);
                    break;
                case OtlpFields.Span.Status:
                    LoadStatus(Slice(ref reader, bytes));
                    break;
                case OtlpFields.Span.Flags:
                    reader.TryFixed32(out _flags);
                    break;
                default:
                    reader.Skip();
                    _unknown.Add(bytes[fieldStart..reader.Position]);
                    break;
            }

            fieldStart = reader.Position;
        }
    }

    /// <summary>Removes the events for which the condition holds.</summary>
    public int RemoveEvents(Predicate<EventRecord> condition)
    {
        var removed = EventList.RemoveAll(condition);
        _changed |= removed > 0;
        return removed;
    }

    /// <summary>Writes the fields of the Span message.</summary>
    public void Write(PooledBuffer buffer)
    {
        var writer = new ProtoWriter(buffer);
        Bytes(writer, OtlpFields.Span.TraceId, _traceId);
        Bytes(writer, OtlpFields.Span.SpanId, _spanId);
        Text(writer, OtlpFields.Span.TraceState, _rawTraceState, _traceState);
        Bytes(writer, OtlpFields.Span.ParentSpanId, _parentSpanId);
        Text(writer, OtlpFields.Span.Name, _rawName, _name);
        Varint(writer, OtlpFields.Span.Kind, _kind);
        writer.Fixed64Field(OtlpFields.Span.StartTime, _start);
        writer.Fixed64Field(OtlpFields.Span.EndTime, _end);
        _attributes.Write(buffer, OtlpFields.Span.Attributes);
        Varint(writer, OtlpFields.Span.DroppedAttributesCount, _droppedAttributes);
        WriteAll(buffer, OtlpFields.Span.Events, _rawEvents, _events);
        Varint(writer, OtlpFields.Span.DroppedEventsCount, _droppedEvents);
        WriteAll(buffer, OtlpFields.Span.Links, _rawLinks, _links);
        Varint(writer, OtlpFields.Span.DroppedLinksCount, _droppedLinks);
        if (_hasStatus)
        {
            var start = writer.BeginShortMessage(OtlpFields.Span.Status);
            Text(writer, OtlpFields.Status.Message, _rawStatusMessage, _statusMessage);
            Varint(writer, OtlpFields.Status.Code, _statusCode);
            writer.EndShortMessage(start);
        }

        if (_flags != 0)
        {
            writer.Fixed32Field(OtlpFields.Span.Flags, _flags);
        }

        foreach (var field in _unknown)
        {
            buffer.Write(field.Span);
        }
    }

    private static void WriteAll<T>(PooledBuffer buffer, int field, List<ReadOnlyMemory<byte>> raw, List<T>? edited)
        where T : EditedRecord
    {
        var writer = new ProtoWriter(buffer);
        if (edited is null)
        {
            raw.ForEach(bytes => new ProtoWriter(buffer).BytesField(field, bytes.Span));
            return;
        }

        foreach (var item in edited)
        {
            var start = writer.BeginShortMessage(field);
            item.Write(buffer);
            writer.EndShortMessage(start);
        }
    }

    private static void Bytes(ProtoWriter writer, int field, ReadOnlyMemory<byte> value)
    {
        if (value.Length > 0)
        {
            writer.BytesField(field, value.Span);
        }
    }

    private static void Text(ProtoWriter writer, int field, ReadOnlyMemory<byte> raw, string? text)
    {
        if (text is null)
        {
            Bytes(writer, field, raw);
        }
        else if (text.Length > 0)
        {
            writer.StringField(field, text);
        }
    }

    private static void Varint(ProtoWriter writer, int field, ulong value)
    {
        if (value != 0)
        {
            writer.VarintField(field, value);
        }
    }

    private static ReadOnlyMemory<byte> Slice(ref ProtoReader reader, ReadOnlyMemory<byte> bytes) =>
        reader.TryBytes(out var value, out var offset) ? bytes.Slice(offset, value.Length) : default;

    private void LoadStatus(ReadOnlyMemory<byte> bytes)
    {
        _hasStatus = true;
        var reader = new ProtoReader(bytes.Span);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OtlpFields.Status.Code:
                    reader.TryVarint(out _statusCode);
                    break;
                case OtlpFields.Status.Message:
                    _rawStatusMessage = Slice(ref reader, bytes);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private void Reset()
    {
        _attributes.Reset();
        _rawEvents.Clear();
        _rawLinks.Clear();
        _unknown.Clear();
        (_events, _links, _changed, _hasStatus) = (null, null, false, false);
        (_traceId, _spanId, _parentSpanId) = (default, default, default);
        (_rawTraceState, _rawName, _rawStatusMessage) = (default, default, default);
        (_traceState, _name, _statusMessage) = (null, null, null);
        (_kind, _start, _end, _statusCode, _droppedAttributes, _droppedEvents, _droppedLinks, _flags) = (0, 0, 0, 0, 0, 0, 0, 0);
    }

    private void Change<T>(ref T field, T value)
    {
        if (!EqualityComparer<T>.Default.Equals(field, value))
        {
            field = value;
            _changed = true;
        }
    }

    private void ChangeText(ref string? field, string current, string value)
    {
        if (current != value)
        {
            field = value;
            _changed = true;
        }
    }
}
