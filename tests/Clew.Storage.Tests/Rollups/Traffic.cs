using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Batches;
using Clew.Otlp.Wire;

namespace Clew.Storage.Tests.Rollups;

/// <summary>
/// Random traffic of which it is known, without looking at any span, who called whom how often: each call is decided first, then written
/// as the spans that applications, sidecars, databases and queues would send of it.
/// </summary>
internal sealed class Traffic(int seed)
{
    private const int Services = 6;

    private readonly Random _random = new(seed);
    private ulong _ids;
    private int _trace;

    /// <summary>When the first trace starts.</summary>
    public long StartUnixNano { get; } = 29_453_760L * 60 * UnixNano.PerSecond;

    public List<Sent> Spans { get; } = [];

    /// <summary>Expected sums by "minute app name kind status".</summary>
    public Dictionary<string, Sum> Series { get; } = [];

    /// <summary>Expected sums by "minute client &gt; server operation failed".</summary>
    public Dictionary<string, Sum> Calls { get; } = [];

    /// <summary>When each call began, by "client &gt; server operation failed".</summary>
    public List<(int Trace, long StartUnixNano, string Key)> Starts { get; } = [];

    public void Trace(int number)
    {
        _trace = number;
        var start = StartUnixNano + ((long)_random.Next(600) * UnixNano.PerSecond) + _random.Next(1_000_000_000);
        var service = _random.Next(Services);
        var duration = Duration();
        var failed = _random.Next(10) == 0;
        var root = Span(number, 0, SpanKind.Server, $"GET /{service}", App(service), $"app{service}", start, duration, failed);
        Count(Calls, start, $"user > app{service} GET /{service}", failed, -1, duration);
        Work(number, root, service, start, depth: 0);
    }

    private void Work(int trace, ulong parent, int service, long start, int depth)
    {
        for (var i = _random.Next(depth > 3 ? 1 : 4); i > 0; i--)
        {
            start += Duration();
            switch (_random.Next(6))
            {
                case 0:
                    Database(trace, parent, service, start);
                    break;
                case 1:
                    Host(trace, parent, service, start);
                    break;
                case 2:
                    Message(trace, parent, service, start, depth);
                    break;
                case 3:
                    Span(trace, parent, SpanKind.Internal, "work", App(service), $"app{service}", start, Duration(), failed: false);
                    break;
                case 4:
                    Sidecars(trace, parent, service, start, depth);
                    break;
                default:
                    Call(trace, parent, service, start, depth);
                    break;
            }
        }
    }

    private void Call(int trace, ulong parent, int service, long start, int depth)
    {
        var callee = _random.Next(Services);
        var (client, server, failed) = (Duration(), Duration(), _random.Next(8) == 0);
        var caller = Span(trace, parent, SpanKind.Client, "call", App(service), $"app{service}", start, client, failed, ("http.request.method", "GET"), ("http.response.status_code", failed ? "500" : "200"));
        var answer = Span(trace, caller, SpanKind.Server, $"GET /{callee}", App(callee), $"app{callee}", start + 1000, server, failed: false);
        Count(Calls, start, $"app{service} > app{callee} GET /{callee}", failed, client, server);
        Work(trace, answer, callee, start + 2000, depth + 1);
    }

    private void Sidecars(int trace, ulong parent, int service, long start, int depth)
    {
        // Another service, so that the sidecars of a node are in the trace once by name.
        var callee = (service + 1 + _random.Next(Services - 1)) % Services;
        var (client, entry, failed) = (Duration(), Duration(), _random.Next(8) == 0);
        var caller = Span(trace, parent, SpanKind.Client, "call", App(service), $"app{service}", start, client, failed: false);
        var outbound = Span(trace, caller, SpanKind.Client, $"app{callee}:80/*", Proxy(service), $"app{service}", start + 10, Duration(), failed, ("component", "proxy"), ("response_flags", "-"));
        var inbound = Span(trace, outbound, SpanKind.Server, $"app{callee}:80/*", Proxy(callee), $"app{callee}", start + 20, entry, failed: false, ("component", "proxy"));
        var answer = Span(trace, inbound, SpanKind.Server, $"GET /{callee}", App(callee), $"app{callee}", start + 30, Duration(), failed: false);
        Count(Calls, start, $"app{service} > app{callee} app{callee}:80/*", failed, client, entry);
        Work(trace, answer, callee, start + 2000, depth + 1);
    }

    private void Database(int trace, ulong parent, int service, long start)
    {
        var duration = Duration();
        Span(trace, parent, SpanKind.Client, "SELECT", App(service), $"app{service}", start, duration, failed: false, ("db.system", "postgresql"), ("db.name", "orders"));
        Count(Calls, start, $"app{service} > orders SELECT", false, duration, -1);
    }

    private void Host(int trace, ulong parent, int service, long start)
    {
        var duration = Duration();
        Span(trace, parent, SpanKind.Client, "pay", App(service), $"app{service}", start, duration, failed: false, ("url.full", $"https://pay.example.com/{_random.Next()}"));
        Count(Calls, start, $"app{service} > pay.example.com pay", false, duration, -1);
    }

