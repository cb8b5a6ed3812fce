using System.Text;
using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;
using CsCheck;

namespace Clew.Storage.Tests.Blocks;

/// <summary>A span with what it hangs under, as encoded messages.</summary>
internal sealed record TestSpan(TraceId Trace, byte[] Span, byte[] Resource, string ResourceUrl, byte[] Scope, string ScopeUrl);

/// <summary>Random spans, ordinary and odd: every kind of attribute, every default written out, times that cannot be.</summary>
internal static class SpanGen
{
    private static readonly string[] Keys =
    [
        "http.route", "http.response.status_code", "db.statement", "user.id", "retries", "ok", "ratio", "Http.Route", "x:int", "x", "", "이름",
        "with space", "tab\tkey", new string('k', 600),
    ];

    private static readonly Gen<string> Text = Gen.Frequency(
        (5, One("", "GET", "/api/users/{id}", "ü€😀", "select 1", "\0zero")), (3, Gen.String[0, 40].Select(ValidText)),
        (1, Gen.Const(new string('v', 20_000))));

    private static readonly Gen<long> Number = Gen.Frequency(
        (3, Gen.Long), (5, Gen.Int[0, 600].Select(i => (long)i)), (1, One(0L, -1L, long.MinValue, long.MaxValue)));

    private static readonly Gen<double> Real = Gen.Frequency(
        (3, Gen.Double), (2, One(0.0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, 0.5)));

    private static readonly Gen<ulong> Time = Gen.Frequency(
        (10, Gen.ULong[1_700_000_000_000_000_000, 1_700_000_001_000_000_000]), (1, One(0UL, 1UL, ulong.MaxValue, (ulong)long.MaxValue, 1UL << 63)),
        (1, Gen.ULong[1_700_000_000_000_000_000, 1_700_002_000_000_000_000]));

    private static readonly Gen<byte[]> AnyValue = Gen.Frequency(
        (8, Text.Select(t => Message(w => w.StringField(OtlpFields.AnyValue.String, t)))),
        (6, Number.Select(n => Message(w => w.VarintField(OtlpFields.AnyValue.Int, (ulong)n)))),
        (3, Real.Select(d => Message(w => w.DoubleField(OtlpFields.AnyValue.Double, d)))),
        (3, Gen.Bool.Select(b => Message(w => w.VarintField(OtlpFields.AnyValue.Bool, b ? 1u : 0u)))),
        (1, Gen.Byte.Array[0, 20].Select(b => Message(w => w.BytesField(OtlpFields.AnyValue.Bytes, b)))),
        (1, Gen.Const(Array.Empty<byte>())),
        (1, Gen.Select(Number, Text, (n, t) => Message(w =>
        {
            // An array of an int and a text, and a map: their insides are opaque to blocks.
            w.BytesField(OtlpFields.AnyValue.Array, Message(a =>
            {
                a.BytesField(OtlpFields.AnyValue.Values, Message(v => v.VarintField(OtlpFields.AnyValue.Int, (ulong)n)));
                a.BytesField(OtlpFields.AnyValue.Values, Message(v => v.StringField(OtlpFields.AnyValue.String, t)));
            }));
        }))),
        (1, Text.Select(t => Message(w => w.BytesField(OtlpFields.AnyValue.KeyValueList, Message(m => m.BytesField(OtlpFields.AnyValue.Values, KeyValue("k", Message(v => v.StringField(OtlpFields.AnyValue.String, t))))))))),
        // Two members of a oneof, an unknown member, a bool of two.
        (1, Gen.Const(Message(w => { w.VarintField(OtlpFields.AnyValue.Int, 7); w.StringField(OtlpFields.AnyValue.String, "last wins"); }))),
        (1, Gen.Const(Message(w => w.VarintField(99, 5)))),
        (1, Gen.Const(Message(w => w.VarintField(OtlpFields.AnyValue.Bool, 2)))));

    private static readonly Gen<byte[]> Attribute = Gen.Frequency(
        (40, Gen.Select(One(Keys), AnyValue, KeyValue)),
        (1, One(Keys).Select(k => Message(w => w.StringField(OtlpFields.KeyValue.Key, k)))),
        (1, AnyValue.Select(v => Message(w => w.BytesField(OtlpFields.KeyValue.Value, v)))),
        (1, Gen.Select(One(Keys), AnyValue, (k, v) => Message(w =>
        {
            w.BytesField(OtlpFields.KeyValue.Value, v);
            w.StringField(OtlpFields.KeyValue.Key, k);
        }))),
        (1, Gen.Select(One(Keys), AnyValue, (k, v) => Message(w =>
        {
            w.StringField(OtlpFields.KeyValue.Key, k);
            w.BytesField(OtlpFields.KeyValue.Value, v);
            w.VarintField(77, 1);
        }))));

