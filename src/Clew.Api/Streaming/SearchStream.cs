using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Clew.Model;
using Clew.Query;
using Clew.Query.Search;

namespace Clew.Api.Streaming;

/// <summary>A part of a search's answer.</summary>
/// <param name="Traces">Traces that were in no part before, newest first. They do not change any more.</param>
/// <param name="Stats">What was searched so far; grows until the last part.</param>
/// <param name="IsLast">The answer is complete with this one.</param>
internal readonly record struct SearchUpdate(IReadOnlyList<TraceResult> Traces, QueryStats Stats, bool IsLast);

/// <summary>
/// Runs a search and hands out its answer while it is found: traces as soon as nothing can push them out any more, and progress from time to
/// time. All parts together are exactly the answer that the search gives at once. One use each.
/// </summary>
internal sealed class SearchStream(QueryEngine engine, TimeProvider clock) : ISearchObserver
{
    private static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(200);

    // Full when the client reads slowly: the search then waits, and its time limit ends it.
    private readonly Channel<SearchUpdate> _updates = Channel.CreateBounded<SearchUpdate>(new BoundedChannelOptions(4) { SingleReader = true, SingleWriter = true });
    private readonly HashSet<TraceId> _sent = [];
    private long _lastUpdate = clock.GetTimestamp();

    public async IAsyncEnumerable<SearchUpdate> RunAsync(
        TenantId tenant, SearchRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var search = SearchAsync(tenant, request with { Observer = this }, stop.Token);
        try
        {
            // A search that failed completes the channel with its exception.
            await foreach (var update in _updates.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return update;
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await search.ConfigureAwait(false);
        }
    }

    async ValueTask ISearchObserver.OnProgressAsync(Func<IReadOnlyList<TraceResult>> settled, QueryStats stats, CancellationToken cancellationToken)
    {
        // The first traces go out at once, whatever comes later in larger parts.
        var isTime = clock.GetElapsedTime(_lastUpdate) >= MinInterval;
        if (!isTime && _sent.Count > 0)
        {
            return;
        }

        var fresh = Fresh(settled());
        if (isTime || fresh.Count > 0)
        {
            _lastUpdate = clock.GetTimestamp();
            await _updates.Writer.WriteAsync(new SearchUpdate(fresh, stats, IsLast: false), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Never throws: how it ended is the end of the channel.</summary>
    private async Task SearchAsync(TenantId tenant, SearchRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var result = await engine.SearchAsync(tenant, request, cancellationToken).ConfigureAwait(false);
            await _updates.Writer.WriteAsync(
                new SearchUpdate([.. result.Traces.Where(trace => _sent.Add(trace.Id))], result.Stats, IsLast: true), cancellationToken).ConfigureAwait(false);
            _updates.Writer.Complete();
        }
        catch (Exception error)
        {
            _updates.Writer.Complete(error);
        }
    }

    private List<TraceResult> Fresh(IReadOnlyList<TraceResult> settled)
    {
        var fresh = new List<TraceResult>();
        foreach (var trace in settled)
        {
            if (_sent.Add(trace.Id))
            {
                fresh.Add(trace);
            }
        }

        fresh.Sort(static (left, right) =>
        {
            var order = right.StartUnixNano.CompareTo(left.StartUnixNano);
            return order != 0 ? order : left.Id.CompareTo(right.Id);
        });
        return fresh;
    }
}
