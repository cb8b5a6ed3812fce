using Clew.Otlp.Batches;
using Clew.Pipeline.Components;
using Clew.Pipeline.Connectors;
using Clew.Pipeline.Ottl;
using Clew.Pipeline.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Pipeline.Tests.Connectors;

public sealed class RoutingConnectorTests
{
    private static readonly ComponentId s_first = new("traces", "first");
    private static readonly ComponentId s_second = new("traces", "second");
    private static readonly ComponentId s_rest = new("traces", "rest");

    private readonly JsonRecorder _first = new();
    private readonly JsonRecorder _second = new();
    private readonly JsonRecorder _rest = new();

    [Fact]
    public async Task Spans_go_where_the_first_row_sends_them_and_the_rest_to_the_default()
    {
        await RouteAsync(new RoutingOptions
        {
            Table = [Row("attributes[\"code\"] >= 400", s_first), Row("attributes[\"code\"] >= 200", s_second)],
            DefaultPipelines = [s_rest],
        });
        Assert.Equal(("500", "200", "none"), (Names(_first), Names(_second), Names(_rest)));
    }

    [Fact]
    public async Task Copied_spans_stay_for_later_rows_and_the_default()
    {
        await RouteAsync(new RoutingOptions
        {
            Table = [Row("attributes[\"code\"] >= 400", s_first) with { Copy = true }, Row("attributes[\"code\"] >= 200", s_second)],
            DefaultPipelines = [s_rest],
        });
        Assert.Equal(("500", "200,500", "none"), (Names(_first), Names(_second), Names(_rest)));
    }

    [Fact]
    public async Task Spans_without_a_row_and_a_default_are_taken_and_go_nowhere()
    {
        Assert.True((await RouteAsync(new RoutingOptions { Table = [Row("attributes[\"code\"] >= 400", s_first)] })).IsAccepted);
        Assert.Equal("500", Names(_first));
    }

    [Theory]
    [InlineData("blue", "200,500,none", "")]
    [InlineData("green", "", "200,500,none")]
    [InlineData(null, "", "200,500,none")]
    public async Task Header_of_the_request_chooses(string? tenant, string first, string rest)
    {
        await RouteAsync(new RoutingOptions { Table = [new RoutingRow([s_first]) { Request = ("x-tenant", true, "blue") }], DefaultPipelines = [s_rest] }, tenant);
        Assert.Equal((first, rest), (Names(_first), Names(_rest)));
    }

    [Theory]
    [InlineData(OttlErrorMode.Ignore, ConsumeStatus.Accepted, "200,500,none")]
    [InlineData(OttlErrorMode.Propagate, ConsumeStatus.Invalid, "")]
    public async Task Error_mode_decides_about_a_condition_that_fails(OttlErrorMode mode, ConsumeStatus expected, string rest)
    {
        var answer = await RouteAsync(new RoutingOptions { Table = [Row("ParseJSON(name)[\"a\"] == 1", s_first)], DefaultPipelines = [s_rest], ErrorMode = mode });
        Assert.Equal((expected, rest), (answer.Status, Names(_rest)));
    }

    [Fact]
    public async Task Pipeline_that_takes_nothing_makes_the_sender_try_again()
    {
        _second.Answer = ConsumeResult.Unavailable("full");
        var answer = await RouteAsync(new RoutingOptions { Table = [Row("attributes[\"code\"] >= 400", s_first), Row("true", s_second)] });
        Assert.Equal((ConsumeStatus.Unavailable, "full"), (answer.Status, answer.Reason));
    }

    private static RoutingRow Row(string condition, ComponentId pipeline) => new([pipeline]) { Condition = OttlCondition.Parse(condition, OttlContextKind.Span) };

    private static string Names(JsonRecorder recorder) => string.Join(',', recorder.Spans.Select(static span => span["name"]!.GetValue<string>()));

    private async Task<ConsumeResult> RouteAsync(RoutingOptions options, string? tenant = null)
    {
        var services = new ComponentServices(Meters.Components(), new Meters(), NullLoggerFactory.Instance, TimeProvider.System, null);
        var connector = new RoutingConnector(new ComponentId("routing"), options, new ConnectorContext(services, [new(s_first, _first), new(s_second, _second), new(s_rest, _rest)]));
        using var batch = JsonBatch.Spans("", Span(1, 200), Span(2, 500), Span(3, null));
        using var from = batch.WithContext(batch.Context with { Metadata = tenant is null ? batch.Context.Metadata : new Dictionary<string, string[]> { ["x-tenant"] = [tenant] } });
        return await connector.ConsumeAsync(from, CancellationToken.None);
    }

    private static string Span(int id, int? code) =>
        $$$"""{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"{{{id:x16}}}","name":"{{{code?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}}}","attributes":[{{{(code is null ? "" : $$$"""{"key":"code","value":{"intValue":"{{{code}}}"}}""")}}}]}""";
}