    private static readonly Gen<byte[]> Event = Gen.Select(Time, Text, Attribute.Array[0, 3], Gen.UInt[0, 2], (time, name, attributes, dropped) => Message(w =>
    {
        w.Fixed64Field(OtlpFields.Event.Time, time);
        w.StringField(OtlpFields.Event.Name, name);
        Array.ForEach(attributes, a => w.BytesField(OtlpFields.Event.Attributes, a));
        w.VarintField(OtlpFields.Event.DroppedAttributesCount, dropped);
    }));

    private static readonly Gen<byte[]> Link = Gen.Select(Gen.Byte.Array[16], Gen.Byte.Array[8], Attribute.Array[0, 2], Gen.UInt, (trace, span, attributes, flags) => Message(w =>
    {
        w.BytesField(OtlpFields.Link.TraceId, trace);
        w.BytesField(OtlpFields.Link.SpanId, span);
        Array.ForEach(attributes, a => w.BytesField(OtlpFields.Link.Attributes, a));
        w.Fixed32Field(OtlpFields.Link.Flags, flags);
    }));

    private static readonly Gen<byte[]?> Status = Gen.Frequency<byte[]?>(
        (5, Gen.Const((byte[]?)null)),
        (5, Gen.Select(Text, One(0, 1, 2, 3, -1), Gen.Bool, (text, code, explicitly) => (byte[]?)Message(w =>
        {
            if (text.Length > 0 || explicitly)
            {
                w.StringField(OtlpFields.Status.Message, text);
            }

            if (code != 0 || explicitly)
            {
                w.VarintField(OtlpFields.Status.Code, (ulong)code);
            }
        }))),
        (1, Gen.Const((byte[]?)Message(w => { w.VarintField(OtlpFields.Status.Code, 2); w.VarintField(50, 1); }))),
        (1, Gen.Const((byte[]?)[])));

    /// <summary>The odd rest of a span: fields written out though zero, unknown fields, repeated fields.</summary>
    private static readonly Gen<byte[]> Oddities = Gen.Frequency(
        (20, Gen.Const(Array.Empty<byte>())),
        (1, Gen.Const(Message(w => { w.VarintField(OtlpFields.Span.Kind, 0); w.Fixed32Field(OtlpFields.Span.Flags, 0); w.StringField(OtlpFields.Span.TraceState, ""); }))),
        (1, Gen.Const(Message(w => { w.VarintField(100, 12345); w.StringField(101, "from the future"); w.Fixed64Field(102, 1); w.Fixed32Field(103, 1); }))),
        (1, Gen.Const(Message(w => { w.VarintField(OtlpFields.Span.Kind, 99); w.StringField(OtlpFields.Span.Name, "renamed"); }))),
        (1, Gen.Const(Message(w => w.VarintField(OtlpFields.Span.Kind, ulong.MaxValue)))),
        (1, Gen.Const(Message(w => w.BytesField(OtlpFields.Span.ParentSpanId, new byte[8])))),
        (1, Gen.Const(Message(w => w.BytesField(OtlpFields.Span.Status, Message(s => s.StringField(OtlpFields.Status.Message, "merged")))))),
        (1, Gen.Const(Message(w => w.BytesField(OtlpFields.Span.TraceState, [0xff, 0xfe])))),
        (1, Gen.Const(Message(w => w.BytesField(OtlpFields.Span.Name, [0xc3])))),
        (1, Gen.Const(Message(w => w.StringField(OtlpFields.Span.Name, new string('n', 20_000))))),
        (1, Gen.Const(Message(w => w.BytesField(OtlpFields.Span.Attributes, KeyValue("bad", [0x0a, 1, 0xff]))))));

    private static readonly Gen<(byte[] Message, string Url)> Resource = Gen.Select(
        Attribute.Array[0, 4], One("", "https://opentelemetry.io/schemas/1.27.0"), One("shop", "cart", "billing"), (attributes, url, service) =>
        (Message(w =>
        {
            w.BytesField(OtlpFields.Resource.Attributes, KeyValue("service.name", Message(v => v.StringField(OtlpFields.AnyValue.String, service))));
            Array.ForEach(attributes, a => w.BytesField(OtlpFields.Resource.Attributes, a));
        }), url));

    private static readonly Gen<(byte[] Message, string Url)> Scope = Gen.Select(
        One("", "net.http"), One("", "1.2"), Attribute.Array[0, 2], One("", "https://schema"), (name, version, attributes, url) =>
        (name.Length + version.Length + attributes.Length == 0 ? [] : Message(w =>
        {
            w.StringField(OtlpFields.Scope.Name, name);
            w.StringField(OtlpFields.Scope.Version, version);
            Array.ForEach(attributes, a => w.BytesField(OtlpFields.Scope.Attributes, a));
        }), url));

