using System.Text;
using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Otlp.Tests.Support;
using Clew.Otlp.Wire;
using CsCheck;

namespace Clew.Otlp.Tests.Batches;

public sealed class OtlpScannerTests
{
    private static readonly BatchContext Context = new(TenantId.Single, 42);

    private static readonly ModelSpan Good = new();

    [Fact]
    public void Index_agrees_with_the_model_for_any_request() => Gen.Select(ModelGen.Request, Gen.Int).Sample((request, seed) =>
    {
        var encoder = new OracleEncoder(new Random(seed));
        var result = Scan(encoder.Request(request));
        Assert.Null(result.Fault);
        Assert.Equal(0, result.RejectedSpans);
        using var batch = result.Batch!;
        var expected = request.SelectMany(r => r.Scopes.SelectMany(s => s.Spans.Select(span => (r, s, span)))).ToArray();
        Assert.Equal(expected.Length, batch.SpanCount);
        for (var i = 0; i < expected.Length; i++)
        {
            var (resourceSpans, scopeSpans, span) = expected[i];
            var entry = batch.Spans[i];
            Assert.Equal(TraceId.FromBytes(span.TraceId), entry.TraceId);
            Assert.Equal(SpanId.FromBytes(span.SpanId), entry.SpanId);
            Assert.Equal(span.ParentSpanId.Length == 0 ? default : SpanId.FromBytes(span.ParentSpanId), entry.ParentSpanId);
            Assert.Equal(UnixNano.Clamp(span.Start), entry.StartUnixNano);
            Assert.Equal(UnixNano.Clamp(span.End), entry.EndUnixNano);
            Assert.Equal(span.Kind <= 5 ? (SpanKind)span.Kind : SpanKind.Unspecified, entry.Kind);
            Assert.Equal(span.Status?.Code is 1 or 2 ? (SpanStatus)span.Status.Code : SpanStatus.Unset, entry.Status);
            Assert.Equal(ProtoText.Of(new OracleEncoder().Span(span), "Span"), ProtoText.Of(batch.SpanBytes(entry), "Span"));
            var resource = batch.Resources[entry.Resource];
            var scope = batch.Scopes[entry.Scope];
            Assert.Equal(Text(resourceSpans.Resource, new OracleEncoder().Resource, "Resource"), ProtoText.Of(batch.ContextBytes(resource), "Resource"));
            Assert.Equal(Text(scopeSpans.Scope, new OracleEncoder().Scope, "Scope"), ProtoText.Of(batch.ContextBytes(scope), "Scope"));
            Assert.Equal(resourceSpans.SchemaUrl, Encoding.UTF8.GetString(batch.SchemaUrl(resource)));
            Assert.Equal(scopeSpans.SchemaUrl, Encoding.UTF8.GetString(batch.SchemaUrl(scope)));
        }
    });

    [Fact]
    public void Empty_request_is_a_batch_without_spans()
    {
        using var batch = Scan([]).Batch!;
        Assert.Equal(0, batch.SpanCount);
    }

    [Fact]
    public void Contexts_without_spans_take_no_entries()
    {
        using var batch = Scan(OracleEncoder.Encode(
            new ModelResourceSpans(null, []), new ModelResourceSpans(null, [new ModelScopeSpans(null, []), new ModelScopeSpans(null, [Good])]))).Batch!;
        Assert.Equal(1, batch.Resources.Length);
        Assert.Equal(1, batch.Scopes.Length);
    }

    public static TheoryData<string, ModelSpanCase> BadSpans => new()
    {
        { "trace ids must be 128 bit and not all zero, received 64 bits", new(new ModelSpan { TraceId = [1, 2, 3, 4, 5, 6, 7, 8] }) },
        { "trace ids must be 128 bit and not all zero, received 128 bits", new(new ModelSpan { TraceId = new byte[16] }) },
        { "trace ids must be 128 bit and not all zero, received 0 bits", new(new ModelSpan { TraceId = [] }) },
        { "span ids must be 64 bit and not all zero, received 128 bits", new(new ModelSpan { SpanId = Good.TraceId }) },
        { "span ids must be 64 bit and not all zero, received 64 bits", new(new ModelSpan { SpanId = new byte[8] }) },
        { "parent span ids must be 64 bit or empty, received 8 bits", new(new ModelSpan { ParentSpanId = [1] }) },
        { "span of 1040 bytes is larger than the limit of 1000 (max span bytes)", new(new ModelSpan { Name = new string('n', 1000), End = 0, Kind = 0 }) },
        { "field 13 at its byte", new(new ModelSpan { Links = [new ModelLink([1], Good.SpanId, "", [])] }) },
        { "field 13 at its byte", new(new ModelSpan { Links = [new ModelLink(Good.TraceId, [1], "", [])] }) },
        { "field 9 at its byte", new(new ModelSpan { Attributes = [new("deep", Nest(66))] }) },
    };

