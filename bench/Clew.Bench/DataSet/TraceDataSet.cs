using System.Globalization;
using System.Text;
using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;

namespace Clew.Bench.DataSet;

/// <summary>Where a generated span lies in <see cref="TraceDataSet.Bytes"/>, and what it hangs under.</summary>
public readonly record struct GeneratedSpan(int Offset, int Length, int Resource, int Scope);

/// <summary>
/// Makes traces of a shop with 40 services, one after the other, in the order of their start. Deterministic: ids, times and values come
/// from the seed. One thread; the spans of a trace are valid until the next one is made.
/// </summary>
public sealed class TraceDataSet : IDisposable
{
    private static readonly string[] Agents = [.. Enumerable.Range(0, 30).Select(i => $"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.{i} (KHTML, like Gecko) Chrome/{110 + i}.0.0.0 Safari/537.{i}")];
    private static readonly string[] Tables = ["users", "orders", "order_items", "products", "payments", "stock"];
    private static readonly string[] Functions = ["Validate", "Serialize", "ApplyDiscount", "Authorize", "Render"];
    private static readonly string[] Regions = ["eu-central-1", "us-east-1", "ap-northeast-2"];

    private readonly DataSetOptions _options;
    private readonly Random _random;
    private readonly Topology _topology;
    private readonly PooledBuffer _bytes = new(1 << 16);
    private readonly List<GeneratedSpan> _spans = [];
    private readonly List<byte[]> _resources = [];
    private readonly List<byte[]> _scopes = [];
    private readonly long _meanGapNano;
    private long _now;
    private TraceId _traceId;
    private ulong _previousTraceLow;

    public TraceDataSet(DataSetOptions? options = null)
    {
        _options = options ?? new DataSetOptions();
        _random = new Random(_options.Seed);
        _topology = new Topology(_options.Services, _random);
        _meanGapNano = _options.Window.Ticks * 100 / _options.TracesPerWindow;
        _now = _options.StartUnixNano;
        foreach (var service in _topology.Services)
        {
            _scopes.Add(Scope(service));
            for (var instance = 0; instance < _options.InstancesPerService; instance++)
            {
                _resources.Add(Resource(service, instance));
            }
        }
    }

    /// <summary>Encoded Resource messages.</summary>
    public IReadOnlyList<byte[]> Resources => _resources;

    /// <summary>Encoded InstrumentationScope messages.</summary>
    public IReadOnlyList<byte[]> Scopes => _scopes;

    public TraceId TraceId => _traceId;

    /// <summary>The spans of the trace at hand, parents before children.</summary>
    public IReadOnlyList<GeneratedSpan> Spans => _spans;

    /// <summary>What <see cref="Spans"/> points into.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.Written;

    public ReadOnlySpan<byte> SpanBytes(GeneratedSpan span) => _bytes.Written.Slice(span.Offset, span.Length);

    /// <summary>Makes the next trace.</summary>
    public void NextTrace()
    {
        _bytes.Clear();
        _spans.Clear();
        _previousTraceLow = _traceId.Low;
        _traceId = new TraceId(Bits(), Bits());
        _now += (long)(-Math.Log(1 - _random.NextDouble()) * _meanGapNano);
        var front = _topology.Services[_random.Next(Math.Max(1, _options.Services / 8))];
        var operation = front.Operations[_random.Next(front.Operations.Count)];
        var user = Skewed(_options.Users);
        var fails = _random.NextDouble() < _options.ErrorShare;
        Serve(operation, 0, _now, user, fails, 0);
    }

    /// <summary>
    /// Writes traces as one ExportTraceServiceRequest, spans grouped by resource, until it has at least so many spans. Answers how many.
    /// </summary>
    public int WriteRequest(PooledBuffer request, int spans)
    {
        var byResource = new SortedDictionary<int, PooledBuffer>();
        var count = 0;
        while (count < spans)
        {
            NextTrace();
            count += _spans.Count;
            foreach (var span in _spans)
            {
                if (!byResource.TryGetValue(span.Resource, out var buffer))
                {
                    byResource.Add(span.Resource, buffer = new PooledBuffer());
                }

                new ProtoWriter(buffer).BytesField(OtlpFields.ScopeSpans.Spans, SpanBytes(span));
            }
        }

        var writer = new ProtoWriter(request);
        foreach (var (resource, buffer) in byResource)
        {
            var scope = _scopes[resource / _options.InstancesPerService];
            var scopeSpans = ProtoWriter.FieldSize(OtlpFields.ScopeSpans.Scope, scope.Length) + buffer.Length;
            writer.LengthPrefix(OtlpFields.RequestResourceSpans, ProtoWriter.FieldSize(OtlpFields.ResourceSpans.Resource, _resources[resource].Length) + ProtoWriter.FieldSize(OtlpFields.ResourceSpans.ScopeSpans, scopeSpans));
            writer.BytesField(OtlpFields.ResourceSpans.Resource, _resources[resource]);
            writer.LengthPrefix(OtlpFields.ResourceSpans.ScopeSpans, scopeSpans);
            writer.BytesField(OtlpFields.ScopeSpans.Scope, scope);
            request.Write(buffer.Written);
            buffer.Dispose();
        }

        return count;
    }