    private static Gen<TestSpan> Span(TraceId trace, Gen<(byte[], string)> resources, Gen<(byte[], string)> scopes) => Gen.Select(
        Gen.Select(Gen.ULong[1, 12], Gen.ULong[0, 14], Text, Gen.Int[0, 5], Time, Time),
        Gen.Select(Attribute.Array[0, 12], Event.Array[0, 2], Link.Array[0, 2], Status, Oddities, Gen.UInt[0, 3]),
        resources,
        scopes,
        (head, body, resource, scope) => new TestSpan(trace, Encode(trace, head, body), resource.Item1, resource.Item2, scope.Item1, scope.Item2));

    /// <summary>Traces of 1 to 20 spans, some with equal ids.</summary>
    public static Gen<List<List<TestSpan>>> Traces(int maxTraces) =>
        Gen.Select(Resource.Array[1, 5], Scope.Array[1, 4]).SelectMany((resources, scopes) =>
            Gen.Int[1, maxTraces].SelectMany(count => TraceList(count, One(resources), One(scopes))));

    private static Gen<List<List<TestSpan>>> TraceList(int count, Gen<(byte[], string)> resources, Gen<(byte[], string)> scopes)
    {
        var all = Gen.Const(new List<List<TestSpan>>());
        for (var i = 0; i < count; i++)
        {
            var trace = new TraceId((ulong)(i * 7919 % 17), (ulong)i + 1);
            all = Gen.Select(all, Span(trace, resources, scopes).List[1, 20], (list, spans) => new List<List<TestSpan>>(list) { spans });
        }

        return all;
    }

    private static Gen<T> One<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    public static byte[] Message(Action<ProtoBuilder> write)
    {
        using var buffer = new PooledBuffer();
        write(new ProtoBuilder(buffer));
        return buffer.Written.ToArray();
    }

    public static byte[] KeyValue(string key, byte[] value) => Message(w =>
    {
        w.StringField(OtlpFields.KeyValue.Key, key);
        w.BytesField(OtlpFields.KeyValue.Value, value);
    });

    private static string ValidText(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static byte[] Encode(
        TraceId trace,
        (ulong Id, ulong Parent, string Name, int Kind, ulong Start, ulong End) head,
        (byte[][] Attributes, byte[][] Events, byte[][] Links, byte[]? Status, byte[] Oddities, uint Dropped) body)
    {
        using var buffer = new PooledBuffer();
        var w = new ProtoBuilder(buffer);
        var id = new byte[TraceId.Size];
        trace.WriteTo(id);
        w.BytesField(OtlpFields.Span.TraceId, id);
        w.BytesField(OtlpFields.Span.SpanId, Id(head.Id));
        if (head.Parent != 0)
        {
            w.BytesField(OtlpFields.Span.ParentSpanId, Id(head.Parent));
        }

        w.StringField(OtlpFields.Span.Name, head.Name);
        w.VarintField(OtlpFields.Span.Kind, (ulong)head.Kind);
        w.Fixed64Field(OtlpFields.Span.StartTime, head.Start);
        w.Fixed64Field(OtlpFields.Span.EndTime, head.End);
        Array.ForEach(body.Attributes, a => w.BytesField(OtlpFields.Span.Attributes, a));
        Array.ForEach(body.Events, e => w.BytesField(OtlpFields.Span.Events, e));
        Array.ForEach(body.Links, l => w.BytesField(OtlpFields.Span.Links, l));
        if (body.Status is not null)
        {
            w.BytesField(OtlpFields.Span.Status, body.Status);
        }

        w.VarintField(OtlpFields.Span.DroppedAttributesCount, body.Dropped);
        w.VarintField(OtlpFields.Span.DroppedLinksCount, body.Dropped);
        buffer.Write(body.Oddities);
        return buffer.Written.ToArray();
    }

    private static byte[] Id(ulong id)
    {
        var bytes = new byte[SpanId.Size];
        new SpanId(id).WriteTo(bytes);
        return bytes;
    }
}

/// <summary>A <see cref="ProtoWriter"/> that lambdas may take.</summary>
internal sealed class ProtoBuilder(PooledBuffer buffer)
{
    public void VarintField(int field, ulong value) => new ProtoWriter(buffer).VarintField(field, value);

    public void Fixed64Field(int field, ulong value) => new ProtoWriter(buffer).Fixed64Field(field, value);

    public void Fixed32Field(int field, uint value) => new ProtoWriter(buffer).Fixed32Field(field, value);

    public void DoubleField(int field, double value) => new ProtoWriter(buffer).DoubleField(field, value);

    public void BytesField(int field, byte[] value) => new ProtoWriter(buffer).BytesField(field, value);

    public void StringField(int field, string value) => new ProtoWriter(buffer).StringField(field, value);
}
