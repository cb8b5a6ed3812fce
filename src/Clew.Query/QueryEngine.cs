using Clew.Model;
using Clew.Query.ById;
using Clew.Query.Metrics;
using Clew.Query.Search;
using Clew.Query.Tags;
using Clew.Query.Traces;
using Clew.Storage;
using Clew.Storage.Backends.Remote;
using Clew.Storage.Columns;
using Clew.TraceQL.Syntax;

namespace Clew.Query;

/// <summary>
/// Answers questions about a tenant's traces. Every question runs over one snapshot of the store, within <see cref="QueryLimits"/>, and
/// stops reading when it is cancelled. Thread-safe.
/// </summary>
public sealed class QueryEngine : IDisposable
{
    private readonly ITraceStore _store;
    private readonly QueryGate _gate;
    private readonly TimeProvider _clock;

    public QueryEngine(ITraceStore store, QueryLimits limits, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(clock);
        _store = store;
        _clock = clock;
        Limits = limits;
        _gate = new QueryGate(limits, clock);
        Tags = new TagQueries(this);
    }

    public QueryLimits Limits { get; }

    /// <summary>Names and values of attributes.</summary>
    public TagQueries Tags { get; }

    /// <summary>
    /// All spans of a trace, each once. <paramref name="window"/> narrows which sources are opened, not which of their spans come.
    /// </summary>
    public async Task<TraceByIdResult> FindTraceAsync(
        TenantId tenant, TraceId id, TraceForm form, TimeRange window, CancellationToken cancellationToken)
    {
        using var turn = await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        using var snapshot = Snapshot(tenant);
        using var requests = RequestScope.Begin();
        var budget = NewBudget(snapshot.Sources, window, requests);
        using var trace = new StoredTrace(budget);
        var unreadable = new UnreadableSources(snapshot);
        try
        {
            foreach (var source in snapshot.Sources)
            {
                try
                {
                    if (source.Range.Overlaps(window.StartUnixNano, window.EndUnixNano) && source.Traces.TryFind(id, out var row))
                    {
                        await source.ReadTracesAsync([row], trace, turn.Token).ConfigureAwait(false);
                    }

                    budget.Stats.SearchedSources++;
                }
                catch (Exception fault) when (UnreadableSources.IsUnreadable(fault))
                {
                    // A trace spans few sources: each that fails is left out alone.
                    unreadable.Leave(fault);
                }
            }
        }
        catch (QueryLimitException limit)
        {
            throw new QueryException(QueryFault.TooLarge, limit.Message);
        }
        catch (OperationCanceledException) when (turn.TimedOut)
        {
            throw new QueryException(QueryFault.TimedOut, turn.TimeoutMessage);
        }

        budget.Stats.StoreRequests = requests.Requests;
        budget.Stats.Incomplete = unreadable.Sentence;
        if (trace.Entries.Count == 0 && unreadable.Sentence is { } sentence)
        {
            throw new QueryException(QueryFault.Unavailable, $"trace {id} may be in a part of the store that cannot be read now; try again later. {sentence}");
        }

        if (trace.Entries.Count == 0)
        {
            return new TraceByIdResult(null, 0, budget.Stats);
        }

        budget.Stats.InspectedTraces = 1;
        return new TraceByIdResult(TraceWriter.Write(trace, form), trace.Entries.Count, budget.Stats);
    }

    /// <summary>Finds traces. When a limit ends the search, the answer holds what was found and says so.</summary>
    public async Task<SearchResult> SearchAsync(TenantId tenant, SearchRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Pipeline is not { } pipeline)
        {
            throw new QueryException(QueryFault.BadRequest, "the query asks for metrics; send it to /api/metrics/query_range");
        }

