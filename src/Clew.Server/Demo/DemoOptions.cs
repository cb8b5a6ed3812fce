namespace Clew.Server.Demo;

/// <summary>What the demo sends, where to and how fast.</summary>
internal sealed record DemoOptions
{
    /// <summary>An OTLP endpoint: gRPC for <c>http://host:4317</c>, HTTP when the path ends in <c>/v1/traces</c> or the port is 4318.</summary>
    public Uri Endpoint { get; init; } = new("http://127.0.0.1:4317");

    /// <summary>Bookinfo behind Istio's proxies instead of the shop.</summary>
    public bool Istio { get; init; }

    /// <summary>Where the proxies send their spans, as Zipkin.</summary>
    public Uri Zipkin { get; init; } = new("http://127.0.0.1:9411/api/v2/spans");

    /// <summary>Requests in each second; 0 sends as fast as the endpoint takes them.</summary>
    public double Rate { get; init; } = 5;

    /// <summary>Requests altogether; 0 goes on until it is stopped.</summary>
    public long Requests { get; init; }

    /// <summary>The same seed tells the same stories with the same ids.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Spreads the requests over this much time before now instead of sending them as they happen; zero sends live.</summary>
    public TimeSpan Past { get; init; }

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();
}

/// <summary>What was sent: the truth that tests compare answers with.</summary>
internal sealed class DemoReport
{
    public long Requests { get; set; }

    public long Traces { get; set; }

    public long Spans { get; set; }

    public long FailedTraces { get; set; }

    public long Bytes { get; set; }

    public SortedDictionary<string, long> SpansOfService { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, long> TracesOfScenario { get; } = new(StringComparer.Ordinal);

    public void Add(DemoTrace trace)
    {
        Traces++;
        Spans += trace.Spans.Count;
        FailedTraces += trace.Spans.Any(span => span.Failed) ? 1 : 0;
        TracesOfScenario[trace.Scenario] = TracesOfScenario.GetValueOrDefault(trace.Scenario) + 1;
        foreach (var span in trace.Spans)
        {
            SpansOfService[span.Service.Name] = SpansOfService.GetValueOrDefault(span.Service.Name) + 1;
        }
    }
}
