using Clew.Model;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Structure;

/// <summary>The structure that the traces of a search have in common. Thread-safe.</summary>
public sealed class StructureQueries
{
    /// <summary>Nodes of one answer; a tree with more says nothing any more.</summary>
    public const int MaxNodes = 5_000;

    private readonly QueryEngine _engine;

    public StructureQueries(QueryEngine engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        _engine = engine;
    }

    /// <summary>Merges the newest traces that match, at most <paramref name="limit"/>.</summary>
    public async Task<MergedTree> MergeAsync(TenantId tenant, Pipeline pipeline, TimeRange window, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        var merger = new TreeMerger(MaxNodes);
        var isFull = false;
        var stats = await _engine.RunAsync(tenant, window, (sources, budget, token) => new TraceScan(sources, pipeline, window, budget).RunAsync(
            (trace, spans) =>
            {
                if (merger.Traces == limit)
                {
                    isFull = true;
                    return false;
                }

                merger.Add(trace, spans);
                return true;
            },
            token), cancellationToken).ConfigureAwait(false);
        var cut = merger.LeftOut > 0 ? $"{merger.LeftOut} spans were left out: the tree has {MaxNodes} nodes already"
            : isFull ? $"only the newest {limit} traces are merged"
            : null;
        return new MergedTree(merger.Build(), merger.Traces, cut, stats);
    }
}
