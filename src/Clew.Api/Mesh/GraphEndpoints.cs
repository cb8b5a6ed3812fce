using Clew.Api.Http;
using Clew.Mesh;
using Clew.Mesh.Graph;
using Clew.Mesh.Health;
using Clew.Mesh.Prometheus;
using Clew.Model;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.Mesh;

/// <summary>The graph by our own contract, for the UI and for whoever wants numbers.</summary>
internal sealed class GraphEndpoints(MeshService mesh, TimeProvider clock)
{
    private const int MaxNamespaces = 200;

    /// <summary>Points of a sparkline.</summary>
    private const int Points = 30;

    private static readonly TimeSpan s_mostDuration = TimeSpan.FromDays(30);

    /// <summary>
    /// <c>namespaces</c> (absent: all that are known), <c>graphType</c>, <c>duration</c>, <c>queryTime</c>, <c>injectServiceNodes</c>,
    /// <c>idle</c>, <c>operations</c>, <c>boxBy</c>, <c>compare</c> (how long ago), <c>focus</c> with <c>kind</c>, and <c>evidence</c>.
    /// </summary>
    public async Task GraphAsync(HttpContext context, TenantId tenant)
    {
        var request = await RequestAsync(context, tenant).ConfigureAwait(false);
        var now = KialiEndpoints.Answer(mesh.GraphAsync(tenant, request, isStrict: false, context.RequestAborted));
        Task<MeshGraph>? before = null;
        var compare = context.Request.Query["compare"].ToString();
        if (compare.Length > 0)
        {
            if (!PromDuration.TryParse(compare, out var ago) || ago <= TimeSpan.Zero || ago > s_mostDuration)
            {
                throw ApiException.BadRequest($"invalid compare: '{compare}' is not how long ago; use 1h or 1d");
            }

            before = KialiEndpoints.Answer(mesh.GraphAsync(tenant, request with { Time = request.Time - ago }, isStrict: false, context.RequestAborted));
        }

        var durations = await mesh.DurationsAsync(tenant, context.RequestAborted).ConfigureAwait(false);
        var graph = await now.ConfigureAwait(false);
        var earlier = before is null ? null : await before.ConfigureAwait(false);
        await JsonAnswer.WriteAsync(context, json => GraphJson.Write(json, graph, earlier, durations)).ConfigureAwait(false);
    }

