using Clew.Model;
using Clew.Parquet;
using Clew.Storage.Backends;
using Clew.Storage.Blocks;
using Clew.Storage.Blocks.Building;
using Clew.Storage.Columns;
using Clew.Storage.Rollups;

namespace Clew.Storage.Compaction;

/// <summary>What a merge did. <paramref name="Meta"/> is null when no span was left to write.</summary>
internal readonly record struct MergeResult(BlockMeta? Meta, long DroppedTraces, long DroppedSpans, long DuplicateSpans, int JoinedTraces, int CopiedGroups, int PackedGroups);

/// <summary>
/// Makes one block of several: joins the parts of a trace, drops second copies of a span (same trace, id and kind) and the traces that
/// <paramref name="drop"/> names. A row group that is large and has none of those is copied as it is; everything else is unpacked column by
/// column and packed into row groups of full size. <paramref name="pause"/> is awaited between row groups, so that a merge can give way.
/// </summary>
internal sealed class BlockMerger(TenantId tenant, BlockBuilderOptions options, Func<TraceId, bool>? drop, Func<ValueTask>? pause)
{
    /// <summary>
    /// By input and row of its traces table what retention makes of a trace: zero takes it away, more than one is written on its spans. A trace with
    /// parts in several inputs stays as it is. Roll-ups do not change. Null: all stay.
    /// </summary>
    public IReadOnlyList<double[]?>? Weights { get; init; }

    private readonly List<MergeInput> _inputs = [];
    private readonly List<LooseTrace> _loose = [];

    /// <summary>Traces with parts in several inputs, and those parts as (input, row of its traces table).</summary>
    private readonly Dictionary<TraceId, List<(int Input, int Trace)>> _split = [];
    private readonly NestedSets _nestedSets = new();
    private long _droppedTraces;
    private long _droppedSpans;
    private long _duplicates;
    private int _copied;
    private int _packed;

    /// <summary>Traces whose row group is packed anew. Parts of a split trace stand in <see cref="_split"/>.</summary>
    private readonly record struct LooseTrace(TraceId Id, long Start, bool IsLong, int Input, int Trace, int Spans, bool IsSplit);

    /// <exception cref="BlockCorruptException">An input is damaged; it is named.</exception>
    public async ValueTask<MergeResult> MergeAsync(
        IReadOnlyList<BlockReader> blocks, IObjectStore store, string prefix, long createdUnixNano, CancellationToken cancellationToken)
    {
        using var parts = new BlockParts(tenant, options);
        var units = Plan(blocks, parts);
        try
        {
            await WriteRowGroupsAsync(units, parts, cancellationToken).ConfigureAwait(false);
        }
        catch (ParquetCorruptException fault)
        {
            throw new BlockCorruptException(fault.File, fault.Offset, fault.What, fault);
        }

        parts.DuplicateSpans = _duplicates;
        parts.WriteRollups = new RollupMerge(blocks, _split.Keys, drop).WriteAsync;
        var meta = parts.SpanCount == 0
            ? null
            : await parts.WriteAsync(store, prefix, createdUnixNano, [.. blocks.Select(block => block.Name)], cancellationToken).ConfigureAwait(false);
        return new MergeResult(meta, _droppedTraces, _droppedSpans, _duplicates, _split.Count, _copied, _packed);
    }

    private long LongTraceNano => options.LongTrace.Ticks * 100;

