using Clew.Mesh.Spans;
using Clew.Model;
using Clew.Query;
using Clew.Query.Traces;

namespace Clew.Server.Hosting;

/// <summary>
/// Finds the hops of a range in the store's traces. An answer is kept for a moment, because the parts of one page ask for the same range.
/// </summary>
internal sealed class SpanEvidence(QueryEngine engine, TimeProvider clock) : ISpanEvidence
{
    /// <summary>Traces that one graph reads, the newest: a graph of more says so, and has the rates of those it read.</summary>
    private const int MaxTraces = 20_000;

    private const int MaxKept = 16;

    private static readonly TimeSpan s_keep = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<(TenantId Tenant, long Start, long End), (DateTimeOffset Made, Task<SpanHops> Hops)> _kept = [];

    public async Task<SpanHops> HopsAsync(TenantId tenant, TimeRange range, CancellationToken cancellationToken)
    {
        // Whole seconds, so that questions of the same moment share an answer.
        var key = (tenant, range.StartUnixNano / UnixNano.PerSecond, range.EndUnixNano / UnixNano.PerSecond);
        Task<SpanHops> hops;
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            foreach (var (old, _) in _kept.Where(entry => now - entry.Value.Made > s_keep || entry.Value.Hops.IsFaulted || entry.Value.Hops.IsCanceled).ToList())
            {
                _kept.Remove(old);
            }

            if (_kept.TryGetValue(key, out var known))
            {
                hops = known.Hops;
            }
            else
            {
                // Of its own: who asked first may go away while others wait.
                hops = ReadAsync(tenant, range);
                if (_kept.Count < MaxKept)
                {
                    _kept.Add(key, (now, hops));
                }
            }
        }

        return await hops.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task<SpanHops> TraceAsync(TenantId tenant, TraceId trace, CancellationToken cancellationToken)
    {
        var builder = new HopBuilder(TimeRange.All);
        builder.Add(trace, [.. (await TraceScan.ReadAsync(engine, tenant, trace, cancellationToken).ConfigureAwait(false)).Select(Facts)]);
        return new SpanHops([.. builder.Hops]);
    }

    private async Task<SpanHops> ReadAsync(TenantId tenant, TimeRange range)
    {
        var builder = new HopBuilder(range);
        var stats = await TraceScan.VisitAsync(
            engine, tenant, range, MaxTraces, (id, spans) => builder.Add(id, [.. spans.Select(Facts)]), CancellationToken.None).ConfigureAwait(false);
        return new SpanHops([.. builder.Hops]) { Problem = stats.Incomplete, InspectedSpans = stats.InspectedSpans };
    }

    private static SpanFacts Facts(ScannedSpan span) => new()
    {
        Id = span.Id,
        ParentId = span.ParentId,
        Kind = span.Kind,
        Name = span.Name,
        ServiceName = span.ServiceName,
        IsError = span.IsError,
        StartUnixNano = span.StartUnixNano,
        DurationMs = span.DurationNanos / (double)UnixNano.PerMillisecond,
        Attribute = span.Attribute,
        Resource = span.ResourceAttribute,
    };
}
