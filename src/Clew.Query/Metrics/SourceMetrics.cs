using System.Numerics;
using Clew.Model;
using Clew.Query.Scan;
using Clew.Query.Values;
using Clew.Storage.Columns;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Metrics;

/// <summary>The rows of one source, grouped and counted by one worker.</summary>
internal sealed class SourceMetrics : IRowCounter, IChunkSink
{
    // Intervals that a chunk's rows are dealt to by comparing all with the ends of each.
    private const int MaxParts = 16;

    private readonly bool _anySplit;
    private readonly TimeGrid _grid;
    private readonly GroupTable _groups;
    private readonly NumberReader? _argument;
    private readonly NumberReader? _weights;
    private readonly RowVisitor _visitor;
    private readonly ulong[] _rows = new ulong[Chunk.MaxWords];
    private readonly ulong[] _open = new ulong[Chunk.MaxWords];
    private readonly RowGrouping _grouping;
    private readonly ExemplarPicker? _exemplars;
    private readonly ulong[] _part = new ulong[Chunk.MaxWords];
    private readonly long[]? _buckets;

    public SourceMetrics(
        ISpanSource source, ulong[] split, Condition condition, MetricsAggregate function, MetricsRequest request, GroupTable groups,
        IReadOnlyList<(FieldReference Field, string Name)> exemplarFields, ScanBuffers buffers)
    {
        Left = new RowLeftovers(split, request.Grid);
        _anySplit = Bits.Any(split);
        _grid = request.Grid;
        _groups = groups;
        _exemplars = request.Exemplars > 0 ? new ExemplarPicker(groups, new ColumnOrigin(source, split, exemplarFields)) : null;
        _grouping = new RowGrouping(source, function.By, groups);
        _argument = function.Argument is { } argument ? new NumberReader(source, argument) : null;
        _weights = SpanWeight.ReaderOf(source);
        _buckets = function.Kind is MetricsFunctionKind.HistogramOverTime or MetricsFunctionKind.QuantileOverTime ? new long[66] : null;
        var window = new TimeRange(_grid.StartUnixNano, _grid.EndUnixNano);
        _visitor = new RowVisitor(source, new ConditionBinder(source).Bind(condition), window, WindowRule.Starts, new Chunk(source, split, buffers));
        _visitor.SinkColumns.Add(IntrinsicColumns.Start);
        if (_anySplit || _exemplars is not null)
        {
            _visitor.SinkColumns.Add(IntrinsicColumns.Trace);
        }

        _grouping.AddColumns(_visitor.SinkColumns);
        _argument?.AddColumns(_visitor.SinkColumns);
        _weights?.AddColumns(_visitor.SinkColumns);
    }

    public RowLeftovers Left { get; }

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
        if (_anySplit)
        {
            Left.TakeSplit(chunk, rows);
            Left.TakeSplit(chunk, open);
        }

        if (_weights is not null && Bits.Any(rows))
        {
            _weights.Read(chunk, rows);
            OpenWeighted(_weights.Kinds, rows, open);
        }

        if (Bits.Any(rows))
        {
            _grouping.Read(chunk, rows, open);
            var numbers = _argument is null ? default : _argument.Read(chunk, rows);
            if (_argument is { IsDuration: false })
            {
                KeepNumbers(rows, open);
            }

            // A series comes into being by a row that counts.
            if (Bits.Any(rows))
            {
                AddRows(chunk, rows, numbers);
            }
        }