    /// <summary>Reads the traces of all inputs; answers the units that are copied, and fills the list of loose traces.</summary>
    private List<MergeUnit> Plan(IReadOnlyList<BlockReader> blocks, BlockParts parts)
    {
        for (var i = 0; i < blocks.Count; i++)
        {
            _inputs.Add(MergeInput.Open(i, blocks[i], parts));
        }

        FindSplit();
        var copied = new List<MergeUnit>();
        var mayCopy = _inputs.TrueForAll(input => parts.File.TryAdmit(input, parts.SpanKeys));
        foreach (var input in _inputs)
        {
            foreach (var unit in input.Units(LongTraceNano))
            {
                if (mayCopy && MayCopy(input, unit))
                {
                    copied.Add(unit);
                }
                else
                {
                    Loosen(input, unit);
                }
            }
        }

        copied.Sort(static (a, b) => a.IsLong != b.IsLong ? a.IsLong.CompareTo(b.IsLong) : a.MinStart.CompareTo(b.MinStart));
        _loose.Sort(static (a, b) => a.IsLong != b.IsLong ? a.IsLong.CompareTo(b.IsLong) : a.Start != b.Start ? a.Start.CompareTo(b.Start) : a.Id.CompareTo(b.Id));
        return copied;
    }

    private void FindSplit()
    {
        var seen = new Dictionary<TraceId, (int Input, int Trace)>(_inputs.Sum(static input => input.Traces.Length));
        foreach (var input in _inputs)
        {
            for (var trace = 0; trace < input.Traces.Length; trace++)
            {
                var id = input.Traces[trace].Id;
                if (!seen.TryAdd(id, (input.Index, trace)))
                {
                    if (!_split.TryGetValue(id, out var places))
                    {
                        _split.Add(id, places = [seen[id]]);
                    }

                    places.Add((input.Index, trace));
                }
            }
        }
    }

    /// <summary>Half a row group and more is worth keeping as it is, if all of its traces are.</summary>
    private bool MayCopy(MergeInput input, in MergeUnit unit)
    {
        var rows = 0L;
        for (var trace = unit.FirstTrace; trace < unit.EndTrace; trace++)
        {
            var id = input.Traces[trace].Id;
            if (_split.ContainsKey(id) || (drop is not null && drop(id)) || WeightOf(input.Index, trace) != 1)
            {
                return false;
            }

            rows += input.Traces[trace].SpanCount;
        }

        // A block's only row group of few rows is copied too when there is nothing to put it together with.
        return rows >= options.RowGroupRows / 2 || unit.Groups > 1 || (_inputs.Count == 1 && unit.EndTrace - unit.FirstTrace == input.Traces.Length);
    }

    private double WeightOf(int input, int trace) => Weights?[input]?[trace] ?? 1;

    private void Loosen(MergeInput input, in MergeUnit unit)
    {
        for (var trace = unit.FirstTrace; trace < unit.EndTrace; trace++)
        {
            ref readonly var record = ref input.Traces[trace];
            if (drop is not null && drop(record.Id))
            {
                _droppedTraces++;
                _droppedSpans += record.SpanCount;
                continue;
            }

            if (WeightOf(input.Index, trace) == 0 && !_split.ContainsKey(record.Id))
            {
                continue;
            }

            var (start, end, spans) = (record.Start, record.End, record.SpanCount);
            var isSplit = _split.TryGetValue(record.Id, out var places);
            if (isSplit)
            {
                if (places![0] != (input.Index, trace))
                {
                    continue;
                }

                foreach (var (other, row) in places)
                {
                    ref readonly var part = ref _inputs[other].Traces[row];
                    start = Math.Min(start, part.Start);
                    end = Math.Max(end, part.End);
                    spans += (other, row) == (input.Index, trace) ? 0 : part.SpanCount;
                }
            }

            _loose.Add(new LooseTrace(record.Id, start, end - start > LongTraceNano, input.Index, trace, spans, isSplit));
        }
    }

