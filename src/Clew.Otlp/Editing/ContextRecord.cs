using System.Text;
using Clew.Otlp.Batches;
using Clew.Otlp.Wire;

namespace Clew.Otlp.Editing;

/// <summary>What resources, scopes, events and links have in common when they are edited.</summary>
public abstract class EditedRecord
{
    private readonly int _attributesField;
    private readonly int _droppedField;
    private ReadOnlyMemory<byte> _bytes;
    private bool _fieldsChanged;
    private ulong _dropped;
    private AttributeMap? _attributes;

    private protected EditedRecord(int attributesField, int droppedField) => (_attributesField, _droppedField) = (attributesField, droppedField);

    public AttributeMap Attributes
    {
        get
        {
            if (_attributes is null)
            {
                _attributes = new AttributeMap();
                _attributes.Load(_bytes, _attributesField);
            }

            return _attributes;
        }
    }

    public long DroppedAttributesCount
    {
        get => (long)_dropped;
        set => Change(ref _dropped, (ulong)value);
    }

    public bool IsChanged => _fieldsChanged || _attributes is { IsChanged: true };

    /// <summary>The encoded message as it came.</summary>
    public ReadOnlyMemory<byte> Original => _bytes;

    /// <summary>Writes the message's fields: the bytes that came when nothing was changed.</summary>
    public void Write(PooledBuffer buffer)
    {
        if (!IsChanged)
        {
            buffer.Write(_bytes.Span);
            return;
        }

        var writer = new ProtoWriter(buffer);
        WriteOwn(writer);
        if (_attributes is not null)
        {
            _attributes.Write(buffer, _attributesField);
        }

        if (_dropped > 0)
        {
            writer.VarintField(_droppedField, _dropped);
        }

        var reader = new ProtoReader(_bytes.Span);
        var start = 0;
        while (reader.Next())
        {
            var field = reader.Field;
            reader.Skip();
            if (field != _droppedField && !IsOwn(field) && (field != _attributesField || _attributes is null))
            {
                buffer.Write(_bytes.Span[start..reader.Position]);
            }

            start = reader.Position;
        }
    }

    private protected void LoadBytes(ReadOnlyMemory<byte> bytes)
    {
        _bytes = bytes;
        var reader = new ProtoReader(bytes.Span);
        while (reader.Next())
        {
            if (reader.Field == _droppedField && reader.Type == WireType.Varint)
            {
                reader.TryVarint(out _dropped);
            }
            else if (reader.Field == _attributesField || !ReadOwn(ref reader))
            {
                reader.Skip();
            }
        }
    }

    /// <summary>Reads a field of the derived message; false leaves it to be copied as it is.</summary>
    private protected abstract bool ReadOwn(ref ProtoReader reader);

    private protected abstract bool IsOwn(int field);

    private protected abstract void WriteOwn(ProtoWriter writer);

    private protected void Change<T>(ref T field, T value)
    {
        if (!EqualityComparer<T>.Default.Equals(field, value))
        {
            field = value;
            _fieldsChanged = true;
        }
    }

    private protected static string Text(ref ProtoReader reader) => reader.TryBytes(out var text) ? Encoding.UTF8.GetString(text) : "";

    private protected static void WriteText(ProtoWriter writer, int field, string text)
    {
        if (text.Length > 0)
        {
            writer.StringField(field, text);
        }
    }
}

/// <summary>A resource that can be edited.</summary>
public sealed class ResourceRecord : EditedRecord
{
    private string _schemaUrl;

    public ResourceRecord(ReadOnlyMemory<byte> bytes, string schemaUrl)
        : base(OtlpFields.Resource.Attributes, OtlpFields.Resource.DroppedAttributesCount)
    {
        _schemaUrl = schemaUrl;
        LoadBytes(bytes);
    }

    /// <summary>Stands beside the resource in its message, not in it.</summary>
    public string SchemaUrl
    {
        get => _schemaUrl;
        set => Change(ref _schemaUrl, value);
    }

    private protected override bool ReadOwn(ref ProtoReader reader) => false;

    private protected override bool IsOwn(int field) => false;

    private protected override void WriteOwn(ProtoWriter writer)
    {
    }
}