    private void Message(int trace, ulong parent, int service, long start, int depth)
    {
        var sent = Duration();
        var producer = Span(trace, parent, SpanKind.Producer, "publish", App(service), $"app{service}", start, sent, failed: false, ("messaging.system", "kafka"));
        var consumers = _random.Next(3);
        var pending = new List<(long Start, string Key, long Took)>();
        for (var i = 0; i < consumers; i++)
        {
            // Different consumers: which of two is counted with the sender's time must not matter to the sums by consumer.
            var (consumer, took) = ((service + 1 + i) % Services, Duration());
            var consumed = Span(trace, producer, SpanKind.Consumer, "process", App(consumer), $"app{consumer}", start + 50_000 + i, took, failed: false);
            pending.Add((start, $"app{service} > app{consumer} process", took));
            if (depth < 2)
            {
                Work(trace, consumed, consumer, start + 60_000, depth + 2);
            }
        }

        if (consumers == 0)
        {
            Count(Calls, start, $"app{service} > kafka publish", false, sent, -1);
        }
        else
        {
            // The sender's time counts once, with the consumer that begins first. That is not looked at here.
            foreach (var (at, key, took) in pending)
            {
                Count(Calls, at, key, false, -2, took);
            }
        }
    }

    private long Duration() => 1000L << _random.Next(18);

    private static (string, string)[] App(int service) => [("service.name", $"app{service}")];

    private static (string, string)[] Proxy(int service) => [("service.name", $"app{service}.prod"), ("istio.canonical_service", $"app{service}"), ("istio.namespace", "prod")];

    private ulong Span(
        int trace, ulong parent, SpanKind kind, string name, (string, string)[] resource, string app, long start, long duration, bool failed, params (string Key, string Value)[] attributes)
    {
        var id = ++_ids * 0x9E3779B97F4A7C15;
        using var buffer = new PooledBuffer();
        var writer = new ProtoWriter(buffer);
        Span<byte> ids = stackalloc byte[TraceId.Size];
        new TraceId((ulong)seed + 1, (ulong)trace + 1).WriteTo(ids);
        writer.BytesField(OtlpFields.Span.TraceId, ids);
        new SpanId(id).WriteTo(ids);
        writer.BytesField(OtlpFields.Span.SpanId, ids[..SpanId.Size]);
        if (parent != 0)
        {
            new SpanId(parent).WriteTo(ids);
            writer.BytesField(OtlpFields.Span.ParentSpanId, ids[..SpanId.Size]);
        }

        writer.StringField(OtlpFields.Span.Name, name);
        writer.VarintField(OtlpFields.Span.Kind, (ulong)kind);
        writer.Fixed64Field(OtlpFields.Span.StartTime, (ulong)start);
        writer.Fixed64Field(OtlpFields.Span.EndTime, (ulong)(start + duration));
        Attributes(writer, OtlpFields.Span.Attributes, attributes);
        if (failed)
        {
            var status = writer.BeginMessage(OtlpFields.Span.Status);
            writer.VarintField(OtlpFields.Status.Code, (ulong)SpanStatus.Error);
            writer.EndMessage(status);
        }

        Spans.Add(new Sent(trace, resource, buffer.Written.ToArray()));
        Add(Series, $"{Minute(start)} {app} {name} {kind} {(failed ? SpanStatus.Error : SpanStatus.Unset)}", -1, duration);
        return id;
    }

    private static void Attributes(ProtoWriter writer, int field, ReadOnlySpan<(string Key, string Value)> attributes)
    {
        foreach (var (key, value) in attributes)
        {
            var attribute = writer.BeginMessage(field);
            writer.StringField(OtlpFields.KeyValue.Key, key);
            var any = writer.BeginMessage(OtlpFields.KeyValue.Value);
            writer.StringField(OtlpFields.AnyValue.String, value);
            writer.EndMessage(any);
            writer.EndMessage(attribute);
        }
    }

    private static long Minute(long unixNano) => unixNano / (60 * UnixNano.PerSecond);

    private void Count(Dictionary<string, Sum> sums, long start, string key, bool failed, long client, long server)
    {
        key = $"{key}{(failed ? " failed" : "")}";
        Starts.Add((_trace, start, key));
        Add(sums, $"{Minute(start)} {key}", client, server);
    }

    private static void Add(Dictionary<string, Sum> sums, string key, long client, long server)
    {
        sums.TryGetValue(key, out var sum);
        sums[key] = new Sum(sum.Count + 1, sum.Client + Math.Max(0, client), sum.Server + Math.Max(0, server), sum.IsClientKnown && client != -2 || (sum.Count == 0 && client != -2));
    }

    public TraceId IdOf(int trace) => new((ulong)seed + 1, (ulong)trace + 1);

    /// <summary>A request of some spans, each under its resource.</summary>
    public static TraceBatch Batch(IEnumerable<Sent> spans)
    {
        var buffer = new PooledBuffer();
        var writer = new ProtoWriter(buffer);
        foreach (var span in spans)
        {
            var resourceSpans = writer.BeginMessage(OtlpFields.RequestResourceSpans);
            var resource = writer.BeginMessage(OtlpFields.ResourceSpans.Resource);
            Attributes(writer, OtlpFields.Resource.Attributes, span.Resource);
            writer.EndMessage(resource);
            var scopeSpans = writer.BeginMessage(OtlpFields.ResourceSpans.ScopeSpans);
            writer.BytesField(OtlpFields.ScopeSpans.Spans, span.Bytes);
            writer.EndMessage(scopeSpans);
            writer.EndMessage(resourceSpans);
        }

        return OtlpScanner.Scan(buffer, new BatchContext(TenantId.Single, 0)).Batch!;
    }

    public sealed record Sent(int Trace, (string Key, string Value)[] Resource, byte[] Bytes);

    /// <summary>Number, sum of client and of server times; the client's is not compared where several consumers share a sender.</summary>
    public readonly record struct Sum(long Count, long Client, long Server, bool IsClientKnown);
}