    /// <summary>Copied and packed row groups alternate by their earliest start; those of long traces come last.</summary>
    private async ValueTask WriteRowGroupsAsync(List<MergeUnit> units, BlockParts parts, CancellationToken cancellationToken)
    {
        var segment = new SpanSegment(parts.SpanKeys, parts.EventKeys, parts.LinkKeys);
        var gather = new RowGather(segment, parts.SpanKeys);
        var (nextUnit, nextLoose) = (0, 0);
        while (nextUnit < units.Count || nextLoose < _loose.Count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (nextLoose == _loose.Count || (nextUnit < units.Count && ComesFirst(units[nextUnit], _loose[nextLoose])))
            {
                Copy(units[nextUnit++], parts);
            }
            else
            {
                Pack(ref nextLoose, segment, gather, parts);
            }

            if (pause is not null)
            {
                await pause().ConfigureAwait(false);
            }
        }
    }

    private static bool ComesFirst(in MergeUnit unit, in LooseTrace loose) =>
        unit.IsLong != loose.IsLong ? !unit.IsLong : unit.MinStart <= loose.Start;

    private void Copy(in MergeUnit unit, BlockParts parts)
    {
        var input = _inputs[unit.Input];
        for (var trace = unit.FirstTrace; trace < unit.EndTrace; trace++)
        {
            parts.Count(input.Traces[trace]);
            parts.SpanCount += input.Traces[trace].SpanCount;
        }

        parts.File.Copy(input, unit);
        _copied += unit.Groups;
    }

    private void Pack(ref int next, SpanSegment segment, RowGather gather, BlockParts parts)
    {
        var rows = new MergeRows();
        var isLong = _loose[next].IsLong;
        var bytes = 0L;
        do
        {
            var trace = _loose[next++];
            var before = rows.Count;
            var record = trace.IsSplit ? Join(trace, rows) : Whole(trace, rows);
            rows.Traces.Add(new TraceRun { FirstRow = before, RowCount = rows.Count - before, Trace = record, TraceRow = -1 });
            parts.Count(record);
            bytes += BytesOf(trace);
        }
        while (next < _loose.Count && _loose[next].IsLong == isLong && rows.Count + _loose[next].Spans <= options.RowGroupRows && bytes < options.MaxRowGroupBytes);
        parts.SpanCount += rows.Count;
        gather.Fill(rows);
        parts.File.Write(segment);
        _packed++;
    }

    /// <summary>What a trace's values take unpacked, about: three times what its rows take in the file.</summary>
    private long BytesOf(in LooseTrace trace)
    {
        var block = _inputs[trace.Input].Block;
        return 3 * trace.Spans * (block.SizeBytes / Math.Max(1, block.SpanCount));
    }

    private TraceRecord Whole(in LooseTrace trace, MergeRows rows)
    {
        var input = _inputs[trace.Input];
        var record = input.Traces[trace.Trace];
        var weight = WeightOf(trace.Input, trace.Trace);
        if (weight > 1)
        {
            rows.Weights.Add((rows.Count, record.SpanCount, weight));
        }

        rows.Add(input, record.FirstRow, record.SpanCount);
        return record;
    }

    /// <summary>Puts the parts of a trace together: rows by start, id and kind, each span once, structure numbered anew.</summary>
    private TraceRecord Join(in LooseTrace trace, MergeRows rows)
    {
        var spans = SpansOf(trace.Id);
        var first = rows.Count;
        foreach (ref readonly var span in spans)
        {
            rows.Add(_inputs[span.Resource], span.Offset, 1);
        }

        if (spans.Length * 88L <= options.MaxStagedTraceBytes)
        {
            _nestedSets.Number(spans);
        }

        var record = new TraceRecord { Id = trace.Id, Start = long.MaxValue, SpanCount = spans.Length };
        var root = 0;
        for (var i = spans.Length - 1; i >= 0; i--)
        {
            ref readonly var span = ref spans[i];
            rows.NestedSets.Add((first + i, span.Left, span.Right, span.Parent));
            record.Start = Math.Min(record.Start, span.Start);
            record.End = Math.Max(record.End, span.Start + span.Duration);
            record.ErrorCount += span.Status == SpanStatus.Error ? 1 : 0;
            root = span.ParentId == 0 ? i : root;
        }

        // The part that has the root of the whole knows its names.
        var owner = spans[root].Resource;
        var part = _inputs[owner].Traces[_split[trace.Id].First(place => place.Input == owner).Trace];
        record.RootService = part.RootService;
        record.RootName = part.RootName;
        return record;
    }