    public void Dispose() => _bytes.Dispose();

    /// <summary>The server side of a call; answers when it ended.</summary>
    private long Serve(Operation operation, ulong parent, long start, int user, bool fails, int depth)
    {
        var id = Bits();
        var instance = _random.Next(_options.InstancesPerService);
        var own = Lasts(operation.MedianMicros);
        var end = start + (own / 2);
        var first = _bytes.Length;
        var index = _spans.Count;
        _spans.Add(default);

        // Children are made first, in a part of the buffer of their own, because the span's end depends on theirs.
        var childFails = fails && depth < 3;
        foreach (var step in operation.Steps)
        {
            if (_random.NextDouble() < step.Probability)
            {
                end = Take(operation, step, id, instance, end + Lasts(20), user, childFails && step.Kind == StepKind.Call, depth);
                childFails = false;
            }
        }

        end += own / 2;
        first = _bytes.Length;
        var path = operation.Route.Replace("{id}", Skewed(200_000).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        var span = Begin(id, parent, $"{operation.Method} {operation.Route}", SpanKind.Server, start, end);
        span.Text("http.request.method", operation.Method);
        span.Text("http.route", operation.Route);
        span.Text("url.path", path);
        span.Text("url.scheme", depth == 0 ? "https" : "http");
        span.Number("http.response.status_code", fails ? 500 : _random.Next(50) == 0 ? 404 : operation.Method == "POST" ? 201 : 200);
        span.Text("server.address", operation.Service.Name);
        span.Text("client.address", depth == 0 ? $"{_random.Next(1, 224)}.{_random.Next(256)}.{_random.Next(256)}.{_random.Next(256)}" : $"10.{instance}.{operation.Service.Index}.{_random.Next(1, 250)}");
        span.Text("network.protocol.version", depth == 0 ? "2" : "1.1");
        if (depth == 0)
        {
            span.Text("user_agent.original", Agents[Skewed(Agents.Length)]);
            span.Text("user.id", $"user-{user}");
            span.Text("enduser.tier", user % 10 == 0 ? "gold" : "basic");
        }

        End(span, fails, end);
        _spans[index] = new GeneratedSpan(first, _bytes.Length - first, Instance(operation.Service, instance), operation.Service.Index);
        return end;
    }

    private long Take(Operation operation, Step step, ulong parent, int instance, long start, int user, bool fails, int depth)
    {
        var id = Bits();
        var service = operation.Service;
        var index = _spans.Count;
        _spans.Add(default);
        var end = start;
        if (step.Kind == StepKind.Call)
        {
            end = Serve(step.Callee!, id, start + Lasts(150), user, fails, depth + 1) + Lasts(150);
        }

        var first = _bytes.Length;
        SpanFields span;
        switch (step.Kind)
        {
            case StepKind.Call:
                var callee = step.Callee!;
                span = Begin(id, parent, callee.Method, SpanKind.Client, start, end);
                span.Text("http.request.method", callee.Method);
                span.Text("url.full", $"http://{callee.Service.Name}:8080{callee.Route.Replace("{id}", Skewed(200_000).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)}?trace={_random.Next(1000)}");
                span.Text("server.address", callee.Service.Name);
                span.Number("server.port", 8080);
                span.Number("http.response.status_code", fails ? 500 : 200);
                span.Text("network.peer.address", $"10.{_random.Next(4)}.{callee.Service.Index}.{_random.Next(1, 250)}");
                span.Text("peer.service", callee.Service.Name);
                break;
            case StepKind.Database:
                end = start + Lasts(900);
                var table = Tables[step.Variant];
                span = Begin(id, parent, $"SELECT shop.{table}", SpanKind.Client, start, end);
                span.Text("db.system.name", "postgresql");
                span.Text("db.namespace", "shop");
                span.Text("db.collection.name", table);
                span.Text("db.operation.name", "SELECT");
                span.Text("db.query.text", $"SELECT * FROM {table} WHERE tenant = $1 AND {table}_id = $2 AND deleted_at IS NULL ORDER BY updated_at DESC LIMIT {20 * (1 + _random.Next(5))}");
                span.Text("server.address", $"pg-{service.Index % 4}.db.svc.cluster.local");
                span.Number("server.port", 5432);
                span.Number("db.response.returned_rows", Skewed(500));
                break;
            case StepKind.Cache:
                end = start + Lasts(120);
                span = Begin(id, parent, "GET", SpanKind.Client, start, end);
                span.Text("db.system.name", "redis");
                span.Text("db.operation.name", "GET");
                span.Text("db.query.text", $"GET {Tables[step.Variant]}:{Skewed(100_000)}");
                span.Text("server.address", "redis-master.cache.svc.cluster.local");
                span.Number("server.port", 6379);
                span.Flag("cache.hit", _random.Next(4) != 0);
                break;
            case StepKind.Publish:
                end = start + Lasts(400);
                span = Begin(id, parent, $"publish topic-{step.Variant}", SpanKind.Producer, start, end);
                span.Text("messaging.system", "kafka");
                span.Text("messaging.destination.name", $"topic-{step.Variant}");
                span.Text("messaging.operation.type", "send");
                span.Number("messaging.destination.partition.id", _random.Next(12));
                span.Number("messaging.kafka.offset", (start / 1_000_000) % 100_000_000);
                span.Text("messaging.message.id", Guid(Bits(), Bits()));
                break;
            default:
                end = start + Lasts(60);
                span = Begin(id, parent, Functions[step.Variant], SpanKind.Internal, start, end);
                span.Text("code.function.name", $"shop.{service.Name}.{Functions[step.Variant]}");
                span.Number("thread.id", _random.Next(1, 64));
                span.Text("thread.name", $"worker-{_random.Next(1, 17)}");
                span.Number("cart.items", Skewed(30));
                span.Real("cart.total", Math.Round(_random.NextDouble() * 500, 2));
                break;
        }

        End(span, fails, end);
        _spans[index] = new GeneratedSpan(first, _bytes.Length - first, Instance(service, instance), service.Index);
        return end;
    }

    private SpanFields Begin(ulong id, ulong parent, string name, SpanKind kind, long start, long end)
    {
        var writer = new ProtoWriter(_bytes);
        Span<byte> bytes = stackalloc byte[TraceId.Size];
        _traceId.WriteTo(bytes);
        writer.BytesField(OtlpFields.Span.TraceId, bytes);
        new SpanId(id).WriteTo(bytes);
        writer.BytesField(OtlpFields.Span.SpanId, bytes[..SpanId.Size]);
        if (parent != 0)
        {
            new SpanId(parent).WriteTo(bytes);
            writer.BytesField(OtlpFields.Span.ParentSpanId, bytes[..SpanId.Size]);
        }

        writer.StringField(OtlpFields.Span.Name, name);
        writer.VarintField(OtlpFields.Span.Kind, (ulong)kind);
        writer.Fixed64Field(OtlpFields.Span.StartTime, (ulong)start);
        writer.Fixed64Field(OtlpFields.Span.EndTime, (ulong)end);
        return new SpanFields(_bytes, OtlpFields.Span.Attributes);
    }

    private void End(SpanFields span, bool fails, long end)
    {
        var writer = new ProtoWriter(_bytes);
        if (fails)
        {
            span.Text("error.type", "timeout");
        }

        if (fails || _random.Next(36) == 0)
        {
            var at = writer.BeginMessage(OtlpFields.Span.Events);
            writer.Fixed64Field(OtlpFields.Event.Time, (ulong)end - 1000);
            writer.StringField(OtlpFields.Event.Name, fails ? "exception" : "cache refreshed");
            var fields = new SpanFields(_bytes, OtlpFields.Event.Attributes);
            if (fails)
            {
                fields.Text("exception.type", "shop.TimeoutException");
                fields.Text("exception.message", $"no answer within {_random.Next(1, 30)} s");
                fields.Text("exception.stacktrace", "at shop.Client.Call(Client.java:42)\n  at shop.Handler.Handle(Handler.java:17)\n  at shop.Server.Dispatch(Server.java:99)");
            }
            else
            {
                fields.Number("entries", _random.Next(1000));
            }

            writer.EndMessage(at);
        }

        if (_random.Next(100) == 0)
        {
            var at = writer.BeginMessage(OtlpFields.Span.Links);
            Span<byte> id = stackalloc byte[TraceId.Size];
            new TraceId(_traceId.High ^ 1, _previousTraceLow | 1).WriteTo(id);
            writer.BytesField(OtlpFields.Link.TraceId, id);
            new SpanId(Bits()).WriteTo(id);
            writer.BytesField(OtlpFields.Link.SpanId, id[..SpanId.Size]);
            writer.EndMessage(at);
        }

        if (fails)
        {
            var at = writer.BeginMessage(OtlpFields.Span.Status);
            writer.StringField(OtlpFields.Status.Message, "deadline exceeded");
            writer.VarintField(OtlpFields.Status.Code, (ulong)SpanStatus.Error);
            writer.EndMessage(at);
        }

        writer.Fixed32Field(OtlpFields.Span.Flags, 0x101);
    }

    private byte[] Resource(Service service, int instance)
    {
        using var buffer = new PooledBuffer();
        var fields = new SpanFields(buffer, OtlpFields.Resource.Attributes);
        var pod = $"{service.Name}-{(uint)_random.Next():x8}-{_random.Next(100_000):x5}";
        fields.Text("service.name", service.Name);
        fields.Text("service.namespace", service.Tier < 2 ? "web" : "core");
        fields.Text("service.version", $"1.{_random.Next(20)}.{_random.Next(10)}");
        fields.Text("service.instance.id", Guid(Bits(), Bits()));
        fields.Text("deployment.environment.name", "production");
        fields.Text("telemetry.sdk.name", "opentelemetry");
        fields.Text("telemetry.sdk.language", service.Language);
        fields.Text("telemetry.sdk.version", "1.40.0");
        fields.Text("k8s.cluster.name", "prod-1");
        fields.Text("k8s.namespace.name", service.Tier < 2 ? "shop-web" : "shop-core");
        fields.Text("k8s.deployment.name", service.Name);
        fields.Text("k8s.pod.name", pod);
        fields.Text("k8s.pod.uid", Guid(Bits(), Bits()));
        fields.Text("k8s.node.name", $"node-{_random.Next(12)}");
        fields.Text("k8s.container.name", "app");
        fields.Text("cloud.region", Regions[instance % Regions.Length]);
        fields.Text("host.name", pod);
        fields.Text("os.type", "linux");
        fields.Number("process.pid", 1);
        return buffer.Written.ToArray();
    }

    private static byte[] Scope(Service service)
    {
        using var buffer = new PooledBuffer();
        var writer = new ProtoWriter(buffer);
        writer.StringField(OtlpFields.Scope.Name, $"io.opentelemetry.{service.Language}.http");
        writer.StringField(OtlpFields.Scope.Version, "2.11.0");
        return buffer.Written.ToArray();
    }

    private int Instance(Service service, int instance) => (service.Index * _options.InstancesPerService) + instance;

    private ulong Bits() => (ulong)_random.NextInt64(1, long.MaxValue) ^ ((ulong)_random.Next() << 33);

    /// <summary>Small numbers come often, large ones seldom.</summary>
    private int Skewed(int limit) => (int)(limit * Math.Pow(_random.NextDouble(), 3));

    /// <summary>A long-tailed time in nanoseconds around a median in microseconds.</summary>
    private long Lasts(double medianMicros)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
        return (long)(medianMicros * 1000 * Math.Exp(0.7 * normal));
    }

