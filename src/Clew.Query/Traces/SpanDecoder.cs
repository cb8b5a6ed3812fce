using System.Text;
using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;
using Clew.Query.Values;
using Clew.Storage.Columns;

namespace Clew.Query.Traces;

/// <summary>
/// Decodes stored OTLP messages into plain objects. What reaches it was checked when it was received, so a message that cannot be read
/// means a damaged store and throws <see cref="InvalidDataException"/>. Resources and scopes are decoded once per distinct encoding.
/// Not safe for several threads.
/// </summary>
internal sealed class SpanDecoder
{
    /// <summary>What stands for a resource and a scope where only the span's own fields matter.</summary>
    public static readonly ResourceData NoResource = new() { Attributes = [], ServiceName = "" };

    public static readonly ScopeData NoScope = new() { Name = "", Version = "", Attributes = [] };

    private readonly TextCache _texts = new();
    private readonly Dictionary<byte[], ResourceData> _resources = new(BytesComparer.Instance);
    private readonly Dictionary<byte[], ScopeData> _scopes = new(BytesComparer.Instance);
    private readonly List<AttributeData> _attributes = [];
    private readonly List<EventData> _events = [];
    private readonly List<LinkData> _links = [];

    public SpanData Decode(in StoredSpan stored) => Decode(stored.Span, Resource(stored.Resource), Scope(stored.Scope));

    public SpanData Decode(ReadOnlySpan<byte> message, ResourceData resource, ScopeData scope)
    {
        _attributes.Clear();
        _events.Clear();
        _links.Clear();
        ReadOnlySpan<byte> id = default, parentId = default, name = default, status = default;
        ulong kind = 0, start = 0, end = 0;
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OtlpFields.Span.SpanId:
                    id = Bytes(ref reader);
                    break;
                case OtlpFields.Span.ParentSpanId:
                    parentId = Bytes(ref reader);
                    break;
                case OtlpFields.Span.Name:
                    name = Bytes(ref reader);
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
                case OtlpFields.Span.Attributes:
                    _attributes.Add(Attribute(Bytes(ref reader)));
                    break;
                case OtlpFields.Span.Events:
                    _events.Add(Event(Bytes(ref reader)));
                    break;
                case OtlpFields.Span.Links:
                    _links.Add(Link(Bytes(ref reader)));
                    break;
                case OtlpFields.Span.Status:
                    status = Bytes(ref reader);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        Check(reader, "Span");
        var (code, statusMessage) = Status(status);
        return new SpanData
        {
            Id = id.Length == SpanId.Size ? SpanId.FromBytes(id) : default,
            ParentId = parentId.Length == SpanId.Size ? SpanId.FromBytes(parentId) : default,
            Name = _texts.Get(name),
            Kind = kind <= (ulong)SpanKind.Consumer ? (SpanKind)kind : SpanKind.Unspecified,
            Status = code,
            StatusMessage = statusMessage,
            StartUnixNano = UnixNano.Clamp(start),
            EndUnixNano = UnixNano.Clamp(end),
            Resource = resource,
            Scope = scope,
            Attributes = [.. _attributes],
            Events = _events.Count == 0 ? [] : [.. _events],
            Links = _links.Count == 0 ? [] : [.. _links],
        };
    }

    public ResourceData Resource(ReadOnlySpan<byte> message)
    {
        var lookup = _resources.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (lookup.TryGetValue(message, out var known))
        {
            return known;
        }

        var attributes = Attributes(message, OtlpFields.Resource.Attributes, "Resource");
        var resource = new ResourceData { Attributes = attributes, ServiceName = AttributeData.Find(attributes, ResourceData.ServiceNameKey).ToText() };
        lookup[message] = resource;
        return resource;
    }

    public ScopeData Scope(ReadOnlySpan<byte> message)
    {
        var lookup = _scopes.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (lookup.TryGetValue(message, out var known))
        {
            return known;
        }

        string name = "", version = "";
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OtlpFields.Scope.Name:
                    name = _texts.Get(Bytes(ref reader));
                    break;
                case OtlpFields.Scope.Version:
                    version = _texts.Get(Bytes(ref reader));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        var scope = new ScopeData { Name = name, Version = version, Attributes = Attributes(message, OtlpFields.Scope.Attributes, "InstrumentationScope") };
        lookup[message] = scope;
        return scope;
    }

