using System.Runtime.CompilerServices;
using Clew.Model;
using Clew.Query;
using Clew.Query.Metrics;

namespace Clew.Api.Streaming;

/// <summary>Progress of a metrics query, and at the end its answer.</summary>
/// <param name="Series">What was counted so far: numbers still grow until the last part, which replaces them.</param>
/// <param name="Stats">What was searched so far.</param>
/// <param name="IsLast">The answer is complete with this one.</param>
internal readonly record struct MetricsUpdate(IReadOnlyList<Series> Series, QueryStats Stats, bool IsLast);

/// <summary>Runs a metrics query and tells, twice a second, how far it is and what it has counted since it was asked last.</summary>
internal static class MetricsStream
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    public static async IAsyncEnumerable<MetricsUpdate> RunAsync(
        QueryEngine engine, TimeProvider clock, TenantId tenant, MetricsRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        QueryStats? stats = null;
        IReadOnlyList<Series>? partial = null;
        var observed = request with
        {
            OnStart = started => Volatile.Write(ref stats, started),
            OnPartial = series => Volatile.Write(ref partial, series),
        };
        var query = engine.MetricsAsync(tenant, observed, stop.Token);
        try
        {
            using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            while (await Task.WhenAny(query, Task.Delay(Interval, clock, pause.Token)).ConfigureAwait(false) != query && !cancellationToken.IsCancellationRequested)
            {
                yield return new MetricsUpdate(Interlocked.Exchange(ref partial, null) ?? [], Volatile.Read(ref stats) ?? new QueryStats(), IsLast: false);
            }

            await pause.CancelAsync().ConfigureAwait(false);
            var result = await query.ConfigureAwait(false);
            yield return new MetricsUpdate(result.Series, result.Stats, IsLast: true);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)query).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