    [Theory]
    [MemberData(nameof(BadSpans))]
    public void Bad_span_is_refused_alone_with_its_reason(string reason, ModelSpanCase bad)
    {
        var first = Good with { SpanId = [1, 1, 1, 1, 1, 1, 1, 1] };
        var last = Good with { SpanId = [9, 9, 9, 9, 9, 9, 9, 9] };
        var result = Scan(OracleEncoder.Encode(ModelResourceSpans.Of(first, bad.Span, last)), new OtlpLimits { MaxSpanBytes = 1000 });
        Assert.Null(result.Fault);
        Assert.Equal(1, result.RejectedSpans);
        Assert.Contains(reason, result.RejectReason, StringComparison.Ordinal);
        using var batch = result.Batch!;
        Assert.Equal(ProtoText.Of(OracleEncoder.Encode(ModelResourceSpans.Of(first, last))), ProtoText.Of(batch.Bytes.Span));
        Assert.Equal(Context, batch.Context);
    }

    [Fact]
    public void Broken_bytes_inside_a_span_refuse_that_span_alone()
    {
        var broken = new OracleEncoder().Span(Good);
        broken[^1] = 0xFF;
        byte[] request = Field(1, Field(2, [.. Field(2, [.. broken, 0x3A]), .. Field(2, new OracleEncoder().Span(Good))]));
        var result = Scan(request);
        Assert.Equal(1, result.RejectedSpans);
        Assert.Equal(1, result.Batch!.SpanCount);
        result.Batch.Dispose();
    }

    [Fact]
    public void Request_whose_spans_are_all_bad_is_an_empty_batch()
    {
        var result = Scan(OracleEncoder.Encode(ModelResourceSpans.Of(new ModelSpan { TraceId = [] })));
        Assert.Equal(1, result.RejectedSpans);
        Assert.Equal(0, result.Batch!.SpanCount);
        Assert.Equal(0, result.Batch.Bytes.Length);
    }

