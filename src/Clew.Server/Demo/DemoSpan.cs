using Clew.Model;

namespace Clew.Server.Demo;

/// <summary>A span of the demo shop while its trace is being told. Times count in nanoseconds from the start of the trace.</summary>
internal sealed class DemoSpan
{
    public required DemoService Service { get; init; }

    public required string Name { get; set; }

    public required SpanKind Kind { get; init; }

    public required SpanId Id { get; init; }

    public DemoSpan? Parent { get; init; }

    /// <summary>Zipkin's shared span: the callee's half of its parent, with the parent's id.</summary>
    public bool IsShared { get; init; }

    public required long Start { get; init; }

    public long Duration { get; set; }

    public long End => Start + Duration;

    public string? Error { get; set; }

    public bool Failed { get; set; }

    public List<(string Key, object Value)> Attributes { get; } = [];

    public List<DemoEvent> Events { get; } = [];

    /// <summary>Spans that this one is related to without being their child: a consumer and its producer.</summary>
    public List<DemoSpan> Links { get; } = [];

    public DemoSpan With(string key, object value)
    {
        Attributes.Add((key, value));
        return this;
    }

    /// <summary>Marks the span as failed and records the exception that did it.</summary>
    public void Fail(string type, string message, string stackTrace, long at)
    {
        Failed = true;
        Error = message;
        Events.Add(new DemoEvent("exception", at, [("exception.type", type), ("exception.message", message), ("exception.stacktrace", stackTrace)]));
    }
}

/// <summary>Something that happened within a span.</summary>
internal sealed record DemoEvent(string Name, long At, IReadOnlyList<(string Key, object Value)> Attributes);

/// <summary>A service, one of its versions, on one of its pods.</summary>
internal sealed record DemoService(string Name, string Version, string Pod, string Language)
{
    public string Namespace { get; init; } = "shop";

    public string Deployment { get; init; } = Name;

    /// <summary>Istio's proxy of the service rather than the service: it sends Zipkin.</summary>
    public DemoProxy? Proxy { get; init; }

    /// <summary>The resource attributes that a service in Kubernetes with an OpenTelemetry SDK has.</summary>
    public IEnumerable<(string Key, object Value)> Resource() =>
    [
        ("service.name", Name), ("service.version", Version), ("service.namespace", Namespace), ("service.instance.id", Pod),
        ("deployment.environment.name", "demo"), ("k8s.namespace.name", Namespace), ("k8s.deployment.name", Deployment), ("k8s.pod.name", Pod),
        ("k8s.node.name", "node-" + (1 + (Pod[^1] % 3))), ("host.name", Pod), ("telemetry.sdk.name", "opentelemetry"),
        ("telemetry.sdk.language", Language), ("telemetry.sdk.version", "1.30.0"),
    ];
}

/// <summary>What Envoy says of itself in each span.</summary>
/// <param name="App">The canonical service that it stands beside.</param>
/// <param name="Role"><c>sidecar</c>, or <c>router</c> for a gateway.</param>
/// <param name="Address">The pod's.</param>
internal sealed record DemoProxy(string App, string Role, string Address);

/// <summary>Requests that a demo can tell, one after the other.</summary>
internal interface IDemoScene
{
    /// <summary>One request, and the traces that it leaves behind.</summary>
    IReadOnlyList<DemoTrace> Next();
}

/// <summary>The spans of one request through the shop, and what is true about it.</summary>
internal sealed record DemoTrace(TraceId Id, string Scenario, IReadOnlyList<DemoSpan> Spans)
{
    /// <summary>From the first start to the last end.</summary>
    public long Duration => Spans.Max(span => span.End) - Spans.Min(span => span.Start);

    public bool Failed => Spans[0].Failed;
}
