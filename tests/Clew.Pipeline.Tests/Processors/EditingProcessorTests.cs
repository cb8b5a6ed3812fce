using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Pipeline.Components;
using Clew.Pipeline.Ottl;
using Clew.Pipeline.Processors.Editing;
using Clew.Pipeline.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Pipeline.Tests.Processors;

public sealed class EditingProcessorTests
{
    private const string Service = """{"key":"service.name","value":{"stringValue":"shop"}}""";

    private static readonly SpanSelection s_all = new(null, null);

    private readonly JsonRecorder _next = new();

    [Fact]
    public async Task Attribute_actions_do_what_the_reference_says()
    {
        using var batch = JsonBatch.Of(Request(
            """[{"key":"db.table","value":{"stringValue":"t"}},{"key":"orig","value":{"intValue":"5"}},{"key":"email","value":{"stringValue":"a@b"}},{"key":"status","value":{"stringValue":"404"}},{"key":"url","value":{"stringValue":"http://h/x"}},{"key":"secret.a","value":{"stringValue":"s"}}]"""),
            new BatchContext(TenantId.Single, 7) { Peer = "10.1.1.1", Metadata = new Dictionary<string, string[]> { ["x-team"] = ["a", "b"] } });
        AttributeAction[] actions =
        [
            new(AttributeActionKind.Delete) { Key = "db.table" },
            AttributeAction.Of(new(AttributeActionKind.Delete), "^secret\\.", out _)!,
            new(AttributeActionKind.Insert) { Key = "orig", Value = 1L },
            new(AttributeActionKind.Insert) { Key = "new", Value = 2245L },
            new(AttributeActionKind.Update) { Key = "none", Value = "x" },
            new(AttributeActionKind.Upsert) { Key = "copy", FromAttribute = "orig" },
            new(AttributeActionKind.Upsert) { Key = "missing", FromAttribute = "none" },
            new(AttributeActionKind.Insert) { Key = "region", FromAttribute = "none", DefaultValue = "eu" },
            new(AttributeActionKind.Upsert) { Key = "team", FromContext = "metadata.X-Team" },
            new(AttributeActionKind.Upsert) { Key = "peer", FromContext = "client.address" },
            new(AttributeActionKind.Hash) { Key = "email" },
            new(AttributeActionKind.Convert) { Key = "status", ConvertedType = "int" },
            AttributeAction.Of(new(AttributeActionKind.Extract) { Key = "url" }, "^(?P<scheme>[a-z]+)://(?P<http.host>[^/]+)", out _)!,
        ];

        await Send(new AttributesProcessor(new ComponentId("attributes"), actions, s_all, _next), batch);

        var span = Assert.Single(_next.Spans);
        Assert.Null(JsonRecorder.Attribute(span, "db.table"));
        Assert.Null(JsonRecorder.Attribute(span, "secret.a"));
        Assert.Equal("""{"intValue":"5"}""", JsonRecorder.Attribute(span, "orig"));
        Assert.Equal("""{"intValue":"2245"}""", JsonRecorder.Attribute(span, "new"));
        Assert.Null(JsonRecorder.Attribute(span, "none"));
        Assert.Equal("""{"intValue":"5"}""", JsonRecorder.Attribute(span, "copy"));
        Assert.Null(JsonRecorder.Attribute(span, "missing"));
        Assert.Equal("""{"stringValue":"eu"}""", JsonRecorder.Attribute(span, "region"));
        Assert.Equal("""{"stringValue":"a;b"}""", JsonRecorder.Attribute(span, "team"));
        Assert.Equal("""{"stringValue":"10.1.1.1"}""", JsonRecorder.Attribute(span, "peer"));
        Assert.Equal("""{"stringValue":"7508d8b5018ea640b85269861a101203f0c26900555268e930025dac844b0f35"}""", JsonRecorder.Attribute(span, "email"));
        Assert.Equal("""{"intValue":"404"}""", JsonRecorder.Attribute(span, "status"));
        Assert.Equal("""{"stringValue":"h"}""", JsonRecorder.Attribute(span, "http.host"));
    }

