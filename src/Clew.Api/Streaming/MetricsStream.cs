using System.Runtime.CompilerServices;
using Clew.Model;
using Clew.Query;
using Clew.Query.Metrics;

namespace Clew.Api.Streaming;

/// <summary>Progress of a metrics query, and at the end its answer.</summary>
/// <param name="Result">Null until the last part.</param>
/// <param name="Stats">What was searched so far.</param>
internal readonly record struct MetricsUpdate(MetricsResult? Result, QueryStats Stats);

/// <summary>Runs a metrics query and tells how far it is while nothing else is to tell: a number of an interval is right only when all of its spans are in.</summary>
internal static class MetricsStream
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    public static async IAsyncEnumerable<MetricsUpdate> RunAsync(
        QueryEngine engine, TimeProvider clock, TenantId tenant, MetricsRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        QueryStats? stats = null;
        var query = engine.MetricsAsync(tenant, request with { OnStart = started => Volatile.Write(ref stats, started) }, stop.Token);
        try
        {
            using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            while (await Task.WhenAny(query, Task.Delay(Interval, clock, pause.Token)).ConfigureAwait(false) != query && !cancellationToken.IsCancellationRequested)
            {
                yield return new MetricsUpdate(null, Volatile.Read(ref stats) ?? new QueryStats());
            }

            await pause.CancelAsync().ConfigureAwait(false);
            var result = await query.ConfigureAwait(false);
            yield return new MetricsUpdate(result, result.Stats);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)query).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