        CheckLimits(request);
        SearchRun? run = null;
        var stats = await RunSnapshotAsync(
            tenant,
            request.Window,
            (sources, snapshot, budget, token) =>
            {
                run = new SearchRun(sources, SplitTraces.Of(sources, snapshot.SplitTraces), request, pipeline, budget);
                return run.RunAsync(token);
            },
            cancellationToken).ConfigureAwait(false);
        return new SearchResult(run?.Results ?? [], stats);
    }

    /// <summary>Computes time series. When a limit ends the query, the answer holds what was counted so far and says so.</summary>
    public async Task<MetricsResult> MetricsAsync(TenantId tenant, MetricsRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Query.Body is not MetricsQuery metrics)
        {
            throw new QueryException(QueryFault.BadRequest, "the query has no metrics function; add one such as | rate(), or send it to /api/search");
        }

        if (request.Grid.Count > Limits.MaxIntervals)
        {
            throw new QueryException(QueryFault.BadRequest, $"the query has {request.Grid.Count} intervals; use a larger step or a shorter range ({Limits.MaxIntervals} at most)");
        }

        using var turn = await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        using var snapshot = Snapshot(tenant);
        using var requests = RequestScope.Begin();
        var unreadable = new UnreadableSources(snapshot);
        var window = new TimeRange(request.Grid.StartUnixNano, request.Grid.EndUnixNano);
        while (true)
        {
            var budget = NewBudget(snapshot.Sources, window, requests);
            request.OnStart?.Invoke(budget.Stats);
            var run = new MetricsRun(unreadable.Readable, SplitTraces.Of(unreadable.Readable, snapshot.SplitTraces), request, budget, turn);
            if (await run.RunAsync(metrics.Expression, turn.Token).OrNullAsync(unreadable).ConfigureAwait(false) is { } series)
            {
                budget.Stats.StoreRequests = requests.Requests;
                budget.Stats.Incomplete ??= unreadable.Sentence;
                series = SeriesCut.Apply(series, request, budget);
                return new MetricsResult(request.Grid, await SeriesCut.WithLabelsAsync(series, cancellationToken).ConfigureAwait(false), budget.Stats);
            }
        }
    }

    public void Dispose() => _gate.Dispose();

    /// <summary>
    /// Runs a query over a snapshot, in its turn and within the limits. When a limit ends it, the statistics say so, and what the query
    /// has put down so far stands.
    /// </summary>
    internal Task<QueryStats> RunAsync(
        TenantId tenant, TimeRange window, Func<IReadOnlyList<ISpanSource>, QueryBudget, CancellationToken, Task> query, CancellationToken cancellationToken) =>
        RunSnapshotAsync(tenant, window, (sources, _, budget, token) => query(sources, budget, token), cancellationToken);

    /// <summary>As <see cref="RunAsync"/>, for queries that ask the snapshot for more than its sources.</summary>
    private async Task<QueryStats> RunSnapshotAsync(
        TenantId tenant, TimeRange window, Func<IReadOnlyList<ISpanSource>, IStoreSnapshot, QueryBudget, CancellationToken, Task> query, CancellationToken cancellationToken)
    {
        using var turn = await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        using var snapshot = Snapshot(tenant);
        using var requests = RequestScope.Begin();
        var unreadable = new UnreadableSources(snapshot);
        while (true)
        {
            var budget = NewBudget(snapshot.Sources, window, requests);
            try
            {
                await QueryWorkers.RunAsync(1, _ => query(unreadable.Readable, snapshot, budget, turn.Token)).ConfigureAwait(false);
            }
            catch (QueryLimitException limit)
            {
                budget.Stats.Incomplete = limit.Message;
            }
            catch (OperationCanceledException) when (turn.TimedOut)
            {
                budget.Stats.Incomplete = turn.TimeoutMessage;
            }
            catch (Exception fault) when (UnreadableSources.IsUnreadable(fault) && unreadable.Leave(fault))
            {
                continue;
            }

            budget.Stats.StoreRequests = requests.Requests;
            budget.Stats.Incomplete ??= unreadable.Sentence;
            return budget.Stats;
        }
    }

    private void CheckLimits(SearchRequest request)
    {
        if (request.Limit <= 0)
        {
            throw new QueryException(QueryFault.BadRequest, "invalid limit: must be a positive number");
        }

        if (request.Limit > Limits.MaxResults)
        {
            throw new QueryException(QueryFault.BadRequest, $"limit {request.Limit} exceeds max limit {Limits.MaxResults}");
        }

        if (request.SpansPerSpanset > Limits.MaxSpansPerSpanset)
        {
            throw new QueryException(
                QueryFault.BadRequest, $"spans per span set exceeds {Limits.MaxSpansPerSpanset}. received {request.SpansPerSpanset}");
        }
    }

    private QueryBudget NewBudget(IReadOnlyList<ISpanSource> sources, TimeRange window, RequestScope requests)
    {
        var budget = new QueryBudget(Limits, requests);
        budget.Stats.TotalSources = sources.Count;
        foreach (var source in sources)
        {
            budget.Stats.TotalBytes += source.SizeBytes;
            budget.Stats.RelevantSources += source.Range.Overlaps(window.StartUnixNano, window.EndUnixNano) ? 1 : 0;
        }

        return budget;
    }

    private IStoreSnapshot Snapshot(TenantId tenant)
    {
        try
        {
            return _store.Snapshot(tenant);
        }
        catch (IOException fault)
        {
            throw new QueryException(QueryFault.Unavailable, fault.Message);
        }
    }
}
