using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Pipeline.Components;
using Clew.Semantics;
using Clew.Semantics.Nodes;
using Clew.Semantics.Pairing;

namespace Clew.Pipeline.Metrics;

/// <summary>Settings of <c>servicegraph</c>, under the Collector's names and under those of Tempo's generator.</summary>
public sealed record ServiceGraphOptions
{
    /// <summary>How long the halves of a call wait for each other (<c>store.ttl</c>, Tempo's <c>wait</c>).</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Traces that wait at the same time (<c>store.max_items</c>); the longest waiting is counted early when there are more.</summary>
    public int MaxItems { get; init; } = 10_000;

    /// <summary>Upper bounds in seconds, without infinity.</summary>
    public IReadOnlyList<double> Bounds { get; init; } = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8];

    /// <summary>Attributes of both sides that become the labels <c>client_…</c> and <c>server_…</c>.</summary>
    public IReadOnlyList<Dimension> Dimensions { get; init; } = [];

    /// <summary>Adds the label <c>virtual_node</c> to calls of which one side sends no spans.</summary>
    public bool VirtualNodeLabel { get; init; }

    /// <summary>How often the series are sent (<c>metrics_flush_interval</c>).</summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromSeconds(60);

    public MetricTableOptions Series { get; init; } = new();
}

/// <summary>
/// <c>servicegraph</c>: pairs the halves of calls and counts them by client and server. Spans wait until their trace has been quiet for the
/// time set, then the whole of what came is paired by the same rules as the roll-ups of the store. Metrics are a by-product: the answer to
/// the sender does not wait for them.
/// </summary>
public sealed class ServiceGraphConnector : ITraceConnector, IMetricSource
{
    private const string Prefix = "traces_service_graph_";

    private readonly Lock _lock = new();
    private readonly ServiceGraphOptions _options;
    private readonly TimeProvider _clock;
    private readonly SemanticReader _reader = new();
    private readonly TraceSpans _trace = new();
    private readonly TraceCalls _calls;
    private readonly Dictionary<TraceId, Waiting> _waiting = [];
    private readonly LinkedList<TraceId> _byArrival = new();
    private readonly MetricTable _total;
    private readonly MetricTable _failed;
    private readonly MetricTable _server;
    private readonly MetricTable _client;
    private readonly MetricTable _unpaired;
    private ITimer? _timer;

    public ServiceGraphConnector(ComponentId id, ServiceGraphOptions options, ConnectorContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Id = id;
        _options = options;
        _clock = context.Services.Clock;
        _calls = new TraceCalls(_reader.Texts);
        _total = new(Prefix + "request", MetricKind.Counter, "Requests between two nodes.", [], options.Series);
        _failed = new(Prefix + "request_failed", MetricKind.Counter, "Failed requests between two nodes.", [], options.Series);
        _server = new(Prefix + "request_server_seconds", MetricKind.Histogram, "Time of a request as the server saw it.", options.Bounds, options.Series);
        _client = new(Prefix + "request_client_seconds", MetricKind.Histogram, "Time of a request as the client saw it.", options.Bounds, options.Series);
        _unpaired = new(Prefix + "unpaired_spans", MetricKind.Counter, "Halves of requests whose other half did not come.", [], options.Series);
    }

    public ComponentId Id { get; }

