using Clew.Model;

namespace Clew.Query.Data;

/// <summary>What can be said of a tenant's data without reading spans. Thread-safe.</summary>
public sealed class DataQueries
{
    private readonly QueryEngine _engine;

    public DataQueries(QueryEngine engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        _engine = engine;
    }

    /// <summary>From the earliest start to the latest end of what is stored; null when nothing is.</summary>
    public async Task<TimeRange?> RangeAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        TimeRange? range = null;
        await _engine.RunAsync(tenant, TimeRange.All, (sources, _, _) =>
        {
            foreach (var source in sources)
            {
                if (source.SpanCount > 0)
                {
                    range = range is { } known
                        ? new TimeRange(Math.Min(known.StartUnixNano, source.Range.StartUnixNano), Math.Max(known.EndUnixNano, source.Range.EndUnixNano))
                        : source.Range;
                }
            }

            return Task.CompletedTask;
        }, cancellationToken).ConfigureAwait(false);
        return range;
    }

    /// <summary>The window, its open ends closed where the data ends: what a rate is counted over. A second at least.</summary>
    public async Task<TimeRange> BoundedAsync(TenantId tenant, TimeRange window, CancellationToken cancellationToken)
    {
        if (window is { StartUnixNano: > long.MinValue, EndUnixNano: < long.MaxValue })
        {
            return window;
        }

        var data = await RangeAsync(tenant, cancellationToken).ConfigureAwait(false) ?? new TimeRange(0, UnixNano.PerSecond);
        var start = Math.Max(window.StartUnixNano, data.StartUnixNano);
        return new TimeRange(start, Math.Max(start + 1, Math.Min(window.EndUnixNano, data.EndUnixNano)));
    }
}
