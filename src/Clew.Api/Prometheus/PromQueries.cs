using Clew.Model;
using Clew.Storage.Rollups;

namespace Clew.Api.Prometheus;

/// <summary>The moments that a query is evaluated at, in nanoseconds.</summary>
internal readonly record struct PromGrid(long Start, long End, long Step)
{
    public int Count => Step <= 0 ? 1 : (int)Math.Min(int.MaxValue, ((End - Start) / Step) + 1);
}

/// <summary>Answers PromQL from roll-ups: fetches what the selectors need once, then evaluates each moment.</summary>
internal sealed class PromQueries(IRollupSource rollups, TimeProvider clock)
{
    /// <summary>Points of a series at most, as in Prometheus.</summary>
    public const int MaxPoints = 11_000;

    private const long Day = 86_400 * UnixNano.PerSecond;
    private const long Hour = 3600 * UnixNano.PerSecond;

    /// <summary>Roll-ups are read in steps that make no more than this of the whole time.</summary>
    private const int MaxSteps = 3000;

    /// <summary>
    /// A counter is a number since a beginning. Ours begin at midnight (UTC), and live an hour longer than the day, so that a moment
    /// after midnight still sees them; range functions do not care.
    /// </summary>
    public static long BaseOf(long at) => Math.Max(0, (at - Hour) / Day * Day);

    public async ValueTask<List<(long At, PromValue Value)>> EvaluateAsync(TenantId tenant, PromExpression expression, PromGrid grid, CancellationToken cancellationToken)
    {
        if (grid.Count > MaxPoints)
        {
            throw new PromException($"the query makes {grid.Count} points a series; {MaxPoints} at most, use a larger step or a shorter range");
        }

        // The minute at hand ends now, and now is the moment asked for when that is as good as now: what was counted is then all there.
        var now = UnixNano.Now(clock);
        now = Math.Abs(now - grid.End) < UnixNano.PerSecond ? grid.End : now;
        var selectors = new List<PromSelector>();
        Collect(expression, selectors);
        var series = new Dictionary<PromSelector, IReadOnlyList<PromSeries>>(ReferenceEqualityComparer.Instance);
        foreach (var window in selectors.GroupBy(selector => (TraceMetrics.IsOfSpans(selector.Name), From(selector, grid), To(selector, grid))))
        {
            var (ofSpans, from, to) = window.Key;
            var result = await FetchAsync(tenant, from, to, ofSpans, window.All(static selector => selector.Name.Length == 0), cancellationToken).ConfigureAwait(false);
            foreach (var selector in window)
            {
                series.Add(selector, TraceMetrics.Select(result, selector, now));
            }
        }

        var evaluator = new PromEvaluator(selector => series[selector], BaseOf);
        var values = new List<(long, PromValue)>(grid.Count);
        for (var i = 0; i < grid.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var at = grid.Start + (i * grid.Step);
            values.Add((at, evaluator.Evaluate(expression, at)));
        }

        return values;
    }

    /// <summary>The label sets of series that selectors match, within a time.</summary>
    public async ValueTask<HashSet<PromLabels>> SeriesAsync(
        TenantId tenant, IReadOnlyList<PromSelector> selectors, long from, long to, CancellationToken cancellationToken)
    {
        var result = await FetchAsync(tenant, from, to, ofSpans: true, both: true, cancellationToken).ConfigureAwait(false);
        var found = new HashSet<PromLabels>();
        foreach (var selector in selectors)
        {
            foreach (var series in TraceMetrics.Select(result, selector, UnixNano.Now(clock)))
            {
                found.Add(series.Labels);
            }
        }

        return found;
    }

    private static long From(PromSelector selector, PromGrid grid) =>
        selector.RangeNanos > 0 ? Math.Max(0, grid.Start - selector.OffsetNanos - selector.RangeNanos - Hour) : BaseOf(grid.Start - selector.OffsetNanos);

    private static long To(PromSelector selector, PromGrid grid) => grid.End - selector.OffsetNanos;

    private async ValueTask<RollupResult> FetchAsync(TenantId tenant, long from, long to, bool ofSpans, bool both, CancellationToken cancellationToken)
    {
        // A moment that ends a minute does not ask for the next one.
        var range = new TimeRange(from, Math.Max(from, to - 1));
        var minutes = ((range.EndUnixNano - range.StartUnixNano) / (60 * UnixNano.PerSecond)) + 2;
        var result = await rollups.QueryAsync(
            tenant,
            new RollupQuery
            {
                Range = range, Step = TimeSpan.FromMinutes(Math.Ceiling(minutes / (double)MaxSteps)),
                WithSpans = ofSpans || both, WithEdges = !ofSpans || both, SpanGrouping = TraceMetrics.Group, EdgeGrouping = TraceMetrics.Group,
            },
            cancellationToken).ConfigureAwait(false);
        return result.Incomplete is null ? result : throw new PromException(result.Incomplete);
    }

    private static void Collect(PromExpression expression, List<PromSelector> selectors)
    {
        switch (expression)
        {
            case PromSelector selector:
                selectors.Add(selector);
                break;
            case PromNegation negation:
                Collect(negation.Operand, selectors);
                break;
            case PromCall call:
                foreach (var argument in call.Arguments)
                {
                    Collect(argument, selectors);
                }

                break;
            case PromAggregate aggregate:
                if (aggregate.Parameter is not null)
                {
                    Collect(aggregate.Parameter, selectors);
                }

                Collect(aggregate.Operand, selectors);
                break;
            case PromBinary binary:
                Collect(binary.Left, selectors);
                Collect(binary.Right, selectors);
                break;
            default:
                break;
        }
    }
}
