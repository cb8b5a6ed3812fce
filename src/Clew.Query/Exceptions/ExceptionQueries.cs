using Clew.Model;
using Clew.Query.Structure;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Exceptions;

/// <summary>Groups the exceptions of a search. Thread-safe.</summary>
public sealed class ExceptionQueries
{
    /// <summary>Groups that are kept while counting; further ones are left out, and the answer says so.</summary>
    public const int MaxGroups = 10_000;

    private readonly QueryEngine _engine;

    public ExceptionQueries(QueryEngine engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        _engine = engine;
    }

    /// <param name="tenant">Whose data.</param>
    /// <param name="pipeline">Which spans; those among them that failed or recorded an exception count.</param>
    /// <param name="window">When the spans ran.</param>
    /// <param name="limit">Groups in the answer.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<ExceptionGroups> GroupAsync(TenantId tenant, Pipeline pipeline, TimeRange window, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        var grouping = new ExceptionGrouping(MaxGroups);
        var stats = await _engine.RunAsync(tenant, window, (sources, budget, token) => new TraceScan(sources, pipeline, window, budget).RunAsync(
            (trace, spans) =>
            {
                spans.ForEach(span => grouping.Add(trace.Id, span));
                return true;
            },
            token), cancellationToken).ConfigureAwait(false);
        var groups = grouping.Build();
        return new ExceptionGroups(
            [.. groups.Take(limit)],
            Math.Max(0, groups.Count - limit),
            groups.Sum(static group => group.Count),
            grouping.LeftOut > 0 ? $"{grouping.LeftOut} exceptions were left out: there are {MaxGroups} groups already" : null,
            stats);
    }
}
