using System.Runtime.CompilerServices;
using Clew.Model;
using Clew.Semantics;
using Clew.Semantics.Nodes;
using Clew.Semantics.Pairing;

namespace Clew.Storage.Rollups;

/// <summary>
/// Roll-ups by minute: series of spans and series of calls. Everything in it is a sum over traces, so adding a trace and taking it away
/// again leaves nothing, and tables of any split of the traces add to the same. For one thread.
/// </summary>
public sealed class RollupTable(RollupLimits? limits = null)
{
    /// <summary>The name under which is counted what passes a limit.</summary>
    public const string Other = Utf8Pool.Other;

    internal static readonly ServiceNode OtherNode = new() { Kind = NodeKind.Unknown, App = Other };

    private const int MaxShortcuts = 100_000;

    private readonly RollupLimits _limits = limits ?? RollupLimits.Default;
    private readonly SortedDictionary<long, MinuteRollup> _minutes = [];

    // Most spans fall into a cell that the last thousand touched; its key by reference spares hashing eight texts.
    private readonly Dictionary<SpanShortcut, SpanCell> _spanCells = [];
    private readonly Dictionary<EdgeShortcut, EdgeCell> _edgeCells = [];
    private MinuteRollup? _lastMinute;
    private long _lastMinuteNumber;

    /// <summary>Minutes since the epoch that have something, ascending.</summary>
    public IEnumerable<KeyValuePair<long, MinuteRollup>> Minutes => _minutes;

    /// <summary>What of all that is added this table keeps.</summary>
    internal RollupScope Scope { get; init; } = RollupScope.All;

    /// <summary>About what the table takes: a cell with its key and some two dozen buckets.</summary>
    internal long MemoryBytes => _minutes.Values.Sum(static minute => (minute.Spans.Count * 600L) + (minute.Edges.Count * 1100L));

    public bool IsEmpty => _minutes.Count == 0;

    public static long MinuteOf(long unixNano) => unixNano / (60 * UnixNano.PerSecond);

    /// <summary>Counts the spans and calls of one trace; with <paramref name="sign"/> -1 takes them away.</summary>
    public void Add(TraceSpans trace, TraceCalls pairing, Utf8Pool names, int sign = 1)
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(pairing);
        ArgumentNullException.ThrowIfNull(names);
        var calls = pairing.Find(trace);
        for (var i = 0; i < trace.Count; i++)
        {
            AddSpan(trace.Spans[i], pairing.NodeOf(i), names, sign * trace.WeightOf(trace.Spans[i]), sign);
        }