    private AttributeData[] Attributes(ReadOnlySpan<byte> message, int field, string what)
    {
        var attributes = new List<AttributeData>();
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == field)
            {
                attributes.Add(Attribute(Bytes(ref reader)));
            }
            else
            {
                reader.Skip();
            }
        }

        Check(reader, what);
        return attributes.Count == 0 ? [] : [.. attributes];
    }

    private AttributeData Attribute(ReadOnlySpan<byte> message)
    {
        var key = "";
        var value = QueryValue.Nil;
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OtlpFields.KeyValue.Key:
                    key = _texts.Get(Bytes(ref reader));
                    break;
                case OtlpFields.KeyValue.Value:
                    value = Value(Bytes(ref reader));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        Check(reader, "KeyValue");
        return new AttributeData(key, value);
    }

    /// <summary>An empty value counts as missing, as if the key were not there.</summary>
    private QueryValue Value(ReadOnlySpan<byte> message)
    {
        var value = QueryValue.Nil;
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            ulong bits;
            switch (reader.Field)
            {
                case OtlpFields.AnyValue.String:
                    value = QueryValue.String(_texts.Get(Bytes(ref reader)));
                    break;
                case OtlpFields.AnyValue.Bool:
                    reader.TryVarint(out bits);
                    value = QueryValue.Bool(bits != 0);
                    break;
                case OtlpFields.AnyValue.Int:
                    reader.TryVarint(out bits);
                    value = QueryValue.Int((long)bits);
                    break;
                case OtlpFields.AnyValue.Double:
                    reader.TryFixed64(out bits);
                    value = QueryValue.Float(BitConverter.UInt64BitsToDouble(bits));
                    break;
                case OtlpFields.AnyValue.Array:
                    value = ArrayValue(Bytes(ref reader));
                    break;
                case OtlpFields.AnyValue.KeyValueList:
                    value = QueryValue.Other(AnyValueText.Map(Bytes(ref reader)));
                    break;
                case OtlpFields.AnyValue.Bytes:
                    value = QueryValue.Other(Convert.ToBase64String(Bytes(ref reader)));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        Check(reader, "AnyValue");
        return value;
    }

    private QueryValue ArrayValue(ReadOnlySpan<byte> message)
    {
        var items = new List<QueryValue>();
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.AnyValue.Values)
            {
                items.Add(Value(Bytes(ref reader)));
            }
            else
            {
                reader.Skip();
            }
        }

        Check(reader, "ArrayValue");
        return QueryValue.Array([.. items]);
    }

    private EventData Event(ReadOnlySpan<byte> message)
    {
        var name = "";
        ulong time = 0;
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OtlpFields.Event.Name:
                    name = _texts.Get(Bytes(ref reader));
                    break;
                case OtlpFields.Event.Time:
                    reader.TryFixed64(out time);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new EventData { Name = name, UnixNano = UnixNano.Clamp(time), Attributes = Attributes(message, OtlpFields.Event.Attributes, "Event") };
    }

    private LinkData Link(ReadOnlySpan<byte> message)
    {
        ReadOnlySpan<byte> traceId = default, spanId = default;
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OtlpFields.Link.TraceId:
                    traceId = Bytes(ref reader);
                    break;
                case OtlpFields.Link.SpanId:
                    spanId = Bytes(ref reader);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new LinkData
        {
            TraceId = Convert.ToHexStringLower(traceId),
            SpanId = Convert.ToHexStringLower(spanId),
            Attributes = Attributes(message, OtlpFields.Link.Attributes, "Link"),
        };
    }

    private (SpanStatus Code, string Message) Status(ReadOnlySpan<byte> message)
    {
        ulong code = 0;
        var text = "";
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OtlpFields.Status.Code:
                    reader.TryVarint(out code);
                    break;
                case OtlpFields.Status.Message:
                    text = _texts.Get(Bytes(ref reader));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        Check(reader, "Status");
        return (code <= (ulong)SpanStatus.Error ? (SpanStatus)code : SpanStatus.Unset, text);
    }

    private static ReadOnlySpan<byte> Bytes(scoped ref ProtoReader reader)
    {
        reader.TryBytes(out var value);
        return value;
    }

    private static void Check(in ProtoReader reader, string what)
    {
        if (reader.Failed)
        {
            throw new InvalidDataException($"a stored {what} message cannot be read at its byte {reader.Position}");
        }
    }
}