    public async Task NamespacesAsync(HttpContext context, TenantId tenant)
    {
        var namespaces = await KialiEndpoints.Answer(
            mesh.NamespacesAsync(tenant, KialiParameters.Time(context.Request, clock), KialiParameters.Duration(context.Request), context.RequestAborted)).ConfigureAwait(false);
        await JsonAnswer.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("namespaces");
            foreach (var ns in namespaces)
            {
                json.WriteStartObject();
                json.WriteString("name", ns.Name);
                json.WriteString("cluster", ns.Cluster);
                KialiJson.WriteStrings(json, "evidence", GraphJson.Names(ns.Evidence));
                if (ns.Rate is { } rate)
                {
                    GraphJson.Number(json, "rate", rate);
                    GraphJson.Number(json, "errorPercent", ns.ErrorPercent ?? 0);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    /// <summary>Rate, errors and p95 over time, of an edge (<c>source</c> and <c>target</c> as <c>kind:namespace/name</c>) or of what goes in and out of a node.</summary>
    public async Task SeriesAsync(HttpContext context, TenantId tenant)
    {
        var http = context.Request;
        var request = await RequestAsync(context, tenant).ConfigureAwait(false);
        var (source, target) = (http.Query["source"].ToString(), http.Query["target"].ToString());
        if (source.Length == 0 && target.Length == 0)
        {
            throw ApiException.BadRequest("source and target are missing: give the id of a node of the graph as one of them, or both for an edge");
        }

        // Steps from a minute on are whole minutes and begin with one: that is how spans are counted, and how little has to be read.
        var seconds = Math.Max(10, Math.Round(request.Duration.TotalSeconds / Points));
        var step = TimeSpan.FromSeconds(seconds < 60 ? seconds : Math.Ceiling(seconds / 60) * 60);
        var window = step > TimeSpan.FromMinutes(1) ? step : TimeSpan.FromMinutes(1);
        var end = seconds < 60 ? request.Time : DateTimeOffset.FromUnixTimeSeconds((request.Time.ToUnixTimeSeconds() + 59) / 60 * 60);
        var times = Enumerable.Range(0, Points).Select(index => end - (step * (Points - 1 - index))).ToList();
        var appenders = new HashSet<string> { "responseTime" };
        if (KialiParameters.Bool(http, "throughput", false))
        {
            appenders.Add("throughput");
        }

        var points = await KialiEndpoints.Answer(Task.WhenAll(times.Select(async time =>
        {
            var graph = await mesh.GraphAsync(tenant, request with { Time = time, Duration = window, Appenders = appenders }, isStrict: false, context.RequestAborted).ConfigureAwait(false);
            var rates = default(ClassRates);
            var latency = new LatencyHistogram();
            EdgeExemplar? exemplar = null;
            double tcp = 0, throughput = 0;
            foreach (var edge in graph.Edges.Where(edge => (source.Length == 0 || edge.Source.Id == source) && (target.Length == 0 || edge.Target.Id == target)))
            {
                throughput += edge.Throughput ?? 0;
                if (edge.Protocol == MeshProtocol.Tcp)
                {
                    // Bytes, which do not add to requests.
                    tcp += edge.Rates.Total;
                    continue;
                }

                rates.Add(edge.Rates);
                if (edge.Latency is { } measured)
                {
                    latency.Add(measured);
                }

                foreach (var one in edge.Exemplars)
                {
                    exemplar = exemplar is { } slower && slower.DurationMs >= one.DurationMs ? exemplar : one;
                }
            }

            return (Time: time, Rates: rates, Latency: latency, Tcp: tcp, Throughput: throughput, Exemplar: exemplar);
        }))).ConfigureAwait(false);
        await JsonAnswer.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("stepSeconds", step.TotalSeconds);
            json.WriteStartArray("points");
            foreach (var (time, rates, latency, tcp, throughput, exemplar) in points)
            {
                json.WriteStartObject();
                json.WriteNumber("time", time.ToUnixTimeSeconds());
                GraphJson.Number(json, "rate", rates.Total);
                GraphJson.Number(json, "errors", rates.Errors);
                GraphJson.Number(json, "tcp", tcp);
                GraphJson.Number(json, "throughput", throughput);
                foreach (var (name, value) in new[] { ("avg", latency.MeanMs), ("p50", latency.QuantileMs(0.5)), ("p95", latency.QuantileMs(0.95)), ("p99", latency.QuantileMs(0.99)) })
                {
                    if (value is { } ms)
                    {
                        GraphJson.Number(json, name, ms);
                    }
                }

                if (exemplar is { } slowest)
                {
                    json.WritePropertyName("exemplar");
                    GraphJson.WriteExemplar(json, slowest);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    /// <summary>What there is of workloads or services, idle ones included where the Kubernetes API tells of them.</summary>
    public async Task ListAsync(HttpContext context, TenantId tenant)
    {
        var request = await RequestAsync(context, tenant).ConfigureAwait(false);
        var isService = KialiParameters.Choice(context.Request, "of", "workload", ("workload", false), ("service", true));
        var graph = await KialiEndpoints.Answer(mesh.GraphAsync(
            tenant,
            request with { Type = isService ? GraphType.Service : GraphType.Workload, Appenders = new HashSet<string> { "health", "idleNode", "meshCheck", "labeler", "responseTime" } },
            isStrict: false, context.RequestAborted)).ConfigureAwait(false);
        await JsonAnswer.WriteAsync(context, json => GraphJson.Write(json, graph, null)).ConfigureAwait(false);
    }

    /// <summary>Why a graph is empty, or less than expected: a line for each thing that was looked at.</summary>
    public async Task DoctorAsync(HttpContext context, TenantId tenant)
    {
        var request = await RequestAsync(context, tenant).ConfigureAwait(false);
        var findings = await mesh.DiagnoseAsync(tenant, request, context.RequestAborted).ConfigureAwait(false);
        await JsonAnswer.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("findings");
            foreach (var finding in findings)
            {
                json.WriteStartObject();
                json.WriteString("code", finding.Code);
                json.WriteString("state", finding.State);
                json.WriteString("subject", finding.Subject);
                json.WriteString("text", finding.Text);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    /// <summary>The way of a trace over the graph: its hops in order of time, each with the edge that it went over.</summary>
    public async Task TraceAsync(HttpContext context, TenantId tenant)
    {
        var text = context.Request.Query["trace"].ToString();
        if (!TraceId.TryParse(text.PadLeft(32, '0'), out var trace))
        {
            throw ApiException.BadRequest($"invalid trace: '{text}' is not a trace id of up to 32 hexadecimal digits");
        }

        var request = await RequestAsync(context, tenant).ConfigureAwait(false);
        var hops = await KialiEndpoints.Answer(mesh.TraceAsync(tenant, request, trace, context.RequestAborted)).ConfigureAwait(false);
        await JsonAnswer.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("hops");
            foreach (var (edge, exemplar) in hops.OrderBy(static hop => hop.Exemplar.StartUnixNano))
            {
                json.WriteStartObject();
                json.WriteString("edge", edge.Id);
                json.WriteString("source", edge.Source.Id);
                json.WriteString("target", edge.Target.Id);
                GraphJson.Number(json, "startMs", exemplar.StartUnixNano / 1e6);
                GraphJson.Number(json, "durationMs", exemplar.DurationMs);
                json.WriteBoolean("error", exemplar.IsError);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async Task<GraphRequest> RequestAsync(HttpContext context, TenantId tenant)
    {
        var http = context.Request;
        var duration = KialiParameters.Duration(http);
        if (duration > s_mostDuration)
        {
            throw ApiException.BadRequest($"invalid duration: at most {s_mostDuration.TotalDays:0} days can be asked for at once");
        }

        var time = KialiParameters.Time(http, clock);
        var namespaces = KialiParameters.List(http, "namespaces");
        if (namespaces.Count > MaxNamespaces)
        {
            throw ApiException.BadRequest($"namespaces names {namespaces.Count}; at most {MaxNamespaces} can be asked for at once");
        }

        if (namespaces.Count == 0 && mesh.Istio is not null && mesh.IsMeshOf(tenant))
        {
            // Metrics are asked namespace by namespace.
            namespaces = [.. (await KialiEndpoints.Answer(mesh.NamespacesAsync(tenant, time, duration, context.RequestAborted)).ConfigureAwait(false)).Take(MaxNamespaces).Select(static ns => ns.Name)];
        }

        var boxes = KialiParameters.List(http, "boxBy");
        var appenders = new HashSet<string> { "health", "deadNode", "serviceEntry", "meshCheck", "workloadEntry", "istio", "labeler", "ambient" };
        foreach (var (parameter, appender, standard) in new[]
        {
            ("latency", "responseTime", true), ("security", "securityPolicy", true), ("throughput", "throughput", true), ("idle", "idleNode", false), ("operations", "aggregateNode", false),
        })
        {
            if (KialiParameters.Bool(http, parameter, standard))
            {
                appenders.Add(appender);
            }
        }

        return new GraphRequest
        {
            Namespaces = namespaces,
            Focus = Focus(http),
            Type = KialiParameters.Choice(http, "graphType", "versionedApp",
                ("workload", GraphType.Workload), ("app", GraphType.App), ("versionedApp", GraphType.VersionedApp), ("service", GraphType.Service)),
            Duration = duration,
            Time = time,
            BoxByApp = boxes.Contains("app"),
            BoxByNamespace = boxes.Contains("namespace"),
            BoxByCluster = boxes.Contains("cluster"),
            InjectServiceNodes = KialiParameters.Bool(http, "injectServiceNodes", false),
            IncludeIdleEdges = KialiParameters.Bool(http, "includeIdleEdges", false),
            Http = KialiParameters.Choice(http, "rateHttp", "requests", ("requests", true), ("none", false)),
            Grpc = KialiParameters.Choice(http, "rateGrpc", "requests",
                ("none", MessageRate.None), ("requests", MessageRate.Requests), ("sent", MessageRate.Sent), ("received", MessageRate.Received), ("total", MessageRate.Total)),
            Tcp = KialiParameters.Choice(http, "rateTcp", "sent",
                ("none", MessageRate.None), ("sent", MessageRate.Sent), ("received", MessageRate.Received), ("total", MessageRate.Total)),
            ThroughputOfRequests = KialiParameters.Choice(http, "throughputType", "response", ("response", false), ("request", true)),
            AggregateLabel = "request_operation",
            Appenders = appenders,
            Evidence = KialiParameters.List(http, "evidence") is { Count: > 0 } named ? named.Aggregate(Evidence.Kubernetes, static (all, one) => all | Of(one)) : GraphDefaults,
        };
    }

    private const Evidence GraphDefaults = Evidence.Spans | Evidence.Istio | Evidence.Kubernetes | Evidence.ServiceGraphMetrics;

    private static Evidence Of(string name) => name switch
    {
        "spans" => Evidence.Spans,
        "istio" => Evidence.Istio,
        "kubernetes" => Evidence.Kubernetes,
        "servicegraph" => Evidence.ServiceGraphMetrics,
        _ => throw ApiException.BadRequest($"invalid evidence: '{name}' is not one of spans, istio, kubernetes, servicegraph"),
    };

    /// <summary><c>workload:namespace/name</c>, <c>app:…</c> or <c>service:…</c>.</summary>
    private static FocusNode? Focus(HttpRequest http)
    {
        var text = http.Query["focus"].ToString();
        if (text.Length == 0)
        {
            return null;
        }

        var (colon, slash) = (text.IndexOf(':'), text.IndexOf('/'));
        if (colon <= 0 || slash < colon)
        {
            throw ApiException.BadRequest($"invalid focus: '{text}' is not kind:namespace/name, such as workload:shop/cart-v1");
        }

        var (kind, ns, name) = (text[..colon], text[(colon + 1)..slash], text[(slash + 1)..]);
        return kind switch
        {
            "workload" => new FocusNode(ns) { Workload = name },
            "app" => new FocusNode(ns) { App = name },
            "service" => new FocusNode(ns) { Service = name },
            _ => throw ApiException.BadRequest($"invalid focus: '{kind}' is not one of workload, app, service"),
        };
    }
}
