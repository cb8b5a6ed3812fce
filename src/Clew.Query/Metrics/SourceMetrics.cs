using System.Numerics;
using System.Runtime.InteropServices;
using Clew.Model;
using Clew.Query.Scan;
using Clew.Query.Values;
using Clew.Storage.Columns;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Metrics;

/// <summary>The rows of one source, grouped and counted by one worker.</summary>
internal sealed class SourceMetrics : IChunkSink
{
    private readonly ISpanSource _source;
    private readonly ulong[] _split;
    private readonly bool _anySplit;
    private readonly MetricsAggregate _function;
    private readonly TimeGrid _grid;
    private readonly GroupTable _groups;
    private readonly LabelReader[] _labels;
    private readonly NumberReader? _argument;
    private readonly RowVisitor _visitor;
    private readonly bool _withExemplars;
    private readonly IReadOnlyList<(FieldReference Field, string Name)> _exemplarFields;
    private readonly ulong[] _rows = new ulong[Chunk.MaxWords];
    private readonly ulong[] _open = new ulong[Chunk.MaxWords];
    private readonly int[] _numbers = new int[Chunk.MaxRows];
    private readonly int[] _keys = new int[Chunk.MaxRows];
    private readonly HashSet<int> _splitFound = [];
    private readonly Dictionary<int, HashSet<(SpanId, SpanKind)>> _openFound = [];

    // The interval of the latest row: neighbours mostly share it, and a division a row would cost more than all the rest.
    private long _low = long.MaxValue;
    private long _high = long.MinValue;
    private int _interval;

    public SourceMetrics(
        ISpanSource source, ulong[] split, Condition condition, MetricsAggregate function, MetricsRequest request, GroupTable groups,
        IReadOnlyList<(FieldReference Field, string Name)> exemplarFields)
    {
        _source = source;
        _split = split;
        _anySplit = Bits.Any(split);
        _function = function;
        _grid = request.Grid;
        _groups = groups;
        _exemplarFields = exemplarFields;
        _withExemplars = request.Exemplars > 0;
        _labels = [.. function.By.Select(field => new LabelReader(source, field, groups.Values))];
        _argument = function.Argument is { } argument ? new NumberReader(source, argument) : null;
        var window = new TimeRange(_grid.StartUnixNano, _grid.EndUnixNano);
        _visitor = new RowVisitor(source, new ConditionBinder(source).Bind(condition), window, WindowRule.Starts, new Chunk(source, split));
        _visitor.SinkColumns.Add(IntrinsicColumns.Start);
        if (_anySplit)
        {
            _visitor.SinkColumns.Add(IntrinsicColumns.Trace);
        }

        foreach (var label in _labels)
        {
            label.AddColumns(_visitor.SinkColumns);
        }

        _argument?.AddColumns(_visitor.SinkColumns);
    }

    /// <summary>Rows of the trace table: traces that are not whole here and have a row that counts, or may count.</summary>
    public IReadOnlyCollection<int> SplitTraces => _splitFound;

    /// <summary>Spans of whole traces that columns could not decide.</summary>
    public IReadOnlyDictionary<int, HashSet<(SpanId, SpanKind)>> OpenSpans => _openFound;

    public ValueTask ScanAsync(int rowGroup, CancellationToken cancellationToken) => _visitor.VisitAsync(rowGroup, this, cancellationToken);

    public void Begin(int rowGroup)
    {
    }

    public void Add(Chunk chunk, ReadOnlySpan<ulong> yes, ReadOnlySpan<ulong> maybe)
    {
        var rows = _rows.AsSpan(0, yes.Length);
        var open = _open.AsSpan(0, yes.Length);
        yes.CopyTo(rows);
        maybe.CopyTo(open);
        var starts = chunk.Dense(IntrinsicColumns.Start);
        if (_anySplit)
        {
            TakeSplit(chunk, starts, rows);
            TakeSplit(chunk, starts, open);
        }

        if (Bits.Any(rows))
        {
            ReadKeys(chunk, rows, open);
            if (_argument is null)
            {
                Count(chunk, starts, rows);
            }
            else
            {
                _argument.Read(chunk, rows);
                AddNumbers(chunk, starts, rows, open);
            }
        }

        TakeOpen(chunk, starts, open);
    }

    /// <summary>Sets the key of each row; rows whose labels columns cannot tell are moved to the open ones.</summary>
    private void ReadKeys(Chunk chunk, Span<ulong> rows, Span<ulong> open)
    {
        for (var i = 0; i < _labels.Length; i++)
        {
            var numbers = _numbers.AsSpan(0, chunk.Rows);
            _labels[i].Read(chunk, rows, numbers);
            for (var word = 0; word < rows.Length; word++)
            {
                for (var rest = rows[word]; rest != 0; rest &= rest - 1)
                {
                    var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                    if (numbers[row] == ValueTable.Open)
                    {
                        open[word] |= rest & (0 - rest);
                        rows[word] &= ~(rest & (0 - rest));
                        continue;
                    }

                    _keys[row] = _groups.Extend(i == 0 ? -1 : _keys[row], numbers[row]);
                }
            }
        }
    }

