using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Batches;
using Clew.Otlp.Wire;
using Clew.Semantics;
using Clew.Semantics.Attributes;
using Clew.Storage.Head;
using Clew.Storage.Tests.Support;
using Clew.Storage.Wal;

namespace Clew.Storage.Tests.Head;

/// <summary>What a head finds by codes is what reading each span alone, with nothing remembered, finds.</summary>
public sealed class HeadSemanticsTests
{
    private static readonly string[] Texts =
    [
        "", "a", "b", "cart", "false", "true", "GET", "503", "-", "proxy", "probabilistic", "12.5", "outbound|9080||reviews.default.svc.cluster.local",
        "http://cart:8080/items/1?x=2", "http://cart:8080/items/2", "https://user@pay.example/x", "not a url", "sidecar~10.0.0.7~reviews-v1-545db77b95-8q5cl.default~default.svc.cluster.local",
    ];

    private static readonly string[] TraceStates = ["", "", "", "ot=th:8", "vendor=1,ot=th:c;rv:1", "vendor=2"];

    [Theory]
    [InlineData(1, 1000)]
    [InlineData(2, 1000)]
    [InlineData(3, 1000)]
    [InlineData(4, 6)]
    public void Facts_and_weights_are_those_of_each_span_read_alone(int seed, int maxKeys)
    {
        var random = new Random(seed);
        var keys = Enumerable.Range(1, SemanticKeys.Count - 1).Select(i => SemanticKeys.Name((SemanticKey)i)).Append("of.no.meaning").ToArray();
        // Few keys at a time, so that spans agree with each other often.
        var head = new HeadSegment("head", maxKeys);
        var log = new WalWriter(new CrashingDisk(), "/log", 1 << 22, 1);
        var row = 0;
        for (var round = 0; round < 60; round++)
        {
            var own = Enumerable.Range(0, 7).Select(_ => keys[random.Next(keys.Length)]).ToArray();
            using var batch = Batch(random, own);
            Assert.Equal(50, batch.SpanCount);
            var positions = new WalPosition[1];
            log.Append([new WalFrame(WalFrameType.Batch, batch.Bytes, 0)], positions);
            head.Add(batch, positions[0], 0);
            foreach (ref readonly var span in batch.Spans)
            {
                var reader = new SemanticReader();
                var alone = reader.ReadFacts(batch.SpanBytes(span), reader.Resource(batch.ContextBytes(batch.Resources[span.Resource])));
                Assert.Equal(alone.Facts with { Id = 0 }, head.Semantics.Facts(row) with { Id = 0 });
                var extra = head.Semantics.ExtraOf(row);
                Assert.Equal(
                    (alone.OwnWeight, alone.TraceWeight, alone.RequestBytes, alone.ResponseBytes),
                    (extra.OwnWeight, extra.TraceWeight, extra.RequestBytes, extra.ResponseBytes));
                row++;
            }
        }
    }

    private static TraceBatch Batch(Random random, string[] keys)
    {
        var buffer = new PooledBuffer();
        var writer = new ProtoWriter(buffer);
        for (var i = 0; i < 5; i++)
        {
            var resourceSpans = writer.BeginMessage(OtlpFields.RequestResourceSpans);
            var resource = writer.BeginMessage(OtlpFields.ResourceSpans.Resource);
            Attribute(writer, OtlpFields.Resource.Attributes, "service.name", $"shop-{random.Next(2)}", random);
            Attribute(writer, OtlpFields.Resource.Attributes, keys[random.Next(keys.Length)], Texts[random.Next(Texts.Length)], random);
            writer.EndMessage(resource);
            var scopeSpans = writer.BeginMessage(OtlpFields.ResourceSpans.ScopeSpans);
            for (var span = 0; span < 10; span++)
            {
                var message = writer.BeginMessage(OtlpFields.ScopeSpans.Spans);
                Span(writer, random, keys);
                writer.EndMessage(message);
            }

            writer.EndMessage(scopeSpans);
            writer.EndMessage(resourceSpans);
        }

        return OtlpScanner.Scan(buffer, new BatchContext(TenantId.Single, 0)).Batch!;
    }

    private static void Span(ProtoWriter writer, Random random, string[] keys)
    {
        Span<byte> id = stackalloc byte[TraceId.Size];
        random.NextBytes(id);
        writer.BytesField(OtlpFields.Span.TraceId, id);
        writer.BytesField(OtlpFields.Span.SpanId, id[..SpanId.Size]);
        writer.VarintField(OtlpFields.Span.Kind, (ulong)random.Next(7));
        if (TraceStates[random.Next(TraceStates.Length)] is { Length: > 0 } state)
        {
            writer.StringField(OtlpFields.Span.TraceState, state);
        }

        for (var i = random.Next(keys.Length + 1); i > 0; i--)
        {
            // A key may come twice.
            var key = keys[random.Next(keys.Length)];
            Attribute(writer, OtlpFields.Span.Attributes, key, Value(random), random);
        }
    }

    private static object Value(Random random) => random.Next(8) switch
    {
        0 => random.Next(3) * 200,
        1 => random.Next(2) == 0,
        2 => random.Next(3) / 2.0,
        3 => new[] { Texts[random.Next(Texts.Length)] },
        _ => Texts[random.Next(Texts.Length)],
    };

    private static void Attribute(ProtoWriter writer, int field, string key, object value, Random random)
    {
        // Lengths of one byte, as nearly every sender writes them, or of more; rarely the value in front of the key: all are valid.
        var isShort = value is not string[] && value is not string { Length: > 40 } && random.Next(4) != 0;
        var isTurned = random.Next(20) == 0;
        var keyValue = isShort ? writer.BeginShortMessage(field) : writer.BeginMessage(field);
        if (!isTurned)
        {
            writer.StringField(OtlpFields.KeyValue.Key, key);
        }

        var any = isShort ? writer.BeginShortMessage(OtlpFields.KeyValue.Value) : writer.BeginMessage(OtlpFields.KeyValue.Value);
        switch (value)
        {
            case string text:
                writer.StringField(OtlpFields.AnyValue.String, text);
                break;
            case int number:
                writer.VarintField(OtlpFields.AnyValue.Int, (ulong)(long)number);
                break;
            case bool flag:
                writer.VarintField(OtlpFields.AnyValue.Bool, flag ? 1u : 0u);
                break;
            case double real:
                writer.DoubleField(OtlpFields.AnyValue.Double, real);
                break;
            case string[] texts:
                var array = writer.BeginMessage(OtlpFields.AnyValue.Array);
                foreach (var text in texts)
                {
                    var item = writer.BeginMessage(OtlpFields.AnyValue.Values);
                    writer.StringField(OtlpFields.AnyValue.String, text);
                    writer.EndMessage(item);
                }

                writer.EndMessage(array);
                break;
            default:
                throw new ArgumentException($"no attribute of {value}", nameof(value));
        }

        End(writer, any, isShort);
        if (isTurned)
        {
            writer.StringField(OtlpFields.KeyValue.Key, key);
        }

        End(writer, keyValue, isShort);
    }

    private static void End(ProtoWriter writer, int start, bool isShort)
    {
        if (isShort)
        {
            writer.EndShortMessage(start);
        }
        else
        {
            writer.EndMessage(start);
        }
    }
}
