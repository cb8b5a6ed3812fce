using Clew.Model;
using Clew.Query.Values;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Tags;

/// <summary>
/// Names and values for editors. Without a filter they come from the columns' catalogue and dictionaries, which costs next to nothing;
/// with one, from the columns of the rows that meet it.
/// </summary>
public sealed class TagQueries
{
    private static readonly string[] Statuses = ["error", "ok", "unset"];

    private static readonly string[] Kinds = ["client", "consumer", "internal", "producer", "server", "unspecified"];

    private readonly QueryEngine _engine;

    internal TagQueries(QueryEngine engine) => _engine = engine;

    /// <summary>Names of attributes by scope.</summary>
    public async Task<TagNames> NamesAsync(TenantId tenant, TagRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var names = new Dictionary<AttributeScope, HashSet<string>>();
        var stats = await _engine.RunAsync(
            tenant, request.Window, (sources, budget, token) => new TagsRun(sources, request.Window, request.Filter, budget).NamesAsync(names, token), cancellationToken)
            .ConfigureAwait(false);
        var sorted = new Dictionary<string, IReadOnlyCollection<string>>();
        foreach (var (scope, ofScope) in names.Where(static entry => entry.Value.Count > 0))
        {
            var list = ofScope.Order(StringComparer.Ordinal);
            sorted.Add(scope.ToString().ToLowerInvariant(), [.. request.Limit > 0 ? list.Take(request.Limit) : list]);
        }

        return new TagNames(sorted, stats);
    }

    /// <summary>Distinct values of a field. Fields that have one for nearly every span (ids, durations) have none here.</summary>
    public async Task<TagValues> ValuesAsync(TenantId tenant, FieldReference field, TagRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        switch (field)
        {
            case IntrinsicRef { Intrinsic: Intrinsic.Status }:
                return new TagValues([.. Statuses.Select(static word => new TagValue("keyword", word))], new QueryStats());
            case IntrinsicRef { Intrinsic: Intrinsic.Kind }:
                return new TagValues([.. Kinds.Select(static word => new TagValue("keyword", word))], new QueryStats());
        }

        var values = new ValueCounter(_engine.Limits.MaxTagValueBytes);
        var stats = await _engine.RunAsync(
            tenant, request.Window, (sources, budget, token) => new TagsRun(sources, request.Window, request.Filter, budget).ValuesAsync(field, values, request.WithCounts, request.Limit, token), cancellationToken)
            .ConfigureAwait(false);
        return new TagValues(values.Sorted(request.Limit), stats);
    }
}
