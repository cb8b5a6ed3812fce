using Clew.Query.Scan;
using Clew.Query.Traces;
using Clew.Storage.Columns;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Metrics;

/// <summary>
/// A metrics function over a plain filter, computed on columns: rows that meet the condition are grouped and counted where they lie. Only
/// what one source's columns cannot tell is left over in the scan: traces that are not whole in it, and rows with values that have no
/// column. Those are evaluated as whole traces afterwards.
/// </summary>
internal sealed class ColumnMetrics(
    IReadOnlyList<ISpanSource> sources, SplitTraces split, FieldExpression condition, MetricsAggregate function, IReadOnlyList<(FieldReference Field, string Name)> exemplarFields, MetricsRequest request, QueryBudget budget)
{
    /// <summary>Scans every source in the window and adds up what it finds.</summary>
    public Task RunAsync(ColumnScan scan, SeriesBuilder builder, int workers, CancellationToken cancellationToken)
    {
        var filter = Condition.Of(condition);
        var groups = new GroupTable[workers];
        for (var i = 0; i < workers; i++)
        {
            groups[i] = NewTable();
        }

        return scan.RunAsync(
            workers,
            (worker, source, buffers) => new SourceMetrics(sources[source], split.In(source), filter, function, request, groups[worker], exemplarFields, buffers),
            worker =>
            {
                groups[worker].AddTo(builder);
                groups[worker] = NewTable();
            },
            cancellationToken);
    }

    private GroupTable NewTable() => new(function, request.Grid.Count, request.Exemplars > 0, budget.Limits.MaxSeries);
}