    public TimeSpan FlushInterval => _options.FlushInterval;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = _clock.CreateTimer(_ => Expire(everything: false), null, TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(500));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _timer?.Dispose();
        Expire(everything: true);
        return Task.CompletedTask;
    }

    public ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        lock (_lock)
        {
            var now = UnixNano.Now(_clock);
            foreach (ref readonly var span in batch.Spans)
            {
                var resource = batch.ContextBytes(batch.Resources[span.Resource]);
                var bytes = batch.SpanBytes(span);
                var reading = _reader.Read(bytes, _reader.Resource(resource));
                Wait(reading, DimensionReader.Read(_options.Dimensions, bytes, resource), now);
            }
        }

        return new(ConsumeResult.Accepted);
    }

    public IReadOnlyList<MetricFamily> Collect()
    {
        var now = UnixNano.Now(_clock);
        return [_total.Collect(now), _failed.Collect(now), _server.Collect(now), _client.Collect(now), _unpaired.Collect(now)];
    }

    private void Wait(in SpanReading span, string[] dimensions, long now)
    {
        if (!_waiting.TryGetValue(span.TraceId, out var waiting))
        {
            if (_waiting.Count >= _options.MaxItems)
            {
                Count(_byArrival.First!.Value);
            }

            waiting = new Waiting(_byArrival.AddLast(span.TraceId));
            _waiting.Add(span.TraceId, waiting);
        }
        else
        {
            _byArrival.Remove(waiting.Place);
            _byArrival.AddLast(waiting.Place);
        }

        waiting.LastUnixNano = now;
        waiting.Spans.Add((span, dimensions));
    }

    private void Expire(bool everything)
    {
        lock (_lock)
        {
            var before = UnixNano.Now(_clock) - (_options.Wait.Ticks * 100);
            while (_byArrival.First is { } first && (everything || _waiting[first.Value].LastUnixNano <= before))
            {
                Count(first.Value);
            }
        }
    }

    private void Count(TraceId id)
    {
        _waiting.Remove(id, out var waiting);
        _byArrival.Remove(waiting!.Place);
        _trace.Clear();
        var dimensions = new Dictionary<(ulong, SpanKind), string[]>();
        foreach (var (span, values) in waiting.Spans)
        {
            if (_trace.Add(span))
            {
                dimensions[(span.SpanId, span.Kind)] = values;
            }
        }

        var now = UnixNano.Now(_clock);
        foreach (var call in _calls.Find(_trace))
        {
            Count(call, id, dimensions, now);
        }
    }

    private void Count(in Call call, TraceId trace, Dictionary<(ulong, SpanKind), string[]> dimensions, long now)
    {
        var count = SamplingWeight.ToDouble(call.Weight);
        if (call.Client.Kind == NodeKind.Unknown || call.Server.Kind == NodeKind.Unknown)
        {
            _unpaired.Add(Labels(call, "", dimensions), count, now);
            return;
        }

        var connection = call.Connection == ConnectionKind.Database ? "database"
            : call.Pairing != CallPairing.Paired ? "virtual_node"
            : call.Connection == ConnectionKind.Messaging ? "messaging_system" : "";
        var labels = Labels(call, connection, dimensions);
        var nanos = call.Pairing == CallPairing.ClientOnly ? call.ClientNanos : call.ServerNanos;
        var exemplar = new MetricExemplar(trace, new SpanId(call.SpanId), Math.Max(0, nanos) / 1e9, now);
        _total.Add(labels, count, now, exemplar);
        if (call.IsError)
        {
            _failed.Add(labels, count, now, exemplar);
        }

        if (nanos >= 0)
        {
            _server.Observe(labels, nanos / 1e9, count, now, exemplar);
        }

        if (call.ClientNanos >= 0)
        {
            _client.Observe(labels, call.ClientNanos / 1e9, count, now, exemplar with { Value = call.ClientNanos / 1e9 });
        }
    }

    private List<KeyValuePair<string, string>> Labels(in Call call, string connection, Dictionary<(ulong, SpanKind), string[]> dimensions)
    {
        List<KeyValuePair<string, string>> labels =
        [
            new("client", call.Client.App), new("server", call.Server.App), new("connection_type", connection),
            new("client_service_namespace", call.Client.Namespace), new("server_service_namespace", call.Server.Namespace),
        ];
        if (_options.VirtualNodeLabel)
        {
            labels.Add(new("virtual_node", call.Pairing switch { CallPairing.ClientOnly => "server", CallPairing.Root or CallPairing.Orphan or CallPairing.Gateway => "client", _ => "" }));
        }

        for (var i = 0; i < _options.Dimensions.Count; i++)
        {
            labels.Add(new("client_" + _options.Dimensions[i].Label, Value(call.ClientSpan, i)));
            labels.Add(new("server_" + _options.Dimensions[i].Label, Value(call.ServerSpan, i)));
        }

        return labels;

        string Value((ulong, SpanKind) span, int index) => dimensions.TryGetValue(span, out var values) ? values[index] : "";
    }

    private sealed class Waiting(LinkedListNode<TraceId> place)
    {
        public LinkedListNode<TraceId> Place => place;

        public long LastUnixNano { get; set; }

        public List<(SpanReading Span, string[] Dimensions)> Spans { get; } = [];
    }
}