/// <summary>An instrumentation scope that can be edited.</summary>
public sealed class ScopeRecord : EditedRecord
{
    private string _name = "";
    private string _version = "";
    private string _schemaUrl;

    public ScopeRecord(ReadOnlyMemory<byte> bytes, string schemaUrl)
        : base(OtlpFields.Scope.Attributes, OtlpFields.Scope.DroppedAttributesCount)
    {
        _schemaUrl = schemaUrl;
        LoadBytes(bytes);
    }

    public string Name
    {
        get => _name;
        set => Change(ref _name, value);
    }

    public string Version
    {
        get => _version;
        set => Change(ref _version, value);
    }

    /// <summary>Stands beside the scope in its message, not in it.</summary>
    public string SchemaUrl
    {
        get => _schemaUrl;
        set => Change(ref _schemaUrl, value);
    }

    private protected override bool ReadOwn(ref ProtoReader reader)
    {
        switch (reader.Field)
        {
            case OtlpFields.Scope.Name:
                _name = Text(ref reader);
                return true;
            case OtlpFields.Scope.Version:
                _version = Text(ref reader);
                return true;
            default:
                return false;
        }
    }

    private protected override bool IsOwn(int field) => field is OtlpFields.Scope.Name or OtlpFields.Scope.Version;

    private protected override void WriteOwn(ProtoWriter writer)
    {
        WriteText(writer, OtlpFields.Scope.Name, _name);
        WriteText(writer, OtlpFields.Scope.Version, _version);
    }
}

/// <summary>A span event that can be edited.</summary>
public sealed class EventRecord : EditedRecord
{
    private ulong _time;
    private string _name = "";

    public EventRecord(ReadOnlyMemory<byte> bytes)
        : base(OtlpFields.Event.Attributes, OtlpFields.Event.DroppedAttributesCount) => LoadBytes(bytes);

    public long TimeUnixNano
    {
        get => (long)_time;
        set => Change(ref _time, (ulong)value);
    }

    public string Name
    {
        get => _name;
        set => Change(ref _name, value);
    }

    private protected override bool ReadOwn(ref ProtoReader reader)
    {
        switch (reader.Field)
        {
            case OtlpFields.Event.Time when reader.Type == WireType.Fixed64:
                reader.TryFixed64(out _time);
                return true;
            case OtlpFields.Event.Name:
                _name = Text(ref reader);
                return true;
            default:
                return false;
        }
    }

    private protected override bool IsOwn(int field) => field is OtlpFields.Event.Time or OtlpFields.Event.Name;

    private protected override void WriteOwn(ProtoWriter writer)
    {
        if (_time != 0)
        {
            writer.Fixed64Field(OtlpFields.Event.Time, _time);
        }

        WriteText(writer, OtlpFields.Event.Name, _name);
    }
}

/// <summary>A span link that can be edited.</summary>
public sealed class LinkRecord : EditedRecord
{
    private string _traceState = "";

    public LinkRecord(ReadOnlyMemory<byte> bytes)
        : base(OtlpFields.Link.Attributes, OtlpFields.Link.DroppedAttributesCount) => LoadBytes(bytes);

    public byte[] TraceId { get; private set; } = [];

    public byte[] SpanId { get; private set; } = [];

    public string TraceState
    {
        get => _traceState;
        set => Change(ref _traceState, value);
    }

    private protected override bool ReadOwn(ref ProtoReader reader)
    {
        switch (reader.Field)
        {
            case OtlpFields.Link.TraceId:
                TraceId = reader.TryBytes(out var trace) ? trace.ToArray() : [];
                return true;
            case OtlpFields.Link.SpanId:
                SpanId = reader.TryBytes(out var span) ? span.ToArray() : [];
                return true;
            case OtlpFields.Link.TraceState:
                _traceState = Text(ref reader);
                return true;
            default:
                return false;
        }
    }

    private protected override bool IsOwn(int field) => field is OtlpFields.Link.TraceId or OtlpFields.Link.SpanId or OtlpFields.Link.TraceState;

    private protected override void WriteOwn(ProtoWriter writer)
    {
        writer.BytesField(OtlpFields.Link.TraceId, TraceId);
        writer.BytesField(OtlpFields.Link.SpanId, SpanId);
        WriteText(writer, OtlpFields.Link.TraceState, _traceState);
    }
}