    public static TheoryData<string, byte[]> Faults => new()
    {
        { "ExportTraceServiceRequest cannot be read at byte", [0x0A] },
        { "ExportTraceServiceRequest cannot be read at byte", [0x0A, 0x05, 0x00] },
        { "ExportTraceServiceRequest cannot be read at byte", [0x0B] },
        { "ExportTraceServiceRequest cannot be read at byte", [0x00] },
        { "ExportTraceServiceRequest cannot be read at byte", [0x08, 0x01] },
        { "ExportTraceServiceRequest cannot be read at byte", [0x0D] },
        { "ResourceSpans cannot be read at byte", Field(1, [0x25, 0x05]) },
        { "ExportTraceServiceRequest cannot be read at byte", [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01] },
        { "ResourceSpans.scope_spans cannot be read at byte", Field(1, [0x12, 0x05]) },
        { "ResourceSpans.resource cannot be read at byte", Field(1, [0x08, 0x01]) },
        { "Resource cannot be read at byte", Field(1, Field(1, [0x0A, 0x7F])) },
        { "ScopeSpans.spans cannot be read at byte", Field(1, Field(2, [0x12, 0x7F])) },
        { "InstrumentationScope cannot be read at byte", Field(1, Field(2, Field(1, [0x0D]))) },
        { "ScopeSpans.schema_url cannot be read at byte", Field(1, Field(2, [0x18, 0x01])) },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Fault_of_the_framing_refuses_the_request_and_names_the_message(string reason, byte[] request)
    {
        var result = Scan(request);
        Assert.Null(result.Batch);
        Assert.Contains(reason, result.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Invalid_utf8_anywhere_becomes_replacement_characters_and_is_counted()
    {
        // The mark is replaced by bytes of the same length that are not UTF-8, so that lengths stay right.
        const string mark = "~~BAD~~";
        var attributes = new ModelAttribute[] { new(mark, mark), new("in", new object?[] { mark, new ModelAttribute[] { new(mark, "x") } }) };
        var request = new ModelResourceSpans(
            new ModelResource(attributes),
            [new ModelScopeSpans(new ModelScope(mark, mark, attributes), [new ModelSpan
            {
                Name = mark, TraceState = mark, Attributes = attributes, Events = [new ModelEvent(1, mark, attributes)],
                Links = [new ModelLink(Good.TraceId, Good.SpanId, mark, attributes)], Status = new ModelStatus(mark, 2),
            }], mark)], mark);
        var bytes = OracleEncoder.Encode(request);
        for (var at = bytes.AsSpan().IndexOf("~~BAD~~"u8); at >= 0; at = bytes.AsSpan().IndexOf("~~BAD~~"u8))
        {
            "ab\xFF"u8[..2].CopyTo(bytes.AsSpan(at));
            bytes.AsSpan(at + 2, 5).Fill((byte)'c');
            bytes[at + 3] = 0xFE;
        }

        var result = Scan(bytes);
        Assert.Equal(0, result.RejectedSpans);
        Assert.Equal(29, result.RepairedStrings);
        using var batch = result.Batch!;
        var text = Encoding.UTF8.GetString(batch.Bytes.Span);
        Assert.Equal(29, text.Split("abc\uFFFDccc").Length - 1);
        Assert.Equal(0, Scan(batch.Bytes.ToArray()).RepairedStrings);
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void Values_may_be_nested_as_deep_as_the_limit(int depth, bool accepted)
    {
        var result = Scan(OracleEncoder.Encode(ModelResourceSpans.Of(new ModelSpan { Attributes = [new("deep", Nest(depth))] })));
        Assert.Equal(accepted ? 0 : 1, result.RejectedSpans);
        result.Batch!.Dispose();
    }

    [Fact]
    public void Select_keeps_the_chosen_spans_under_their_resources_and_scopes() => Gen.Select(ModelGen.Request, Gen.Int).Sample((request, seed) =>
    {
        using var batch = Scan(OracleEncoder.Encode(request)).Batch!;
        var random = new Random(seed);
        var keep = Enumerable.Range(0, batch.SpanCount).Select(_ => random.Next(2) == 0).ToArray();
        using var selected = batch.Select(keep);
        var expected = new List<(string Span, string Resource, string Scope)>();
        for (var i = 0; i < keep.Length; i++)
        {
            if (keep[i])
            {
                expected.Add(Described(batch, i));
            }
        }

        Assert.Equal(expected, Enumerable.Range(0, selected.SpanCount).Select(i => Described(selected, i)));
        Assert.Same(batch.Context, selected.Context);
    });

    [Fact]
    public void Select_keeps_spans_that_only_a_wider_limit_let_in()
    {
        var limits = new OtlpLimits { MaxSpanBytes = 16 << 20, MaxValueNesting = 100 };
        var request = ModelResourceSpans.Of(new ModelSpan { Name = new string('n', 5 << 20), Attributes = [new("deep", Nest(80))] });
        using var batch = Scan(OracleEncoder.Encode(request), limits).Batch!;
        using var selected = batch.Select([true]);
        Assert.Equal(1, selected.SpanCount);
    }

    [Fact]
    public void Damaged_bytes_never_throw_and_what_is_accepted_is_sound() => Gen.Select(ModelGen.Request, Gen.Int).Sample((request, seed) =>
    {
        var random = new Random(seed);
        var result = Scan(Mutations.Of(new OracleEncoder(random).Request(request), random));
        Assert.True(result.Fault is null != result.Batch is null);
        if (result.Batch is { } batch)
        {
            // What was let in is read again without a complaint, by us and by Google.Protobuf.
            var again = Scan(batch.Bytes.ToArray());
            Assert.Equal((0, 0, batch.SpanCount), (again.RejectedSpans, again.RepairedStrings, again.Batch!.SpanCount));
            Assert.NotNull(ProtoText.Of(batch.Bytes.Span));
            batch.Dispose();
            again.Batch.Dispose();
        }
    }, iter: 5000);

    [Fact]
    public void Random_bytes_never_throw() => Gen.Byte.Array[0, 64].Sample(bytes => Scan(bytes).Batch?.Dispose(), iter: 20000);

    private static ScanResult Scan(byte[] bytes, OtlpLimits? limits = null)
    {
        var buffer = new PooledBuffer();
        buffer.Write(bytes);
        return OtlpScanner.Scan(buffer, Context, limits);
    }

    private static (string Span, string Resource, string Scope) Described(TraceBatch batch, int index)
    {
        var entry = batch.Spans[index];
        var resource = batch.Resources[entry.Resource];
        var scope = batch.Scopes[entry.Scope];
        return (
            ProtoText.Of(batch.SpanBytes(entry), "Span"),
            ProtoText.Of(batch.ContextBytes(resource), "Resource") + Encoding.UTF8.GetString(batch.SchemaUrl(resource)),
            ProtoText.Of(batch.ContextBytes(scope), "Scope") + Encoding.UTF8.GetString(batch.SchemaUrl(scope)));
    }

    private static string Text<T>(T? value, Func<T, byte[]> encode, string message) where T : class =>
        value is null ? "" : ProtoText.Of(encode(value), message);

    /// <summary>A text inside this many arrays.</summary>
    private static object? Nest(int depth)
    {
        object? value = "x";
        for (var i = 0; i < depth; i++)
        {
            value = new[] { value };
        }

        return value;
    }

    private static byte[] Field(int number, byte[] content)
    {
        using var buffer = new PooledBuffer();
        new ProtoWriter(buffer).BytesField(number, content);
        return buffer.Written.ToArray();
    }
}

/// <summary>A span as a test case.</summary>
public sealed class ModelSpanCase
{
    internal ModelSpanCase(ModelSpan span) => Span = span;

    internal ModelSpan Span { get; }
}
