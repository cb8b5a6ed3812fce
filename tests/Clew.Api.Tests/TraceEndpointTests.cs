using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;
using Clew.Query.Tests.Support;

namespace Clew.Api.Tests;

/// <summary>Rows T1 to T5: a trace by its id.</summary>
public sealed class TraceEndpointTests
{
    [Theory]
    [InlineData("/api/traces/abc", "trace-v1")]
    [InlineData("/api/v2/traces/00000000000000000000000000000ABC", "trace-v2")]
    [InlineData("/api/v1/traces/abc", "trace-otlp")]
    [InlineData("/api/v1/traces/trace_id%3D%22ABC%22", "trace-otlp")]
    [InlineData("/api/v2/traces/def", "trace-v2-bare")]
    public async Task Trace_as_json(string path, string golden)
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        var (status, type, body) = await api.GetAsync(path);
        Assert.Equal((200, "application/json"), (status, type));
        Golden.Matches(golden, body);
    }

    [Theory]
    [InlineData("/api/traces/abd", 404, "trace not found")]
    [InlineData("/api/v1/traces/abd", 404, "trace not found")]
    [InlineData("/api/traces/12x4", 400, "trace IDs can only contain hex characters: invalid character 'x' at position 3")]
    [InlineData("/api/v2/traces/000000000000000000000000000000000", 400, "trace IDs can't be larger than 128 bits")]
    [InlineData("/api/v2/traces/abc?start=9&end=8", 400, "http parameter start must be before end. received start=9 end=8")]
    [InlineData("/api/v2/traces/abc?start=x", 400, "invalid start: 'x' is not a time; use unix seconds, unix nanoseconds or RFC 3339")]
    public async Task Trace_that_cannot_be_given_is_told_in_plain_text(string path, int status, string body)
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        Assert.Equal((status, "text/plain", body), await api.GetAsync(path));
    }

    [Fact]
    public async Task Missing_trace_is_empty_in_v2()
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        Assert.Equal((200, "application/json", "{\"trace\":{},\"metrics\":{}}"), await api.GetAsync("/api/v2/traces/abd"));
    }

    [Theory]
    [InlineData(1_700_000_000L, 1_700_000_010L, true)]
    [InlineData(1_600_000_000L, 1_600_000_010L, false)]
    public async Task Window_narrows_what_is_opened(long start, long end, bool found)
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        Assert.Equal(found ? 200 : 404, (await api.GetAsync($"/api/traces/abc?start={start}&end={end}")).Status);
    }

    [Fact]
    public async Task Protobuf_of_v2_has_a_trace_and_metrics_on_the_wire_even_when_empty()
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        var body = await ProtobufAsync(api, "/api/v2/traces/abd");
        Assert.Empty(Assert.Single(Fields(body, 1)));
        Assert.Single(Fields(body, 2));
    }

    [Fact]
    public async Task Protobuf_has_every_message_that_grafana_dereferences()
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        foreach (var id in (string[])["abc", "def"])
        {
            var wrapped = Assert.Single(Fields(await ProtobufAsync(api, $"/api/v2/traces/{id}"), 1));
            Assert.Equal(wrapped, await ProtobufAsync(api, $"/api/traces/{id}"));
            foreach (var resourceSpans in Fields(wrapped, OtlpFields.RequestResourceSpans))
            {
                var resource = Assert.Single(Fields(resourceSpans, OtlpFields.ResourceSpans.Resource));
                Assert.NotEmpty(Fields(resource, OtlpFields.Resource.Attributes));
                foreach (var scopeSpans in Fields(resourceSpans, OtlpFields.ResourceSpans.ScopeSpans))
                {
                    Assert.Single(Fields(scopeSpans, OtlpFields.ScopeSpans.Scope));
                    foreach (var span in Fields(scopeSpans, OtlpFields.ScopeSpans.Spans))
                    {
                        Assert.Single(Fields(span, OtlpFields.Span.Status));
                        Assert.Equal(TraceId.Size, Assert.Single(Fields(span, OtlpFields.Span.TraceId)).Length);
                        Assert.Equal(SpanId.Size, Assert.Single(Fields(span, OtlpFields.Span.SpanId)).Length);
                    }
                }
            }
        }
    }

    [Fact]
    public async Task Shared_span_ids_are_told_apart()
    {
        TestSpan[] spans =
        [
            new() { Id = new SpanId(1), Kind = SpanKind.Client, Name = "call" },
            new() { Id = new SpanId(1), Kind = SpanKind.Server, Name = "serve", Start = TestSpan.Epoch + 1 },
            new() { Id = new SpanId(2), ParentId = new SpanId(1), Name = "work", Start = TestSpan.Epoch + 2 },
        ];
        await using var api = await ApiFixture.StartAsync(spans);
        var parents = new Dictionary<string, (ulong Id, ulong Parent)>();
        foreach (var scopeSpans in Fields(Assert.Single(Fields(await ProtobufAsync(api, "/api/traces/1"), 1)), OtlpFields.ResourceSpans.ScopeSpans))
        {
            foreach (var span in Fields(scopeSpans, OtlpFields.ScopeSpans.Spans))
            {
                var parent = Fields(span, OtlpFields.Span.ParentSpanId).SingleOrDefault();
                parents.Add(
                    System.Text.Encoding.UTF8.GetString(Fields(span, OtlpFields.Span.Name)[0]),
                    (SpanId.FromBytes(Fields(span, OtlpFields.Span.SpanId)[0]).Value, parent is null ? 0 : SpanId.FromBytes(parent).Value));
            }
        }

        Assert.Equal((1UL, 0UL), parents["call"]);
        Assert.NotEqual(1UL, parents["serve"].Id);
        Assert.Equal(1UL, parents["serve"].Parent);
        Assert.Equal(parents["serve"].Id, parents["work"].Parent);
    }

    private static async Task<byte[]> ProtobufAsync(ApiFixture api, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", "application/protobuf");
        using var answer = await api.Client.SendAsync(request);
        Assert.Equal(("application/protobuf", 200), (answer.Content.Headers.ContentType?.MediaType, (int)answer.StatusCode));
        return await answer.Content.ReadAsByteArrayAsync();
    }

    private static List<byte[]> Fields(byte[] message, int field)
    {
        var values = new List<byte[]>();
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == field && reader.TryBytes(out var value))
            {
                values.Add(value.ToArray());
            }
            else if (reader.Field != field)
            {
                reader.Skip();
            }
        }

        Assert.False(reader.Failed);
        return values;
    }
}
