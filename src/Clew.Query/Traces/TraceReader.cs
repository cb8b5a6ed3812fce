using Clew.Query.Scan;
using Clew.Query.Search;
using Clew.Storage.Columns;

namespace Clew.Query.Traces;

/// <summary>
/// Reads candidates as whole traces, each in the cheapest way: from the columns of its block where it is whole there and the query looks at
/// columns alone (<paramref name="needs"/>; null when it looks at everything), else from every source that has a part of it. One query, one thread.
/// </summary>
internal sealed class TraceReader(IReadOnlyList<ISpanSource> sources, SplitTraces split, TraceNeeds? needs, QueryBudget budget) : IDisposable
{
    private readonly TraceLoader _loader = new(sources, budget);
    private readonly Dictionary<int, ColumnTraces?> _columns = [];
    private ScanBuffers? _buffers;

    /// <summary>A trace per candidate, in the order given.</summary>
    public async ValueTask<TraceData?[]> LoadAsync(ReadOnlyMemory<Candidate> candidates, CancellationToken cancellationToken)
    {
        budget.TracesRead(candidates.Length);
        var traces = new TraceData?[candidates.Length];
        var rest = new List<int>();
        foreach (var group in Enumerable.Range(0, candidates.Length).GroupBy(i => candidates.Span[i].Source))
        {
            var inColumns = new List<int>();
            foreach (var i in group)
            {
                (candidates.Span[i].IsSplit || ColumnsOf(group.Key) is null ? rest : inColumns).Add(i);
            }

            if (inColumns.Count > 0)
            {
                inColumns.Sort((a, b) => candidates.Span[a].Row.CompareTo(candidates.Span[b].Row));
                await ColumnsOf(group.Key)!.LoadAsync(inColumns.ConvertAll(i => candidates.Span[i].Row), traces, inColumns, cancellationToken).ConfigureAwait(false);
                rest.AddRange(inColumns.FindAll(i => traces[i] is null));
            }
        }

        if (rest.Count > 0)
        {
            var loaded = await _loader.LoadAsync(rest.ConvertAll(i => candidates.Span[i].Id), cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < rest.Count; i++)
            {
                traces[rest[i]] = loaded[i];
            }
        }

        return traces;
    }

    public void Dispose()
    {
        _columns.Clear();
        if (_buffers is { } buffers)
        {
            _buffers = null;
            ScanBuffers.Return(buffers);
        }
    }

    private ColumnTraces? ColumnsOf(int source)
    {
        if (!_columns.TryGetValue(source, out var columns))
        {
            columns = needs is null ? null : ColumnTraces.TryCreate(sources[source], needs, budget, split.In(source), _buffers ??= ScanBuffers.Rent());
            _columns.Add(source, columns);
        }

        return columns;
    }
}
