using Clew.EndToEnd.Tests.Api;
using Clew.EndToEnd.Tests.Harness;

namespace Clew.EndToEnd.Tests;

/// <summary>
/// Spans sent by the OpenTelemetry SDKs, not by our own code, come back as they were sent. There is no waiting between the end of a client
/// and the questions: what was acknowledged is to be found at once.
/// </summary>
[Trait("area", "clients")]
public sealed class SdkClientTests(RunningClew clew) : IClassFixture<RunningClew>
{
    [Theory]
    [InlineData("grpc", "none")]
    [InlineData("grpc", "gzip")]
    [InlineData("http/protobuf", "none")]
    [InlineData("http/protobuf", "gzip")]
    [InlineData("http/json", "none")]
    [InlineData("http/json", "gzip")]
    public async Task Node_sdk_spans_come_back_equal(string protocol, string compression)
    {
        var service = $"node {protocol} {compression}";
        var sent = await ClientProgram.RunAsync(["node", Repository.NodeClient()], Environment(protocol, compression, service));

        await AssertAnsweredAsync(sent, service);
        await AssertFoundAsync($"{{ resource.service.name = \"{service}\" && name = \"POST /pay\" }}", sent, static it => it.Name == "POST /pay");
        await AssertFoundAsync($"{{ resource.service.name = \"{service}\" && status = error }}", sent, static it => it.Status == "STATUS_CODE_ERROR");
    }

    [Theory]
    [InlineData("grpc", "none")]
    [InlineData("grpc", "gzip")]
    [InlineData("http/protobuf", "none")]
    [InlineData("http/protobuf", "gzip")]
    public async Task Dotnet_sdk_spans_come_back_equal(string protocol, string compression)
    {
        var service = $"dotnet {protocol} {compression}";
        var sent = await ClientProgram.RunAsync([Repository.DotnetClient()], Environment(protocol, compression, service));

        await AssertAnsweredAsync(sent, service);
        await AssertFoundAsync($"{{ resource.service.name = \"{service}\" && kind = consumer }}", sent, static it => it.Kind == "SPAN_KIND_CONSUMER");
        await AssertFoundAsync($"{{ resource.service.name = \"{service}\" && span.text.korean = \"주문 처리\" }}", sent, static it => it.Name == "reserve-stock");
    }

    [Theory]
    [InlineData("grpc", "none")]
    [InlineData("grpc", "gzip")]
    [InlineData("http/protobuf", "none")]
    [InlineData("http/protobuf", "gzip")]
    public async Task Guide_snippets_in_python_come_back_equal(string protocol, string compression)
    {
        var service = $"my-service {protocol} {compression}";
        var environment = Environment(protocol, compression, service);
        if (protocol == "grpc")
        {
            // The guide's form: no scheme, `insecure=True` beside it.
            environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = clew.Process.OtlpGrpc.Authority;
        }

        var sent = await ClientProgram.RunAsync([Repository.Python(), "-W", "ignore", Repository.PythonClient()], environment);

        await AssertAnsweredAsync(sent, service);
        await AssertFoundAsync($"{{ .service.name = \"{service}\" && .db.system = \"postgresql\" }}", sent, static it => it.Name is "connect" or "SELECT mydb");

        var failed = Assert.Single(sent, static it => it.Status == "STATUS_CODE_ERROR");
        Assert.All(failed.Events, static it => Assert.Contains("exception.stacktrace=string:Traceback", it));

        // B3 and W3C headers: the called server's span is a child of the caller's.
        foreach (var server in sent.Where(static it => it.Kind == "SPAN_KIND_SERVER"))
        {
            Assert.Contains(sent, caller => caller.SpanId == server.ParentSpanId && caller.TraceId == server.TraceId && caller.Kind == "SPAN_KIND_CLIENT");
        }
    }

    private Dictionary<string, string> Environment(string protocol, string compression, string service)
    {
        var endpoint = protocol == "grpc" ? clew.Process.OtlpGrpc : clew.Process.OtlpHttp;
        var environment = new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint.GetLeftPart(UriPartial.Authority),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol,
            ["OTEL_SERVICE_NAME"] = service,
        };
        if (compression != "none")
        {
            environment["OTEL_EXPORTER_OTLP_COMPRESSION"] = compression;
        }

        return environment;
    }

    private async Task AssertAnsweredAsync(List<SpanView> sent, string service)
    {
        Assert.NotEmpty(sent);
        var differences = new List<string>();
        foreach (var trace in sent.GroupBy(static it => it.TraceId))
        {
            var answered = (await clew.Api.TraceAsync(trace.Key)).ToDictionary(static it => it.SpanId);
            Assert.Equal(trace.Count(), answered.Count);
            differences.AddRange(trace.SelectMany(span =>
                answered.TryGetValue(span.SpanId, out var found) ? found.DifferencesFrom(span) : [$"span {span.SpanId} '{span.Name}' is missing"]));
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
        await AssertFoundAsync($"{{ resource.service.name = \"{service}\" }}", sent, static _ => true);
    }

    private async Task AssertFoundAsync(string query, List<SpanView> sent, Func<SpanView, bool> matches)
    {
        var expected = sent.Where(matches).GroupBy(static it => it.TraceId).Select(static it => (it.Key, it.Count())).Order();
        var found = (await clew.Api.SearchAsync(query)).Select(static hit => (hit.TraceId, hit.Matched)).Order();
        Assert.Equal(expected, found);
    }
}
