using Clew.Mesh.Graph;
using Clew.Model;
using Clew.Semantics;
using Clew.Semantics.Pairing;
using Clew.Storage.Rollups;

namespace Clew.Mesh.Spans;

/// <summary>
/// Hops from the store's roll-ups: every call that was stored counts, however many there are. An answer is kept for a moment, because the
/// parts of one page ask for the same range.
/// </summary>
public sealed class RollupEvidence(IRollupSource rollups, TimeProvider clock) : ISpanEvidence
{
    private const int MaxKept = 64;

    /// <summary>gRPC's status "unknown".</summary>
    private const string UnknownStatus = "2";

    /// <summary>Up to this a range is counted to the nanosecond; in longer ones, a part of a minute at the end is less than two percent.</summary>
    private static readonly TimeSpan s_exactUpTo = TimeSpan.FromHours(1);

    private static readonly TimeSpan s_keep = TimeSpan.FromSeconds(5);

    /// <summary>How long after its end a range still gets spans often enough to be asked anew.</summary>
    private static readonly TimeSpan s_settled = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Dictionary<(TenantId Tenant, HopQuery Query), (DateTimeOffset Made, Task<Told> Told)> _kept = [];

    public async Task<SpanHops> HopsAsync(TenantId tenant, HopQuery query, CancellationToken cancellationToken) =>
        (await ToldAsync(tenant, query, cancellationToken).ConfigureAwait(false)).Hops;

    public async Task<SpanHops> TraceAsync(TenantId tenant, TraceId trace, HopQuery query, CancellationToken cancellationToken)
    {
        var told = await ToldAsync(tenant, query, cancellationToken).ConfigureAwait(false);
        var hops = new List<SpanHop>();
        foreach (var call in await rollups.CallsAsync(tenant, trace, cancellationToken).ConfigureAwait(false))
        {
            if (call.Pairing == CallPairing.Gateway)
            {
                continue;
            }

            var hop = NewHop(told.Directory, KeyOf(call));
            hop.Count = 1;
            hop.Weight = SamplingWeight.ToDouble(call.Weight);
            hop.Exemplars.Add(new EdgeExemplar(trace.ToString(), Math.Max(call.ServerNanos, call.ClientNanos) / 1e6, call.IsError, call.StartUnixNano));
            hops.Add(hop);
        }

        return new SpanHops(hops) { Seconds = told.Hops.Seconds };
    }

    private async Task<Told> ToldAsync(TenantId tenant, HopQuery query, CancellationToken cancellationToken)
    {
        // Whole seconds, so that questions of the same moment share an answer; the end is rounded up, so that what has just come is in it.
        const long second = UnixNano.PerSecond;
        var width = query.Range.EndUnixNano + 1 - query.Range.StartUnixNano;
        var end = (query.Range.EndUnixNano + second) / second * second;
        var range = new TimeRange(end - width, end - 1);
        var key = (tenant, query with { Range = range });
        Task<Told> told;
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            foreach (var (old, _) in _kept.Where(entry => IsStale(entry.Key.Query.Range, entry.Value.Made, entry.Value.Told, now)).ToList())
            {
                _kept.Remove(old);
            }

            if (_kept.TryGetValue(key, out var known))
            {
                told = known.Told;
            }
            else
            {
                // Of its own: who asked first may go away while others wait.
                told = Task.Run(() => ReadAsync(tenant, key.Item2), CancellationToken.None);
                if (_kept.Count < MaxKept)
                {
                    _kept.Add(key, (now, told));
                }
            }
        }

        return await told.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>An answer up to now is shared by those who ask while it is made, and no longer: what comes a moment later is to be seen at once.</summary>
    private static bool IsStale(TimeRange range, DateTimeOffset made, Task<Told> told, DateTimeOffset now) =>
        now - made > s_keep || told.IsFaulted || told.IsCanceled || (told.IsCompleted && range.EndUnixNano >= UnixNano.From(now - s_settled));

    private async Task<Told> ReadAsync(TenantId tenant, HopQuery query)
    {
        var span = TimeSpan.FromTicks((query.Range.EndUnixNano - query.Range.StartUnixNano) / 100);
        var result = await rollups.QueryAsync(
            tenant,
            new RollupQuery
            {
                Range = query.Range, WithSpans = false, WithExactEnds = span <= s_exactUpTo, EdgeFilter = static key => key.Pairing != CallPairing.Gateway,
                EdgeGrouping = query.WithOperations ? null : static key => key with { Operation = "" },
            },
            CancellationToken.None).ConfigureAwait(false);
        var directory = new NodeDirectory(result.Edges.SelectMany(static series =>
            series.Key.Pairing == CallPairing.ClientOnly ? [series.Key.Client] : new[] { series.Key.Client, series.Key.Server }));
        var hops = result.Edges.Select(series => Hop(directory, series.Key, series.Points[0].Cell)).ToList();
        return new Told(new SpanHops(hops) { Problem = result.Incomplete, Seconds = SecondsOf(result) }, directory);
    }