    /// <summary>
    /// Identity, order and structure of a split trace's spans. Here a staged span's <c>Resource</c> is its input and its <c>Offset</c> its row there.
    /// </summary>
    private Span<StagedSpan> SpansOf(TraceId id)
    {
        var spans = new List<StagedSpan>();
        foreach (var (index, trace) in _split[id])
        {
            Stage(_inputs[index], _inputs[index].Traces[trace], spans);
        }

        spans.Sort(static (a, b) => a.RawStart != b.RawStart ? a.RawStart.CompareTo(b.RawStart)
            : a.SpanId != b.SpanId ? a.SpanId.CompareTo(b.SpanId) : a.RawKind != b.RawKind ? a.RawKind.CompareTo(b.RawKind) : a.Resource.CompareTo(b.Resource));
        var seen = new HashSet<(ulong, int)>(spans.Count);
        _duplicates += spans.RemoveAll(span => !seen.Add((span.SpanId, span.RawKind)));
        return System.Runtime.InteropServices.CollectionsMarshal.AsSpan(spans);
    }

    private void Stage(MergeInput input, in TraceRecord record, List<StagedSpan> spans)
    {
        var end = record.FirstRow + record.SpanCount;
        for (var row = record.FirstRow; row < end;)
        {
            var group = input.GroupOf(row);
            var first = (int)input.Spans.RowGroupFirstRow(group);
            var numbers = GroupNumbers(input, group);
            for (var groupEnd = Math.Min(end, first + input.Spans.RowGroupRows(group)); row < groupEnd; row++)
            {
                var i = row - first;
                spans.Add(new StagedSpan
                {
                    Resource = input.Index, Offset = row, SpanId = (ulong)numbers[0][i], ParentId = (ulong)numbers[1][i], RawStart = (ulong)numbers[2][i],
                    RawEnd = (ulong)(numbers[2][i] + numbers[3][i]), RawKind = (int)numbers[4][i], RawStatus = (int)numbers[5][i],
                });
            }
        }
    }

    /// <summary>
    /// The staged columns of a whole row group. The newest few are kept: split traces come by start, so they use the same row groups for a
    /// while. Six of 128 k rows take 38 MB.
    /// </summary>
    private long[][] GroupNumbers(MergeInput input, int group)
    {
        var found = _groupNumbers.FindIndex(entry => entry.Input == input.Index && entry.Group == group);
        if (found < 0)
        {
            if (_groupNumbers.Count == MaxGroupNumbers)
            {
                _groupNumbers.RemoveAt(0);
            }

            var pages = new PageRange(group, 0, input.Spans.RowGroupRows(group));
            _groupNumbers.Add((input.Index, group, [.. StagedColumns.Select(id => Numbers(input.Block.SpanTable, id, pages))]));
            found = _groupNumbers.Count - 1;
        }

        return _groupNumbers[found].Numbers;
    }

    private const int MaxGroupNumbers = 6;

    private readonly List<(int Input, int Group, long[][] Numbers)> _groupNumbers = [];

    private static readonly ColumnId[] StagedColumns =
    [
        IntrinsicColumns.SpanId, IntrinsicColumns.ParentSpanId, IntrinsicColumns.Start, IntrinsicColumns.Duration, IntrinsicColumns.Kind, IntrinsicColumns.Status,
    ];

    private static long[] Numbers(Blocks.Reading.BlockTable table, ColumnId id, PageRange pages)
    {
        var numbers = new long[pages.RowCount];
        if (table.TryColumn(id, out var column))
        {
            column.ReadInt64(pages, numbers, new ulong[(pages.RowCount + 63) / 64]);
        }

        return numbers;
    }
}