        Left.AddOpen(chunk, open);
    }

    /// <summary>Moves spans that stand for more than themselves, or may, to the open ones: they are few, and are counted one by one.</summary>
    private static void OpenWeighted(ReadOnlySpan<ValueKind> kinds, Span<ulong> rows, Span<ulong> open)
    {
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                if (kinds[(word << 6) + BitOperations.TrailingZeroCount(rest)] != ValueKind.Nil)
                {
                    open[word] |= rest & (0 - rest);
                    rows[word] &= ~(rest & (0 - rest));
                }
            }
        }
    }

    /// <summary>Adds rows interval by interval where the chunk lies in few, which is usual, else one by one.</summary>
    private void AddRows(Chunk chunk, ReadOnlySpan<ulong> rows, ReadOnlySpan<long> numbers)
    {
        var (min, max) = StartsOf(chunk);
        var first = _grid.IntervalOf(Math.Clamp(min, _grid.FirstUnixNano, _grid.EndUnixNano));
        var last = _grid.IntervalOf(Math.Clamp(max, _grid.FirstUnixNano, _grid.EndUnixNano));
        if (!_grouping.IsCompact || last - first >= MaxParts)
        {
            AddOneByOne(chunk, rows, numbers);
            return;
        }

        if (first == last && _grid.IntervalOf(min) == first && _grid.IntervalOf(max) == first)
        {
            AddPart(chunk, first, rows, numbers);
            return;
        }

        var part = _part.AsSpan(0, rows.Length);
        for (var interval = first; interval <= last; interval++)
        {
            ColumnKernels.Between(chunk.Dense(IntrinsicColumns.Start), _grid.Earliest(interval), _grid.Label(interval), part);
            Bits.And(part, rows);
            if (Bits.Any(part))
            {
                AddPart(chunk, interval, part, numbers);
            }
        }
    }

    /// <summary>Adds rows that lie in one interval: nothing of them but their number and, where the function groups, their group is looked at.</summary>
    private void AddPart(Chunk chunk, int interval, ReadOnlySpan<ulong> rows, ReadOnlySpan<long> numbers)
    {
        var counts = _grouping.CountGroups(rows);
        if (_argument is null)
        {
            foreach (var (group, count) in counts)
            {
                _groups.States[group].Counts[interval] += count;
            }
        }
        else if (_argument.IsDuration && _buckets is not null && _grouping.IsSingle)
        {
            AddDurations(interval, numbers, rows);
        }
        else
        {
            AddNumbers(interval, numbers, rows);
        }

        _exemplars?.Take(chunk, interval, rows, _grouping, counts, _argument, numbers);
    }

    private void AddNumbers(int interval, ReadOnlySpan<long> numbers, ReadOnlySpan<ulong> rows)
    {
        var kinds = _argument!.Kinds;
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                if (_grouping.GroupOf(row) is var group and >= 0)
                {
                    _groups.States[group].Add(interval, kinds[row], numbers[row]);
                }
            }
        }
    }

    private void AddOneByOne(Chunk chunk, ReadOnlySpan<ulong> rows, ReadOnlySpan<long> numbers)
    {
        var starts = chunk.Dense(IntrinsicColumns.Start);
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                var interval = Left.IntervalOf(starts[row]);
                if (interval < 0 || _grouping.GroupOf(row) is var group && group < 0)
                {
                    continue;
                }

                var value = double.NaN;
                if (_argument is null)
                {
                    _groups.States[group].Counts[interval]++;
                }
                else
                {
                    var kind = _argument.Kinds[row];
                    value = ExemplarPicker.Number(kind, numbers[row]);
                    _groups.States[group].Add(interval, kind, numbers[row]);
                }

                _exemplars?.TakeOne(chunk, interval, row, group, starts[row], value);
            }
        }
    }

    /// <summary>Drops the rows that have no number, and moves those of which columns cannot tell to the open ones.</summary>
    private void KeepNumbers(Span<ulong> rows, Span<ulong> open)
    {
        var kinds = _argument!.Kinds;
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                var kind = kinds[(word << 6) + BitOperations.TrailingZeroCount(rest)];
                if (kind is ValueKind.Nil or NumberReader.Open)
                {
                    rows[word] &= ~(rest & (0 - rest));
                    open[word] |= kind == NumberReader.Open ? rest & (0 - rest) : 0;
                }
            }
        }
    }

    /// <summary>Counts durations of one series in one interval by their power of two, without a look at the series for each.</summary>
    private void AddDurations(int interval, ReadOnlySpan<long> numbers, ReadOnlySpan<ulong> rows)
    {
        var group = _groups.GroupOf(-1);
        if (group < 0)
        {
            return;
        }

        var counts = _buckets!.AsSpan();
        counts.Clear();
        for (var word = 0; word < rows.Length; word++)
        {
            if (rows[word] == ulong.MaxValue)
            {
                foreach (var number in numbers.Slice(word << 6, 64))
                {
                    counts[SlotOf(number)]++;
                }

                continue;
            }

            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                counts[SlotOf(numbers[(word << 6) + BitOperations.TrailingZeroCount(rest)])]++;
            }
        }

        _groups.States[group].MarkDuration();
        for (var bucket = 0; bucket < 64; bucket++)
        {
            if (counts[bucket + 1] > 0)
            {
                _groups.States[group].BucketsOf(interval).Add(bucket, counts[bucket + 1]);
            }
        }
    }

    /// <summary>The bucket's number plus one, zero for what has none. The same as <see cref="Log2Buckets.BucketOf"/>, which computes in doubles.</summary>
    internal static int SlotOf(long number) =>
        (ulong)number < 1UL << 52 ? number < 2 ? 0 : BitOperations.Log2((ulong)number - 1) + 2 : Log2Buckets.BucketOf(number) + 1;

    /// <summary>No row of the chunk starts before or after.</summary>
    private static (long Min, long Max) StartsOf(Chunk chunk)
    {
        var bounds = chunk.Bounds(IntrinsicColumns.Start);
        if (bounds.IsKnown && bounds.NoNulls)
        {
            return (bounds.Min, bounds.Max);
        }

        var (min, max) = (long.MaxValue, long.MinValue);
        foreach (var start in chunk.Dense(IntrinsicColumns.Start))
        {
            (min, max) = (Math.Min(min, start), Math.Max(max, start));
        }

        return (min, max);
    }
}