    /// <summary>A range that was rounded to whole minutes ends now at the latest: nothing begins later. The second that is going on counts whole.</summary>
    private double SecondsOf(RollupResult result)
    {
        var now = UnixNano.Now(clock) + UnixNano.PerSecond;
        var end = result.EndUnixNano > now ? Math.Max(now, result.StartUnixNano) : result.EndUnixNano;
        return Math.Max(1, (end - result.StartUnixNano) / (double)UnixNano.PerSecond);
    }

    private static SpanHop Hop(NodeDirectory directory, EdgeSeriesKey key, EdgeCell cell)
    {
        var hop = NewHop(directory, key);
        hop.Count = cell.Calls;
        hop.Weight = cell.Count;
        hop.Latency = Histogram(cell.Server.Weight > 0 ? cell.Server : cell.Client);
        hop.ClientLatency = cell.Client.Weight > 0 ? Histogram(cell.Client) : null;
        (hop.RequestBytes, hop.ResponseBytes) = (cell.RequestBytes, cell.ResponseBytes);
        if (key.Tls != Semantics.MutualTls.Unknown)
        {
            (hop.SecurityKnown, hop.MutualTls) = (hop.Weight, key.Tls == Semantics.MutualTls.Yes ? hop.Weight : 0);
        }

        if (cell.Exemplar.IsSet)
        {
            hop.Exemplars.Add(new EdgeExemplar(cell.Exemplar.TraceId.ToString(), cell.Exemplar.DurationNanos / 1e6, key.IsError, cell.Exemplar.StartUnixNano));
        }

        return hop;
    }

    private static SpanHop NewHop(NodeDirectory directory, EdgeSeriesKey key)
    {
        var server = key.Pairing == CallPairing.ClientOnly ? key.Server : directory.Complete(key.Server);
        var (source, target, role) = PartyNames.Of(directory.Complete(key.Client), server, key.Pairing);
        var (protocol, code) = Outcome(key);
        return new SpanHop
        {
            Source = source, Target = target, Protocol = protocol, Code = code, Flags = key.Flags.Length > 0 ? key.Flags : "-",
            Host = role.Length > 0 ? key.Server.App : "", Operation = key.Operation, TargetRole = role,
        };
    }

    /// <summary>
    /// The code of the answer. A call whose spans say that it failed, although its code does not, is counted as <see cref="ClassRates.ErrorCode"/>;
    /// one without a code as that or as <see cref="ClassRates.OkCode"/>.
    /// </summary>
    internal static (MeshProtocol Protocol, string Code) Outcome(EdgeSeriesKey key)
    {
        var protocol = key.Protocol == "grpc" ? MeshProtocol.Grpc : MeshProtocol.Http;
        var rates = default(ClassRates);
        rates.Add(protocol, key.Code, 1);
        if (key.IsError && rates.Errors == 0)
        {
            return (protocol, protocol == MeshProtocol.Grpc ? UnknownStatus : ClassRates.ErrorCode);
        }

        return (protocol, key.Code.Length > 0 ? key.Code : protocol == MeshProtocol.Grpc ? "0" : ClassRates.OkCode);
    }

    private static Graph.LatencyHistogram Histogram(Storage.Rollups.LatencyHistogram of)
    {
        var histogram = new Graph.LatencyHistogram();
        foreach (var (bucket, weight) in of.Buckets)
        {
            var upper = LatencyBuckets.UpperNanos(bucket);
            histogram.AddBucket(LatencyBuckets.LowerNanos(bucket) / 1e6, upper == long.MaxValue ? double.PositiveInfinity : upper / 1e6, SamplingWeight.ToDouble(weight));
        }

        histogram.AddSum(of.SumNanos / 1e6, SamplingWeight.ToDouble(of.Weight));
        return histogram;
    }

    private static EdgeSeriesKey KeyOf(in Call call) => new()
    {
        Client = call.Client, Server = call.Server, Pairing = call.Pairing, Connection = call.Connection, Protocol = call.Protocol, Code = call.Code, Flags = call.Flags,
        Tls = call.Tls, Operation = call.Operation, IsError = call.IsError,
    };

    private sealed record Told(SpanHops Hops, NodeDirectory Directory);
}
