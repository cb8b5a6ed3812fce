using Clew.Model;
using Clew.Query.Traces;

namespace Clew.Query.Diff;

/// <summary>Compares two traces. Thread-safe.</summary>
public sealed class DiffQueries
{
    /// <summary>Nodes of one answer.</summary>
    public const int MaxNodes = 50_000;

    private readonly QueryEngine _engine;

    public DiffQueries(QueryEngine engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        _engine = engine;
    }

    /// <summary>Null when one of the traces is not there; <paramref name="missing"/> is told which.</summary>
    public async Task<TraceDiff?> CompareAsync(TenantId tenant, TraceId baseId, TraceId compareId, Action<TraceId> missing, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(missing);
        TraceData?[] traces = [];
        var stats = await _engine.RunAsync(
            tenant,
            TimeRange.All,
            async (sources, budget, token) => traces = await new TraceLoader(sources, budget).LoadAsync([baseId, compareId], token).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
        if (stats.Incomplete is { } reason)
        {
            throw new QueryException(QueryFault.TooLarge, reason);
        }

        if (traces is [{ } first, { } second])
        {
            return TraceDiffer.Compare(first, second, MaxNodes);
        }

        missing(traces[0] is null ? baseId : compareId);
        return null;
    }
}
