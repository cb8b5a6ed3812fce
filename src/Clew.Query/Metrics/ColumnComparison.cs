using Clew.Query.Scan;
using Clew.Query.Traces;
using Clew.Storage.Columns;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Metrics;

/// <summary><c>compare()</c> over a plain filter, counted on columns; what they cannot tell is left over in the scan, as by <see cref="ColumnMetrics"/>.</summary>
internal sealed class ColumnComparison(IReadOnlyList<ISpanSource> sources, SplitTraces split, FieldExpression condition, MetricsCompare function, TimeGrid grid)
{
    public Task RunAsync(ColumnScan scan, ComparisonTable table, int workers, CancellationToken cancellationToken)
    {
        var filter = Condition.Of(condition);
        var tables = new ComparisonTable[workers];
        var counters = new List<SourceComparison>[workers];
        for (var i = 0; i < workers; i++)
        {
            tables[i] = new ComparisonTable(grid.Count);
            counters[i] = [];
        }

        return scan.RunAsync(
            workers,
            (worker, source, buffers) =>
            {
                var counter = new SourceComparison(sources[source], split.In(source), filter, function, grid, tables[worker], buffers);
                counters[worker].Add(counter);
                return counter;
            },
            worker =>
            {
                counters[worker].ForEach(static counter => counter.Finish());
                counters[worker].Clear();
                table.Merge(tables[worker]);
                tables[worker] = new ComparisonTable(grid.Count);
            },
            cancellationToken);
    }
}
