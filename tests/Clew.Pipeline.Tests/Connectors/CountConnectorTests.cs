using Clew.Pipeline.Components;
using Clew.Pipeline.Connectors;
using Clew.Pipeline.Ottl;
using Clew.Pipeline.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Pipeline.Tests.Connectors;

public sealed class CountConnectorTests : IDisposable
{
    private readonly RecordedMeters _meters = new();

    public void Dispose() => _meters.Dispose();

    [Fact]
    public async Task Spans_and_events_are_counted_apart()
    {
        await CountAsync(
            new CountOptions { Spans = [Metric("trace.span.count")], Events = [Metric("trace.span.event.count")] },
            Span(1, events: ["start", "exception"]), Span(2), Span(3, events: ["exception"]));
        Assert.Equal(3, _meters.Sums("trace.span.count")[""]);
        Assert.Equal(3, _meters.Sums("trace.span.event.count")[""]);
    }

    [Fact]
    public async Task Item_is_counted_once_when_any_condition_holds()
    {
        await CountAsync(
            new CountOptions
            {
                Spans = [Metric("chosen", OttlContextKind.Span, "attributes[\"code\"] == 500", "name == \"op 2\"")],
                Events = [Metric("exceptions", OttlContextKind.SpanEvent, "name == \"exception\"")],
            },
            Span(1, code: 500, events: ["exception", "retry"]), Span(2, code: 500), Span(3, code: 200));
        Assert.Equal(2, _meters.Sums("chosen")[""]);
        Assert.Equal(1, _meters.Sums("exceptions")[""]);
    }

    [Fact]
    public async Task Condition_that_cannot_be_evaluated_does_not_hold_and_stops_nothing()
    {
        await CountAsync(
            new CountOptions { Spans = [Metric("parsed", OttlContextKind.Span, "ParseJSON(name)[\"a\"] == 1"), Metric("all")] }, Span(1), Span(2));
        Assert.Empty(_meters.Sums("parsed"));
        Assert.Equal(2, _meters.Sums("all")[""]);
    }

    [Fact]
    public async Task Values_are_told_apart_taken_from_the_resource_or_the_default()
    {
        await CountAsync(
            new CountOptions { Spans = [Metric("calls") with { Attributes = [("code", "none"), ("service.name", null), ("env", "test")] }] },
            Span(1, code: 500), Span(2, code: 500), Span(3));
        Assert.Equal(new Dictionary<string, double> { ["code=500,env=test,service.name=shop"] = 2, ["code=none,env=test,service.name=shop"] = 1 }, _meters.Sums("calls"));
    }

    [Fact]
    public async Task Item_without_an_attribute_that_has_no_default_is_not_counted()
    {
        await CountAsync(new CountOptions { Spans = [Metric("calls") with { Attributes = [("code", null)] }] }, Span(1, code: 404), Span(2));
        Assert.Equal(new Dictionary<string, double> { ["code=404"] = 1 }, _meters.Sums("calls"));
    }

    [Fact]
    public async Task Values_past_the_limit_are_counted_together()
    {
        await CountAsync(new CountOptions { Spans = [Metric("calls") with { Attributes = [("code", null)] }] }, [.. Enumerable.Range(0, 2100).Select(static i => Span(i + 1, code: i))]);
        var sums = _meters.Sums("calls");
        Assert.Equal((2001, 2100.0, 100.0), (sums.Count, sums.Values.Sum(), sums["code=other"]));
    }

    private static CountedMetric Metric(string name, OttlContextKind context = OttlContextKind.Span, params string[] conditions) =>
        new(name, "", [.. conditions.Select(condition => OttlCondition.Parse(condition, context))]);

    private static string Span(int id, int? code = null, params string[] events) =>
        $$$"""{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"{{{id:x16}}}","name":"op {{{id}}}","attributes":[{{{(code is null ? "" : $$$"""{"key":"code","value":{"intValue":"{{{code}}}"}}""")}}}],"events":[{{{string.Join(',', events.Select(static name => $$"""{"name":"{{name}}"}"""))}}}]}""";

    private async Task CountAsync(CountOptions options, params string[] spans)
    {
        var services = new ComponentServices(Meters.Components(), _meters, NullLoggerFactory.Instance, TimeProvider.System, null);
        var connector = new CountConnector(new ComponentId("count"), options, new ConnectorContext(services, []));
        using var batch = JsonBatch.Spans("""{"key":"service.name","value":{"stringValue":"shop"}}""", spans);
        Assert.True((await connector.ConsumeAsync(batch, CancellationToken.None)).IsAccepted);
    }
}