        var id = trace.Count > 0 ? trace.Spans[0].TraceId : default;
        foreach (var call in calls)
        {
            AddCall(call, id, sign);
        }
    }

    public void Add(RollupTable other) => Add(other, MinuteRange.All);

    internal void Add(RollupTable other, MinuteRange range)
    {
        ArgumentNullException.ThrowIfNull(other);
        foreach (var (number, minute) in other._minutes)
        {
            if (!range.Contains(number))
            {
                continue;
            }

            var own = Minute(Scope.Into(number));
            if (Scope.WithSpans)
            {
                foreach (var (key, cell) in minute.Spans)
                {
                    own.Span(key, _limits).Add(cell);
                }
            }

            if (Scope.WithEdges)
            {
                foreach (var (key, cell) in minute.Edges)
                {
                    own.Edge(key, _limits).Add(cell);
                }
            }
        }
    }

    /// <summary>All minutes as one, without the spans' series: what a graph of a long time adds up.</summary>
    internal RollupTable FoldedEdges()
    {
        var folded = new RollupTable(RollupLimits.Unlimited) { Scope = new RollupScope { WithSpans = false, FoldsInto = _minutes.Count > 0 ? _minutes.Keys.First() : 0 } };
        folded.Add(this);
        return folded;
    }

    /// <summary>Drops what subtraction emptied, and exemplars of traces that are gone.</summary>
    public void Trim(Func<TraceId, bool>? isGone = null)
    {
        _spanCells.Clear();
        _edgeCells.Clear();
        _lastMinute = null;
        foreach (var (number, minute) in _minutes.ToList())
        {
            minute.Trim(isGone);
            if (minute.IsEmpty)
            {
                _minutes.Remove(number);
            }
        }
    }

    /// <summary>This table within limits: in minutes that pass them the largest series stay, the rest become "other".</summary>
    internal RollupTable Limited(RollupLimits within)
    {
        if (_minutes.Values.All(minute => minute.Spans.Count <= within.SpanSeriesPerMinute && minute.Edges.Count <= within.EdgeSeriesPerMinute))
        {
            return this;
        }

        var table = new RollupTable(within);
        foreach (var (number, minute) in _minutes)
        {
            var own = table.Minute(number);
            foreach (var (key, cell) in minute.Spans.OrderByDescending(static pair => pair.Value.Spans))
            {
                own.Span(key, within).Add(cell);
            }

            foreach (var (key, cell) in minute.Edges.OrderByDescending(static pair => pair.Value.Calls))
            {
                own.Edge(key, within).Add(cell);
            }
        }

        return table;
    }

    internal MinuteRollup Minute(long number)
    {
        if (_lastMinute is not null && _lastMinuteNumber == number)
        {
            return _lastMinute;
        }

        if (!_minutes.TryGetValue(number, out var minute))
        {
            if (_minutes.Count >= _limits.Minutes)
            {
                number = _minutes.Keys.MinBy(known => Math.Abs(known - number));
                minute = _minutes[number];
            }
            else
            {
                _minutes.Add(number, minute = new MinuteRollup());
            }
        }

        (_lastMinute, _lastMinuteNumber) = (minute, number);
        return minute;
    }

    private void AddSpan(in SpanReading span, ServiceNode node, Utf8Pool names, long weight, int sign)
    {
        if (!Scope.WithSpans || !Scope.Contains(span.StartUnixNano))
        {
            return;
        }

        var minute = Scope.Into(MinuteOf(span.StartUnixNano));
        var shortcut = new SpanShortcut(node, names, span.Name, minute, ((int)span.Kind << 8) | (int)span.Status);
        if (!_spanCells.TryGetValue(shortcut, out var cell))
        {
            if (_spanCells.Count >= MaxShortcuts)
            {
                _spanCells.Clear();
            }

            cell = Minute(minute).Span(new SpanSeriesKey(node, names[span.Name], span.Kind, span.Status), _limits);
            _spanCells.Add(shortcut, cell);
        }

        cell.Spans += sign;
        cell.Latency.Add(span.DurationNanos, weight);
        if (sign > 0)
        {
            cell.Exemplar = Exemplar.Slower(cell.Exemplar, new Exemplar(span.TraceId, new SpanId(span.SpanId), span.StartUnixNano, span.DurationNanos));
        }
    }

    private void AddCall(in Call call, TraceId trace, int sign)
    {
        if (!Scope.WithEdges || !Scope.Contains(call.StartUnixNano))
        {
            return;
        }

        var minute = Scope.Into(MinuteOf(call.StartUnixNano));
        var bits = (int)call.Pairing | ((int)call.Connection << 4) | ((int)call.Tls << 8) | (call.IsError ? 1 << 12 : 0);
        var shortcut = new EdgeShortcut(call.Client, call.Server, call.Operation, call.Protocol, call.Code, call.Flags, minute, bits);
        if (!_edgeCells.TryGetValue(shortcut, out var cell))
        {
            if (_edgeCells.Count >= MaxShortcuts)
            {
                _edgeCells.Clear();
            }

            cell = Minute(minute).Edge(
                new EdgeSeriesKey
                {
                    Client = call.Client, Server = call.Server, Pairing = call.Pairing, Connection = call.Connection, Protocol = call.Protocol, Code = call.Code,
                    Flags = call.Flags, Tls = call.Tls, Operation = call.Operation, IsError = call.IsError,
                },
                _limits);
            _edgeCells.Add(shortcut, cell);
        }

        var weight = sign * call.Weight;
        cell.Calls += sign;
        cell.Weight += weight;
        cell.RequestBytes += Weighted(call.RequestBytes, weight);
        cell.ResponseBytes += Weighted(call.ResponseBytes, weight);
        if (call.ClientNanos >= 0)
        {
            cell.Client.Add(call.ClientNanos, weight);
        }

        if (call.ServerNanos >= 0)
        {
            cell.Server.Add(call.ServerNanos, weight);
        }

        if (sign > 0)
        {
            var nanos = Math.Max(call.ClientNanos, call.ServerNanos);
            cell.Exemplar = Exemplar.Slower(cell.Exemplar, new Exemplar(trace, new SpanId(call.SpanId), call.StartUnixNano, Math.Max(0, nanos)));
        }
    }

    private static long Weighted(long bytes, long weight) => bytes == 0 ? 0 : (long)((Int128)bytes * weight / SamplingWeight.One);

    /// <summary>A series' key by reference: equal references are equal keys, and what is equal but not the same finds its cell the long way.</summary>
    private readonly struct SpanShortcut(ServiceNode node, Utf8Pool names, int name, long minute, int bits) : IEquatable<SpanShortcut>
    {
        private readonly ServiceNode _node = node;
        private readonly Utf8Pool _names = names;
        private readonly int _name = name;
        private readonly long _minute = minute;
        private readonly int _bits = bits;

        public bool Equals(SpanShortcut other) =>
            ReferenceEquals(_node, other._node) && _name == other._name && _minute == other._minute && _bits == other._bits && ReferenceEquals(_names, other._names);

        public override bool Equals(object? obj) => obj is SpanShortcut other && Equals(other);

        // A node knows its hash.
        public override int GetHashCode() => (((((_node.GetHashCode() * 31) + _name) * 31) + (int)_minute) * 31) + _bits;
    }

    private readonly struct EdgeShortcut(
        ServiceNode client, ServiceNode server, string operation, string protocol, string code, string flags, long minute, int bits) : IEquatable<EdgeShortcut>
    {
        private readonly ServiceNode _client = client;
        private readonly ServiceNode _server = server;
        private readonly string _operation = operation;
        private readonly string _protocol = protocol;
        private readonly string _code = code;
        private readonly string _flags = flags;
        private readonly long _minute = minute;
        private readonly int _bits = bits;

        public bool Equals(EdgeShortcut other) =>
            ReferenceEquals(_client, other._client) && ReferenceEquals(_server, other._server) && ReferenceEquals(_operation, other._operation)
            && ReferenceEquals(_protocol, other._protocol) && ReferenceEquals(_code, other._code) && ReferenceEquals(_flags, other._flags)
            && _minute == other._minute && _bits == other._bits;

        public override bool Equals(object? obj) => obj is EdgeShortcut other && Equals(other);

        public override int GetHashCode() => HashCode.Combine(
            _client.GetHashCode(), _server.GetHashCode(), RuntimeHelpers.GetHashCode(_operation), RuntimeHelpers.GetHashCode(_code), _minute, _bits);
    }
}