    [Fact]
    public async Task Batch_in_which_nothing_is_changed_passes_as_it_is()
    {
        using var batch = JsonBatch.Of(Request("""[{"key":"a","value":{"stringValue":"b"}}]"""));
        var same = new SameRecorder();

        await Send(new AttributesProcessor(new ComponentId("attributes"), [new(AttributeActionKind.Update) { Key = "none", Value = 1L }], s_all, same), batch);

        Assert.Same(batch, same.Batch);
    }

    [Fact]
    public async Task Edited_span_keeps_everything_else()
    {
        var before = Request("""[{"key":"a","value":{"arrayValue":{"values":[{"kvlistValue":{"values":[{"key":"x","value":{"bytesValue":"AQI="}}]}},{"doubleValue":1.25},{}]}}}]""");
        using var batch = JsonBatch.Of(before);

        await Send(new AttributesProcessor(new ComponentId("attributes"), [new(AttributeActionKind.Insert) { Key = "z", Value = true }], s_all, _next), batch);

        var expected = before.Replace("{}]}}}]", """{}]}}},{"key":"z","value":{"boolValue":true}}]""", StringComparison.Ordinal);
        using var wanted = JsonBatch.Of(expected);
        Assert.Equal(JsonBatch.Text(wanted), Assert.Single(_next.Batches).ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    [Fact]
    public async Task Include_and_exclude_choose_spans()
    {
        TextMatch.TryParse("^GET", isRegex: true, out var get, out _);
        TextMatch.TryParse("GET /health", isRegex: false, out var health, out _);
        using var batch = JsonBatch.Spans(Service, Named("GET /x", 1), Named("GET /health", 2), Named("POST /x", 3));

        await Send(
            new AttributesProcessor(
                new ComponentId("attributes"), [new(AttributeActionKind.Insert) { Key = "hit", Value = true }],
                new SpanSelection(new SpanMatch { SpanNames = [get] }, new SpanMatch { SpanNames = [health] }), _next),
            batch);

        Assert.Equal(["GET /x"], _next.Spans.Where(static span => JsonRecorder.Attribute(span, "hit") is not null).Select(static span => span["name"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Span_names_become_attributes_and_the_other_way_round()
    {
        using var batch = JsonBatch.Spans(Service, Named("/api/v1/document/12345678/update", 1));
        var options = SpanProcessorOptions.Of(new SpanProcessorOptions { StatusCode = 2, StatusDescription = "bad" }, ["^\\/api\\/v1\\/document\\/(?P<documentId>.*)\\/update$"], out _)!;

        await Send(new SpanProcessor(new ComponentId("span"), options, s_all, _next), batch);

        var span = Assert.Single(_next.Spans);
        Assert.Equal("/api/v1/document/{documentId}/update", span["name"]!.GetValue<string>());
        Assert.Equal("""{"stringValue":"12345678"}""", JsonRecorder.Attribute(span, "documentId"));
        Assert.Equal("bad", span["status"]!["message"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("resource.attributes[\"service.name\"] == \"shop\"", OttlContextKind.Resource, "")]
    [InlineData("span.name == \"a\"", OttlContextKind.Span, "b")]
    [InlineData("IsMatch(span.name, \"^[ab]$\")", OttlContextKind.Span, "")]
    [InlineData("instrumentation_scope.name == \"other\"", OttlContextKind.Scope, "a,b")]
    public async Task Filter_drops_what_a_condition_holds_for(string condition, OttlContextKind kind, string left)
    {
        using var batch = JsonBatch.Spans(Service, Named("a", 1), Named("b", 2));
        var parsed = OttlCondition.Parse(condition, null);
        Assert.Equal(kind, parsed.Kind);

        var answer = await Filter(new FilterOptions { Conditions = [(parsed, null)] }).ConsumeAsync(batch, CancellationToken.None);

        Assert.True(answer.IsAccepted);
        Assert.Equal(left, string.Join(',', _next.Spans.Select(static span => span["name"]!.GetValue<string>())));
    }

    [Fact]
    public async Task Filter_drops_events_and_leaves_their_span()
    {
        using var batch = JsonBatch.Spans(Service, """
            {"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"a","events":[{"name":"keep"},{"name":"drop"},{"name":"keep too"}]}
            """);

        await Send(Filter(new FilterOptions { Conditions = [(OttlCondition.Parse("spanevent.name == \"drop\"", null), null)] }), batch);

        Assert.Equal(["keep", "keep too"], Assert.Single(_next.Spans)["events"]!.AsArray().Select(static item => item!["name"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData(OttlErrorMode.Ignore, ConsumeStatus.Accepted)]
    [InlineData(OttlErrorMode.Silent, ConsumeStatus.Accepted)]
    [InlineData(OttlErrorMode.Propagate, ConsumeStatus.Invalid)]
    public async Task Error_mode_decides_about_a_statement_that_fails(OttlErrorMode mode, ConsumeStatus expected)
    {
        using var batch = JsonBatch.Spans(Service, Named("a", 1));
        var processor = Transform(mode, "set(span.attributes[\"x\"], Split(span.attributes[\"none\"], \",\"))", "set(span.attributes[\"y\"], 1)");

        var answer = await processor.ConsumeAsync(batch, CancellationToken.None);

        Assert.Equal(expected, answer.Status);
        if (expected == ConsumeStatus.Accepted)
        {
            Assert.Equal("""{"intValue":"1"}""", JsonRecorder.Attribute(Assert.Single(_next.Spans), "y"));
        }
    }

    [Theory]
    [InlineData("set(span.name, Concat([span.name, resource.attributes[\"service.name\"]], \"@\"))", "name", "\"a@shop\"")]
    [InlineData("set(span.status.code, STATUS_CODE_OK)", "status", """{"code":1}""")]
    [InlineData("set(span.kind, SPAN_KIND_CLIENT)", "kind", "3")]
    [InlineData("set(span.trace_state[\"k\"], \"v\")", "traceState", "\"k=v\"")]
    [InlineData("delete_key(span.attributes, \"a\")", "attributes", """[{"key":"http.url","value":{"stringValue":"/user/7/list/9"}}]""")]
    [InlineData("keep_keys(span.attributes, [\"a\"])", "attributes", """[{"key":"a","value":{"stringValue":"x1y22"}}]""")]
    [InlineData("delete_matching_keys(span.attributes, \"^http\")", "attributes", """[{"key":"a","value":{"stringValue":"x1y22"}}]""")]
    [InlineData("keep_matching_keys(span.attributes, \"^a\")", "attributes", """[{"key":"a","value":{"stringValue":"x1y22"}}]""")]
    [InlineData("limit(span.attributes, 1, [\"a\"])", "attributes", """[{"key":"a","value":{"stringValue":"x1y22"}}]""")]
    [InlineData("truncate_all(span.attributes, 2)", "attributes", """[{"key":"a","value":{"stringValue":"x1"}},{"key":"http.url","value":{"stringValue":"/u"}}]""")]
    [InlineData("replace_pattern(span.attributes[\"a\"], \"([a-z])([0-9]+)\", \"$2$1\")", "a", """{"stringValue":"1x22y"}""")]
    [InlineData("replace_pattern(span.attributes[\"a\"], \"[0-9]+\", \"$0\", SHA1, \"<%s>\")", "a", """{"stringValue":"x<356a192b7913b04c54574d18c28d46e6395428ab>y<12c6fc06c99a462375eeb3f43dfd832b08ca9e17>"}""")]
    [InlineData("replace_match(span.attributes[\"http.url\"], \"/user/*/list/*\", \"/user/{id}/list/{id}\")", "http.url", """{"stringValue":"/user/{id}/list/{id}"}""")]
    [InlineData("replace_all_matches(span.attributes, \"/user/*/list/*\", \"u\")", "http.url", """{"stringValue":"u"}""")]
    [InlineData("replace_all_patterns(span.attributes, \"key\", \"^http\\\\.\", \"h_\")", "h_url", """{"stringValue":"/user/7/list/9"}""")]
    [InlineData("replace_all_patterns(span.attributes, \"value\", \"[0-9]\", \"#\")", "a", """{"stringValue":"x#y##"}""")]
    [InlineData("merge_maps(span.attributes, {\"a\": 1, \"n\": {\"m\": true}}, \"insert\")", "n", """{"kvlistValue":{"values":[{"key":"m","value":{"boolValue":true}}]}}""")]
    [InlineData("append(span.attributes[\"a\"], \"z\")", "a", """{"arrayValue":{"values":[{"stringValue":"x1y22"},{"stringValue":"z"}]}}""")]
    [InlineData("set(span.attributes[\"deep\"][\"er\"], 1)", "deep", """{"kvlistValue":{"values":[{"key":"er","value":{"intValue":"1"}}]}}""")]
    [InlineData("set_semconv_span_name(\"1.37.0\")", "name", "\"a\"")]
    public async Task Statement_changes_the_span(string statement, string field, string expected)
    {
        using var batch = JsonBatch.Spans(Service, """
            {"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"a",
             "attributes":[{"key":"a","value":{"stringValue":"x1y22"}},{"key":"http.url","value":{"stringValue":"/user/7/list/9"}}]}
            """);

        await Send(Transform(OttlErrorMode.Propagate, statement), batch);

        var span = Assert.Single(_next.Spans);
        Assert.Equal(expected, JsonRecorder.Attribute(span, field) ?? span[field]!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    [Fact]
    public async Task Statements_reach_resources_scopes_and_events()
    {
        using var batch = JsonBatch.Spans(Service, """
            {"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"a","events":[{"name":"e"},{"name":"f"}]}
            """);

        await Send(
            Transform(
                OttlErrorMode.Propagate, "set(resource.attributes[\"env\"], \"prod\")", "set(instrumentation_scope.version, \"9\")",
                "set(spanevent.attributes[\"of\"], Concat([span.name, spanevent.event_index], \"/\")) where spanevent.name == \"f\""),
            batch);

        var resource = Assert.Single(_next.Batches)["resourceSpans"]![0]!;
        Assert.Equal("""{"stringValue":"prod"}""", JsonRecorder.Attribute(resource["resource"]!, "env"));
        Assert.Equal("9", resource["scopeSpans"]![0]!["scope"]!["version"]!.GetValue<string>());
        var events = Assert.Single(_next.Spans)["events"]!.AsArray();
        Assert.Null(JsonRecorder.Attribute(events[0]!, "of"));
        Assert.Equal("""{"stringValue":"a/1"}""", JsonRecorder.Attribute(events[1]!, "of"));
    }

    [Fact]
    public async Task Redaction_removes_masks_and_tells()
    {
        using var batch = JsonBatch.Of(Request(
            """[{"key":"id","value":{"intValue":"5"}},{"key":"notes","value":{"stringValue":"card 4111111111111111 ok"}},{"key":"api_key","value":{"stringValue":"s3"}},{"key":"gone","value":{"stringValue":"x"}},{"key":"mail","value":{"stringValue":"a@mycompany.com 4111111111111111"}},{"key":"safe","value":{"stringValue":"4111111111111111"}}]"""));
        var options = RedactionOptions.Of(
            new RedactionOptions { AllowedKeys = ["id", "notes", "api_key", "mail"], IgnoredKeys = ["safe", "service.name"], Summary = RedactionSummary.Debug },
            [], [".*api_key.*"], ["4[0-9]{12}(?:[0-9]{3})?"], [".+@mycompany.com"], out _)!;

        await Send(new RedactionProcessor(new ComponentId("redaction"), options, _next), batch);

        var span = Assert.Single(_next.Spans);
        Assert.Equal("""{"stringValue":"card **** ok"}""", JsonRecorder.Attribute(span, "notes"));
        Assert.Equal("""{"stringValue":"****"}""", JsonRecorder.Attribute(span, "api_key"));
        Assert.Null(JsonRecorder.Attribute(span, "gone"));
        Assert.Equal("""{"stringValue":"a@mycompany.com 4111111111111111"}""", JsonRecorder.Attribute(span, "mail"));
        Assert.Equal("""{"stringValue":"4111111111111111"}""", JsonRecorder.Attribute(span, "safe"));
        Assert.Equal("""{"stringValue":"gone"}""", JsonRecorder.Attribute(span, "redaction.redacted.keys"));
        Assert.Equal("""{"intValue":"2"}""", JsonRecorder.Attribute(span, "redaction.masked.count"));
    }

    [Theory]
    [InlineData("SELECT * FROM t WHERE id = 42 AND name = 'it''s' -- x", "SELECT * FROM t WHERE id = ? AND name = ?")]
    public void Statements_lose_their_values(string statement, string expected) => Assert.Equal(expected, DatabaseSanitizer.Sanitize("sql", statement));

    [Theory]
    [InlineData("/user/123/orders/4b1f2a33-0000-4000-8000-0123456789ab?x=1", "/user/*/orders/*")]
    [InlineData("http://h:80/v1/health", "http://h:80/v1/health")]
    public void Urls_lose_their_variable_parts(string url, string expected) => Assert.Equal(expected, UrlSanitizer.Sanitize(url));

    [Fact]
    public void Sha3_of_nothing_is_the_published_one() =>
        Assert.Equal("a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a", Convert.ToHexStringLower(Sha3.Hash256([])));

    [Fact]
    public async Task Attributes_move_to_a_resource_that_spans_share()
    {
        using var batch = JsonBatch.Spans(Service, Hosted("a", 1, "h1"), Hosted("b", 2, "h2"), Hosted("c", 3, "h1"), Named("d", 4));

        await Send(new GroupByAttrsProcessor(new ComponentId("groupbyattrs"), ["host.name"], _next), batch);

        var groups = Assert.Single(_next.Batches)["resourceSpans"]!.AsArray().Select(static group =>
            (JsonRecorder.Attribute(group!["resource"]!, "host.name"), string.Join(',', group["scopeSpans"]![0]!["spans"]!.AsArray().Select(static span => span!["name"]!.GetValue<string>()))));
        Assert.Equal([("""{"stringValue":"h1"}""", "a,c"), ("""{"stringValue":"h2"}""", "b"), (null, "d")], groups);
        Assert.All(_next.Spans, static span => Assert.Null(JsonRecorder.Attribute(span, "host.name")));
    }

    private static async Task Send(ITraceConsumer processor, TraceBatch batch) => Assert.True((await processor.ConsumeAsync(batch, CancellationToken.None)).IsAccepted);

    private static string Named(string name, int id) => $$"""{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"{{id:x16}}","name":"{{name}}"}""";

    private static string Hosted(string name, int id, string host) =>
        $$$"""{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"{{{id:x16}}}","name":"{{{name}}}","attributes":[{"key":"host.name","value":{"stringValue":"{{{host}}}"}}]}""";

    private static string Request(string attributes) =>
        """{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"schemaUrl":"r","scopeSpans":[{"scope":{"name":"lib","version":"1.2"},"schemaUrl":"s","spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","parentSpanId":"1112131415161718","name":"op","kind":3,"startTimeUnixNano":"1","endTimeUnixNano":"2","droppedAttributesCount":4,"events":[{"timeUnixNano":"2","name":"e"}],"droppedEventsCount":5,"links":[{"traceId":"0102030405060708090a0b0c0d0e0f11","spanId":"0102030405060709"}],"droppedLinksCount":6,"status":{"message":"m","code":2},"flags":257,"traceState":"a=b","attributes":"""
        + attributes + "}]}]}]}";

    private FilterProcessor Filter(FilterOptions options) => new(new ComponentId("filter"), options, _next, Meters.Components(), TimeProvider.System, NullLogger.Instance);

    private TransformProcessor Transform(OttlErrorMode mode, params string[] statements) => new(
        new ComponentId("transform"),
        new TransformOptions
        {
            ErrorMode = mode,
            Groups = TransformGroup.Joined(statements.Select(static text => OttlStatement.Parse(text, null)).Select(static statement => new TransformGroup(statement.Kind, [statement], [], null) { IsSingle = true })),
        },
        _next, TimeProvider.System, NullLogger.Instance);

    private sealed class SameRecorder : ITraceConsumer
    {
        public TraceBatch? Batch { get; private set; }

        public ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
        {
            Batch = batch;
            return new(ConsumeResult.Accepted);
        }
    }
}