    private static string Guid(ulong high, ulong low) =>
        string.Create(CultureInfo.InvariantCulture, $"{high >> 32:x8}-{high >> 16 & 0xffff:x4}-{high & 0xffff:x4}-{low >> 48:x4}-{low & 0xffffffffffff:x12}");
}

/// <summary>Appends encoded key/values.</summary>
internal readonly ref struct SpanFields(PooledBuffer buffer, int field)
{
    private readonly PooledBuffer _buffer = buffer;
    private readonly int _field = field;

    public void Text(string key, string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        var writer = Begin(key, ProtoWriter.FieldSize(OtlpFields.AnyValue.String, length));
        writer.StringField(OtlpFields.AnyValue.String, value);
    }

    public void Number(string key, long value) =>
        Begin(key, 1 + ProtoWriter.VarintSize((ulong)value)).VarintField(OtlpFields.AnyValue.Int, (ulong)value);

    public void Real(string key, double value) => Begin(key, 9).DoubleField(OtlpFields.AnyValue.Double, value);

    public void Flag(string key, bool value) => Begin(key, 2).VarintField(OtlpFields.AnyValue.Bool, value ? 1u : 0u);

    private ProtoWriter Begin(string key, int valueLength)
    {
        var writer = new ProtoWriter(_buffer);
        var keyLength = Encoding.UTF8.GetByteCount(key);
        writer.LengthPrefix(_field, ProtoWriter.FieldSize(OtlpFields.KeyValue.Key, keyLength) + ProtoWriter.FieldSize(OtlpFields.KeyValue.Value, valueLength));
        writer.StringField(OtlpFields.KeyValue.Key, key);
        writer.LengthPrefix(OtlpFields.KeyValue.Value, valueLength);
        return writer;
    }
}
