using Clew.Model;
using Clew.Query.Scan;
using Clew.Storage.Columns;

namespace Clew.Query.Search;

/// <summary>The scan of one source for a plan: which of its traces have a chance.</summary>
internal sealed class SourceScan
{
    private readonly ISpanSource _source;
    private readonly SearchPlan _plan;
    private readonly RowGroupScan[] _scans;
    private readonly ulong[] _certain;
    private readonly ulong[] _withOthers;

    public SourceScan(ISpanSource source, SearchPlan plan, TimeRange window, ulong[] split, ScanBuffers? buffers = null)
    {
        _source = source;
        _plan = plan;
        var chunk = new Chunk(source, split, buffers);
        var binder = new ConditionBinder(source);
        _scans = [.. plan.Conditions.Select(condition => new RowGroupScan(source, binder.Bind(condition), window, chunk))];
        _certain = new ulong[Bits.Words(source.Traces.Count)];
        _withOthers = new ulong[_certain.Length];
    }

    /// <summary>Traces found by the last unit: a bit a row of the trace table.</summary>
    public ReadOnlySpan<ulong> Certain => _certain;

    /// <summary>Traces found by the last unit that lack something which another source may have.</summary>
    public ReadOnlySpan<ulong> WithOthers => _withOthers;

    /// <summary>One row group, for a plan of one condition.</summary>
    public ValueTask ScanGroupAsync(int rowGroup, CancellationToken cancellationToken)
    {
        _certain.AsSpan().Clear();
        return OnlyScan.ScanWindowAsync(rowGroup, _certain, cancellationToken);
    }

    /// <summary>False when <see cref="ScanGroupAsync"/> would find nothing, as far as is known without reading rows.</summary>
    public ValueTask<bool> MayFindAsync(int rowGroup, CancellationToken cancellationToken) => OnlyScan.MayMatchAsync(rowGroup, cancellationToken);

    private RowGroupScan OnlyScan => _scans[((TraceFormula.Has)_plan.Needed).Condition];

    /// <summary>The whole source, for a plan of several conditions.</summary>
    public async ValueTask ScanAllAsync(CancellationToken cancellationToken)
    {
        var has = new ulong[_scans.Length][];
        for (var i = 0; i < _scans.Length; i++)
        {
            has[i] = new ulong[_certain.Length];
            var inWindow = _plan.Result.Contains(i) ? _withOthers : null;
            for (var group = 0; group < _source.Spans.RowGroups; group++)
            {
                await _scans[i].ScanAllAsync(group, has[i], inWindow, cancellationToken).ConfigureAwait(false);
            }
        }

        for (var word = 0; word < _certain.Length; word++)
        {
            var inWindow = _withOthers[word];
            _certain[word] = inWindow == 0 ? 0 : inWindow & _plan.Needed.Evaluate(condition => has[condition][word]);
            _withOthers[word] = inWindow & ~_certain[word];
        }
    }
}