    private void Count(Chunk chunk, ReadOnlySpan<long> starts, ReadOnlySpan<ulong> rows)
    {
        if (_labels.Length == 0 && !_withExemplars && AreInOneInterval(starts))
        {
            var all = Bits.Count(rows);
            if (_interval >= 0 && _groups.GroupOf(-1) is var only and >= 0)
            {
                _groups.States[only].Counts[_interval] += all;
            }

            return;
        }

        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                var start = starts[row];
                if (IntervalOf(start) is var interval && interval < 0)
                {
                    continue;
                }

                var group = _groups.GroupOf(_labels.Length == 0 ? -1 : _keys[row]);
                if (group < 0)
                {
                    continue;
                }

                var state = _groups.States[group];
                state.Counts[interval]++;
                if (_withExemplars && SeriesState.ExemplarKey(start) is var key && state.TakesExemplar(interval, key))
                {
                    state.AddExemplar(interval, key, start, double.NaN, OriginOf(chunk, row));
                }
            }
        }
    }

    private void AddNumbers(Chunk chunk, ReadOnlySpan<long> starts, ReadOnlySpan<ulong> rows, Span<ulong> open)
    {
        var kinds = _argument!.Kinds;
        var numbers = _argument.Numbers;
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                var kind = kinds[row];
                if (kind == NumberReader.Open)
                {
                    open[word] |= rest & (0 - rest);
                    continue;
                }

                var start = starts[row];
                if (kind == ValueKind.Nil || IntervalOf(start) is var interval && interval < 0)
                {
                    continue;
                }

                var group = _groups.GroupOf(_labels.Length == 0 ? -1 : _keys[row]);
                if (group < 0)
                {
                    continue;
                }

                var state = _groups.States[group];
                state.Add(_interval, kind, numbers[row]);
                if (_withExemplars && SeriesState.ExemplarKey(start) is var key && state.TakesExemplar(_interval, key))
                {
                    var value = kind == ValueKind.Float ? BitConverter.Int64BitsToDouble(numbers[row]) : kind == ValueKind.Duration ? numbers[row] / 1e9 : numbers[row];
                    state.AddExemplar(_interval, key, start, value, OriginOf(chunk, row));
                }
            }
        }
    }

    private ColumnOrigin OriginOf(Chunk chunk, int row) =>
        new(_source, _split, chunk.Pages.RowGroup, chunk.Pages.FirstRow + row, _exemplarFields);

    private int IntervalOf(long start)
    {
        if (start <= _low || start > _high)
        {
            _interval = _grid.IntervalOf(start);
            if (_interval < 0)
            {
                (_low, _high) = (long.MaxValue, long.MinValue);
                return -1;
            }

            _high = _grid.Label(_interval);
            _low = _grid.IsInstant ? _grid.StartUnixNano - 1 : _high - _grid.StepNanos;
        }

        return _interval;
    }

    private bool AreInOneInterval(ReadOnlySpan<long> starts)
    {
        IntervalOf(starts[0]);
        var (low, high) = (_low, _high);
        if (low >= high)
        {
            return false;
        }

        foreach (var start in starts)
        {
            if (start <= low || start > high)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Takes the rows of traces that are not whole here out of the set, and notes the traces.</summary>
    private void TakeSplit(Chunk chunk, ReadOnlySpan<long> starts, Span<ulong> rows)
    {
        if (!Bits.Any(rows))
        {
            return;
        }

        var traceOf = chunk.Dense(IntrinsicColumns.Trace);
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                if (Bits.Get(_split, (int)traceOf[row]))
                {
                    rows[word] &= ~(rest & (0 - rest));
                    if (IntervalOf(starts[row]) >= 0)
                    {
                        _splitFound.Add((int)traceOf[row]);
                    }
                }
            }
        }
    }

    private void TakeOpen(Chunk chunk, ReadOnlySpan<long> starts, ReadOnlySpan<ulong> open)
    {
        if (!Bits.Any(open))
        {
            return;
        }

        var traceOf = chunk.Dense(IntrinsicColumns.Trace);
        var ids = chunk.Dense(IntrinsicColumns.SpanId);
        var kinds = chunk.Dense(IntrinsicColumns.Kind);
        for (var word = 0; word < open.Length; word++)
        {
            for (var rest = open[word]; rest != 0; rest &= rest - 1)
            {
                var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                if (IntervalOf(starts[row]) >= 0)
                {
                    var spans = CollectionsMarshal.GetValueRefOrAddDefault(_openFound, (int)traceOf[row], out _) ??= [];
                    spans.Add((new SpanId((ulong)ids[row]), (SpanKind)kinds[row]));
                }
            }
        }
    }
}
