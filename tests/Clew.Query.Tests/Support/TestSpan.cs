using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;

namespace Clew.Query.Tests.Support;

/// <summary>A list of attributes; values are string, long, double, bool, byte[], object[] (an array), a nested list (a map), or null (empty).</summary>
public sealed class Attributes : List<(string Key, object? Value)>
{
    public void Add(string key, object? value) => Add((key, value));

    public byte[] Encode(int field) => Wire.Message(writer =>
    {
        foreach (var (key, value) in this)
        {
            Wire.Nested(writer, field, inner => Wire.KeyValue(inner, key, value));
        }
    });
}

public sealed record TestEvent(string Name, long OffsetNanos = 0)
{
    public Attributes Attributes { get; init; } = [];
}

public sealed record TestLink(TraceId TraceId, SpanId SpanId)
{
    public Attributes Attributes { get; init; } = [];
}

public sealed record TestScope(string Name = "", string Version = "")
{
    public Attributes Attributes { get; init; } = [];
}

/// <summary>A span as plain values, and its OTLP encoding.</summary>
public sealed record TestSpan
{
    public const long Epoch = 1_700_000_000_000_000_000;

    public TraceId TraceId { get; init; } = new(0, 1);

    public SpanId Id { get; init; } = new(1);

    public SpanId ParentId { get; init; }

    public string Name { get; init; } = "op";

    public SpanKind Kind { get; init; } = SpanKind.Internal;

    public SpanStatus Status { get; init; }

    public string StatusMessage { get; init; } = "";

    public long Start { get; init; } = Epoch;

    public long Duration { get; init; } = 1_000_000;

    public Attributes Attributes { get; init; } = [];

    public Attributes Resource { get; init; } = [("service.name", "svc")];

    public TestScope Scope { get; init; } = new();

    public IReadOnlyList<TestEvent> Events { get; init; } = [];

    public IReadOnlyList<TestLink> Links { get; init; } = [];

    public byte[] Encode() => Wire.Message(writer =>
    {
        Span<byte> id = stackalloc byte[TraceId.Size];
        TraceId.WriteTo(id);
        writer.BytesField(OtlpFields.Span.TraceId, id);
        Id.WriteTo(id);
        writer.BytesField(OtlpFields.Span.SpanId, id[..SpanId.Size]);
        if (!ParentId.IsZero)
        {
            ParentId.WriteTo(id);
            writer.BytesField(OtlpFields.Span.ParentSpanId, id[..SpanId.Size]);
        }

        writer.StringField(OtlpFields.Span.Name, Name);
        writer.VarintField(OtlpFields.Span.Kind, (ulong)Kind);
        writer.Fixed64Field(OtlpFields.Span.StartTime, (ulong)Start);
        writer.Fixed64Field(OtlpFields.Span.EndTime, (ulong)(Start + Duration));
        foreach (var (key, value) in Attributes)
        {
            Wire.Nested(writer, OtlpFields.Span.Attributes, inner => Wire.KeyValue(inner, key, value));
        }

        WriteEvents(writer);
        WriteLinks(writer);
        if (Status != SpanStatus.Unset || StatusMessage.Length > 0)
        {
            Wire.Nested(writer, OtlpFields.Span.Status, inner =>
            {
                inner.StringField(OtlpFields.Status.Message, StatusMessage);
                inner.VarintField(OtlpFields.Status.Code, (ulong)Status);
            });
        }
    });

    /// <summary>The events alone, each behind its tag.</summary>
    public byte[] EncodeEvents() => Wire.Message(WriteEvents);

    /// <summary>The links alone, each behind its tag.</summary>
    public byte[] EncodeLinks() => Wire.Message(WriteLinks);

    public byte[] EncodeResource() => Resource.Encode(OtlpFields.Resource.Attributes);

    public byte[] EncodeScope() => Wire.Message(writer =>
    {
        if (Scope.Name.Length > 0)
        {
            writer.StringField(OtlpFields.Scope.Name, Scope.Name);
        }

        if (Scope.Version.Length > 0)
        {
            writer.StringField(OtlpFields.Scope.Version, Scope.Version);
        }

        foreach (var (key, value) in Scope.Attributes)
        {
            Wire.Nested(writer, OtlpFields.Scope.Attributes, inner => Wire.KeyValue(inner, key, value));
        }
    });

    private void WriteEvents(ProtoWriter writer)
    {
        foreach (var item in Events)
        {
            Wire.Nested(writer, OtlpFields.Span.Events, inner =>
            {
                inner.Fixed64Field(OtlpFields.Event.Time, (ulong)(Start + item.OffsetNanos));
                inner.StringField(OtlpFields.Event.Name, item.Name);
                foreach (var (key, value) in item.Attributes)
                {
                    Wire.Nested(inner, OtlpFields.Event.Attributes, w => Wire.KeyValue(w, key, value));
                }
            });
        }
    }

    private void WriteLinks(ProtoWriter writer)
    {
        foreach (var link in Links)
        {
            Wire.Nested(writer, OtlpFields.Span.Links, inner =>
            {
                Span<byte> bytes = stackalloc byte[TraceId.Size];
                link.TraceId.WriteTo(bytes);
                inner.BytesField(OtlpFields.Link.TraceId, bytes);
                link.SpanId.WriteTo(bytes);
                inner.BytesField(OtlpFields.Link.SpanId, bytes[..SpanId.Size]);
                foreach (var (key, value) in link.Attributes)
                {
                    Wire.Nested(inner, OtlpFields.Link.Attributes, w => Wire.KeyValue(w, key, value));
                }
            });
        }
    }
}

/// <summary>Short forms over <see cref="ProtoWriter"/>, which as a ref struct cannot be captured.</summary>
internal static class Wire
{
    internal delegate void Write(ProtoWriter writer);

    public static byte[] Message(Write write)
    {
        using var buffer = new PooledBuffer();
        write(new ProtoWriter(buffer));
        return buffer.Written.ToArray();
    }

    public static void Nested(ProtoWriter writer, int field, Write write) => writer.BytesField(field, Message(write));

    public static void KeyValue(ProtoWriter writer, string key, object? value)
    {
        writer.StringField(OtlpFields.KeyValue.Key, key);
        Nested(writer, OtlpFields.KeyValue.Value, inner => AnyValue(inner, value));
    }

    private static void AnyValue(ProtoWriter writer, object? value)
    {
        switch (value)
        {
            case string text:
                writer.StringField(OtlpFields.AnyValue.String, text);
                break;
            case long whole:
                writer.VarintField(OtlpFields.AnyValue.Int, (ulong)whole);
                break;
            case int whole:
                writer.VarintField(OtlpFields.AnyValue.Int, (ulong)(long)whole);
                break;
            case double number:
                writer.DoubleField(OtlpFields.AnyValue.Double, number);
                break;
            case bool flag:
                writer.VarintField(OtlpFields.AnyValue.Bool, flag ? 1UL : 0UL);
                break;
            case byte[] bytes:
                writer.BytesField(OtlpFields.AnyValue.Bytes, bytes);
                break;
            case object?[] items:
                Nested(writer, OtlpFields.AnyValue.Array, inner =>
                {
                    foreach (var item in items)
                    {
                        Nested(inner, OtlpFields.AnyValue.Values, w => AnyValue(w, item));
                    }
                });
                break;
            case Attributes map:
                Nested(writer, OtlpFields.AnyValue.KeyValueList, inner =>
                {
                    foreach (var (key, item) in map)
                    {
                        Nested(inner, OtlpFields.AnyValue.Values, w => KeyValue(w, key, item));
                    }
                });
                break;
        }
    }
}
