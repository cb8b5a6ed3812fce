using System.Globalization;
using Clew.Model;

namespace Clew.Server.Demo;

/// <summary>
/// Istio's Bookinfo: a gateway, productpage, details, three versions of reviews, and ratings, each application behind a sidecar, so that a
/// request leaves the spans of both (the applications' in OTLP, the proxies' in Zipkin). Versions 2 and 3 of reviews ask ratings, which for
/// one request in twenty has no healthy pod: the proxy answers 503 with the flag UH, and nobody else sends a span of it.
/// </summary>
internal sealed class Bookinfo(int seed) : IDemoScene
{
    public const string Namespace = "bookinfo";
    public const string Cluster = "Kubernetes";
    private const string Hash = "7c9d6b5f48";
    private const int Port = 9080;

    private static readonly (string App, string Version, string Language, double WorkMs)[] Applications =
    [
        ("productpage", "v1", "python", 6), ("details", "v1", "ruby", 3), ("reviews", "v1", "java", 5), ("reviews", "v2", "java", 6), ("reviews", "v3", "java", 9), ("ratings", "v1", "nodejs", 2),
    ];

    private static readonly DemoService Gateway = Proxy("istio-ingressgateway", "", "istio-system", "router", "10.244.0.9");

    private readonly Random _random = new(seed);

    public IReadOnlyList<DemoTrace> Next()
    {
        var story = new DemoStory(_random, new TraceId((ulong)_random.NextInt64(), (ulong)_random.NextInt64(1, long.MaxValue)));
        var reviews = "v" + (1 + _random.Next(3)).ToString(CultureInfo.InvariantCulture);
        Outbound(story, Gateway, null, "productpage", "v1", "/productpage", page =>
        {
            Call(story, page, "details", "v1", "/details/0", null);
            Call(story, page, "reviews", reviews, "/reviews/0", reviews == "v1" ? null : review => Call(story, review, "ratings", "v1", "/ratings/0", null, story.Chance(0.05)));
        });
        return [new DemoTrace(story.TraceId, $"productpage with reviews {reviews}", story.Spans)];
    }

    /// <summary>An application's call: its own client span, then what its sidecar makes of it.</summary>
    private static void Call(DemoStory story, DemoSpan caller, string app, string version, string path, Action<DemoSpan>? body, bool unhealthy = false)
    {
        var isOld = IsOld(caller.Service);
        story.Span(caller.Service, "GET", SpanKind.Client, caller, client =>
        {
            client.With(isOld ? "http.method" : "http.request.method", "GET").With(isOld ? "http.url" : "url.full", $"http://{app}:{Port}{path}");
            var status = Outbound(story, SidecarOf(caller.Service), client, app, version, path, body, unhealthy);
            client.With(isOld ? "http.status_code" : "http.response.status_code", status);
            client.Failed = status >= 400;
        });
    }

    /// <summary>A proxy's request to a service: its own span, and the other proxy's under the same id. Answers the status.</summary>
    private static int Outbound(DemoStory story, DemoService proxy, DemoSpan? parent, string app, string version, string path, Action<DemoSpan>? body, bool unhealthy = false)
    {
        var host = $"{app}.{Namespace}.svc.cluster.local";
        var status = unhealthy ? 503 : 200;
        var name = $"{host}:{Port}/*";
        var callerApp = proxy.Proxy!.App;
        story.Span(proxy, name, SpanKind.Client, parent, client =>
        {
            story.Work(0.4);
            if (!unhealthy)
            {
                var (application, sidecar) = (Application(app, version), SidecarOf(Application(app, version)));
                story.SharedSpan(sidecar, name, SpanKind.Server, client, server =>
                {
                    story.Work(0.2);
                    story.Span(application, $"GET {RouteOf(path)}", SpanKind.Server, server, answer =>
                    {
                        var isOld = IsOld(application);
                        answer.With(isOld ? "http.method" : "http.request.method", "GET").With("http.route", RouteOf(path));
                        story.Work(Applications.First(one => one.App == app && one.Version == version).WorkMs);
                        body?.Invoke(answer);
                        answer.With(isOld ? "http.status_code" : "http.response.status_code", 200);
                    });
                    Tags(server, host, path, 200, $"inbound|{Port}||", "-");

                    // What a Telemetry resource with a custom tag of this header adds: the peer's certificate was checked.
                    server.With("x-forwarded-client-cert", $"By={Identity(Namespace, $"bookinfo-{app}")};Hash=9f3a;URI={Identity(proxy.Namespace, callerApp == "istio-ingressgateway" ? callerApp : $"bookinfo-{callerApp}")}");
                });
            }

            story.Work(0.2);
            Tags(client, host, path, status, $"outbound|{Port}||{host}", unhealthy ? "UH" : "-");
        });
        return status;
    }

    private static void Tags(DemoSpan span, string host, string path, int status, string upstream, string flags)
    {
        var service = span.Service;
        var proxy = service.Proxy!;
        span.With("component", "proxy")
            .With("node_id", $"{proxy.Role}~{proxy.Address}~{service.Pod}.{service.Namespace}~{service.Namespace}.svc.cluster.local")
            .With("istio.canonical_service", proxy.App).With("istio.canonical_revision", service.Version.Length > 0 ? service.Version : "latest")
            .With("istio.namespace", service.Namespace).With("istio.cluster_id", Cluster).With("istio.mesh_id", "cluster.local")
            .With("http.method", "GET").With("http.protocol", "HTTP/1.1").With("http.url", $"http://{host[..host.IndexOf('.')]}:{Port}{path}")
            .With("http.status_code", status.ToString(CultureInfo.InvariantCulture)).With("response_flags", flags)
            .With("upstream_cluster", upstream).With("upstream_cluster.name", upstream)
            .With("request_size", "0").With("response_size", status == 200 ? "437" : "19").With("user_agent", "Mozilla/5.0").With("downstream_cluster", "-");
        if (status >= 500)
        {
            span.With("error", "true");
            span.Failed = true;
        }
    }

    private static DemoService Application(string app, string version) =>
        new(app, version, PodOf(app, version), Applications.First(one => one.App == app).Language) { Namespace = Namespace, Deployment = $"{app}-{version}" };

    private static DemoService SidecarOf(DemoService application) => application.Proxy is not null
        ? application
        : Proxy(application.Name, application.Version, application.Namespace, "sidecar", $"10.244.1.{10 + Array.FindIndex(Applications, one => one.App == application.Name && one.Version == application.Version)}");

    private static DemoService Proxy(string app, string version, string ns, string role, string address) =>
        new($"{app}.{ns}", version, PodOf(app, version), "cpp") { Namespace = ns, Proxy = new DemoProxy(app, role, address) };

    private static string RouteOf(string path) => path.EndsWith("/0", StringComparison.Ordinal) ? path[..^1] + "{id}" : path;

    private static string PodOf(string app, string version) => $"{app}{(version.Length > 0 ? "-" : "")}{version}-{Hash}-x7k2p";

    private static string Identity(string ns, string account) => $"spiffe://cluster.local/ns/{ns}/sa/{account}";

    /// <summary>Two of the four languages still use the names from before 2023.</summary>
    private static bool IsOld(DemoService application) => application.Language is "ruby" or "nodejs";
}
