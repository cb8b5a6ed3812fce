using System.Globalization;
using Clew.Model;

namespace Clew.Server.Demo;

/// <summary>Tells one request: opens spans, lets time pass, closes them. All chance comes from one seeded source.</summary>
internal sealed class DemoStory(Random random, TraceId traceId)
{
    private readonly List<DemoSpan> _spans = [];

    /// <summary>Nanoseconds since the start of the trace.</summary>
    public long Now { get; private set; }

    public Random Random => random;

    public IReadOnlyList<DemoSpan> Spans => _spans;

    public TraceId TraceId => traceId;

    /// <summary>Lets a typical time pass: log-normal, so that a few take much longer.</summary>
    public void Work(double typicalMs)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        Now += (long)(typicalMs * 1e6 * Math.Exp(0.4 * normal));
    }

    /// <summary>A span around what <paramref name="body"/> does.</summary>
    public DemoSpan Span(DemoService service, string name, SpanKind kind, DemoSpan? parent, Action<DemoSpan> body) =>
        Span(service, name, kind, parent, isShared: false, body);

    /// <inheritdoc cref="DemoSpan.IsShared" path="/summary"/>
    public DemoSpan SharedSpan(DemoService service, string name, SpanKind kind, DemoSpan caller, Action<DemoSpan> body) => Span(service, name, kind, caller, isShared: true, body);

    private DemoSpan Span(DemoService service, string name, SpanKind kind, DemoSpan? parent, bool isShared, Action<DemoSpan> body)
    {
        var span = new DemoSpan
        {
            Service = service, Name = name, Kind = kind, Parent = parent, Start = Now, IsShared = isShared,
            Id = isShared ? parent!.Id : new SpanId((ulong)random.NextInt64(1, long.MaxValue)),
        };
        _spans.Add(span);
        body(span);
        span.Duration = Math.Max(1_000, Now - span.Start);
        return span;
    }

    /// <summary>An HTTP call: a client span here, a server span there. The callee decides the status.</summary>
    public int Http(DemoSpan caller, DemoService callee, string method, string route, string path, Func<DemoSpan, int> body)
    {
        var status = 200;
        Span(caller.Service, $"{method}", SpanKind.Client, caller, client =>
        {
            client.With(HttpNames.Method(client), method).With(HttpNames.Url(client), $"http://{callee.Name}.shop.svc:8080{path}")
                .With("server.address", $"{callee.Name}.shop.svc").With("server.port", 8080);
            Work(0.4);
            Span(callee, $"{method} {route}", SpanKind.Server, client, server =>
            {
                server.With(HttpNames.Method(server), method).With("http.route", route).With(HttpNames.Path(server), path).With("url.scheme", "http")
                    .With("network.protocol.version", "1.1").With("user_agent.original", "shop-client/2.4");
                status = body(server);
                server.With(HttpNames.Status(server), status);
                server.Failed |= status >= 500;
            });
            Work(0.3);
            client.With(HttpNames.Status(client), status);
            client.Failed |= status >= 400;
        });
        return status;
    }

    /// <summary>A gRPC call; true when it succeeded.</summary>
    public bool Grpc(DemoSpan caller, DemoService callee, string service, string method, Func<DemoSpan, bool> body)
    {
        var ok = true;
        Span(caller.Service, $"{service}/{method}", SpanKind.Client, caller, client =>
        {
            client.With("rpc.system", "grpc").With("rpc.service", service).With("rpc.method", method).With("server.address", $"{callee.Name}.shop.svc");
            Work(0.3);
            Span(callee, $"{service}/{method}", SpanKind.Server, client, server =>
            {
                server.With("rpc.system", "grpc").With("rpc.service", service).With("rpc.method", method);
                ok = body(server);
                server.With("rpc.grpc.status_code", ok ? 0 : 14);
                server.Failed |= !ok;
            });
            Work(0.2);
            client.With("rpc.grpc.status_code", ok ? 0 : 14);
            client.Failed |= !ok;
        });
        return ok;
    }

    public DemoSpan Sql(DemoSpan caller, string table, string statement, double typicalMs) =>
        Span(caller.Service, $"{statement.Split(' ')[0]} {table}", SpanKind.Client, caller, span =>
        {
            span.With("db.system", "postgresql").With("db.name", "shop").With("db.statement", statement).With("db.sql.table", table)
                .With("server.address", "postgres.shop.svc").With("server.port", 5432);
            Work(typicalMs);
        });

    public DemoSpan Redis(DemoSpan caller, string command, string key) =>
        Span(caller.Service, command, SpanKind.Client, caller, span =>
        {
            span.With("db.system", "redis").With("db.statement", $"{command} {key}").With("server.address", "redis.shop.svc");
            Work(0.5);
        });

    public bool Chance(double probability) => random.NextDouble() < probability;

    public string Id(string prefix, int below) => prefix + random.Next(below).ToString(CultureInfo.InvariantCulture);
}

/// <summary>
/// The names of HTTP attributes. Two services still use those from before 2023, as everywhere: a search for one generation alone misses
/// half of the shop.
/// </summary>
internal static class HttpNames
{
    public static string Method(DemoSpan span) => IsOld(span) ? "http.method" : "http.request.method";

    public static string Status(DemoSpan span) => IsOld(span) ? "http.status_code" : "http.response.status_code";

    public static string Url(DemoSpan span) => IsOld(span) ? "http.url" : "url.full";

    public static string Path(DemoSpan span) => IsOld(span) ? "http.target" : "url.path";

    private static bool IsOld(DemoSpan span) => span.Service.Name is "api-gateway" or "payment";
}
