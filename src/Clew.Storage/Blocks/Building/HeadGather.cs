using Clew.Model;
using Clew.Storage.Columns;
using Clew.Storage.Head;

namespace Clew.Storage.Blocks.Building;

/// <summary>
/// Fills a segment, a row group being gathered, from the columns of frozen heads: codes are mapped, no value is hashed more than once a row
/// group, and no span is read unless the head says that it has more than columns. A third of the work of taking encoded spans apart again.
/// </summary>
internal sealed class HeadGather(SpanSegment segment, AttributeKeys keys, IReadOnlyList<HeadSegment> heads, LogWindow window)
{
    private readonly SpanShredder _shredder = new();

    /// <summary>By head and row of it: the row in the segment, -1 for none. All -1 between two calls.</summary>
    private readonly int[][] _targets = [.. heads.Select(static head => NoTargets(head.PublishedRows))];
    private readonly int[] _minRow = new int[heads.Count];
    private readonly int[] _maxRow = new int[heads.Count];
    private int[] _codes = [];
    private long[] _numbers = [];
    private bool[] _has = [];
    private int[] _map = [];
    private int _count;

    /// <summary>
    /// The spans become rows in their order; <c>Offset</c> is a span's row in the head that <c>Length</c> names, <c>Resource</c> and <c>Scope</c>
    /// are rows of the block. Runs are the caller's to add.
    /// </summary>
    public void Fill(ReadOnlySpan<StagedSpan> spans)
    {
        _count = spans.Length;
        if (_codes.Length < _count)
        {
            (_codes, _numbers, _has) = (new int[_count], new long[_count], new bool[_count]);
        }

        segment.AddRows(_count);
        Aim(spans);
        Intrinsics(spans);
        Text(static head => head.StatusMessages, segment.StatusMessages);
        foreach (var id in heads.SelectMany(static head => head.Attributes.Columns.Keys).Distinct())
        {
            Attribute(id);
        }

        Rest(spans);
        foreach (ref readonly var span in spans)
        {
            _targets[span.Length][span.Offset] = -1;
        }
    }

    private static int[] NoTargets(int rows)
    {
        var targets = new int[rows];
        targets.AsSpan().Fill(-1);
        return targets;
    }

    private void Aim(ReadOnlySpan<StagedSpan> spans)
    {
        _minRow.AsSpan().Fill(int.MaxValue);
        _maxRow.AsSpan().Fill(-1);
        for (var i = 0; i < spans.Length; i++)
        {
            var (head, row) = (spans[i].Length, spans[i].Offset);
            _targets[head][row] = i;
            _minRow[head] = Math.Min(_minRow[head], row);
            _maxRow[head] = Math.Max(_maxRow[head], row);
        }
    }

    private void Intrinsics(ReadOnlySpan<StagedSpan> spans)
    {
        for (var i = 0; i < spans.Length; i++)
        {
            ref readonly var span = ref spans[i];
            segment.SpanIds[i] = span.SpanId;
            segment.ParentIds[i] = span.ParentId;
            segment.Starts[i] = span.Start;
            segment.Durations[i] = span.Duration;
            segment.Kinds[i] = (byte)span.Kind;
            segment.Statuses[i] = (byte)span.Status;
            segment.Resources[i] = span.Resource;
            segment.Scopes[i] = span.Scope;
            segment.Lefts[i] = span.Left;
            segment.Rights[i] = span.Right;
            segment.Parents[i] = span.Parent;
        }

        for (var head = 0; head < heads.Count; head++)
        {
            var names = heads[head].Names;
            Map(names.Count);
            for (var i = 0; i < spans.Length; i++)
            {
                if (spans[i].Length == head)
                {
                    ref var code = ref _map[heads[head].NameOf(spans[i].Offset)];
                    if (code < 0)
                    {
                        // A name too long for a column is in the residue, which comes from the log.
                        var name = names[heads[head].NameOf(spans[i].Offset)];
                        code = segment.Names.Intern(name.Length <= BlockFormat.MaxColumnTextBytes ? name : default);
                    }

                    segment.NameCodes[i] = code;
                }
            }
        }
    }

    private void Attribute(ColumnId id)
    {
        if (keys.Find(System.Text.Encoding.UTF8.GetBytes(id.Key)) is not { } key)
        {
            throw new InvalidDataException($"the head has more attribute keys than a block may have, {id.Key} is one too many");
        }

        HeadColumn? From(HeadSegment head) => head.Attributes.Columns.GetValueOrDefault(id);
        var column = segment.Attributes.Columns.Column(key, id.Type);
        if (id.Type == AttributeType.String)
        {
            Text(From, column.Values);
            return;
        }

        _has.AsSpan(0, _count).Clear();
        for (var head = 0; head < heads.Count; head++)
        {
            if (From(heads[head]) is { Numbers: { } numbers } source)
            {
                var targets = _targets[head];
                var rows = source.Rows;
                for (var i = source.LowerBound(_minRow[head]); i < rows.Count && rows[i] <= _maxRow[head]; i++)
                {
                    var target = targets[rows[i]];
                    if (target >= 0)
                    {
                        _numbers[target] = numbers[i];
                        _has[target] = true;
                    }
                }
            }
        }

        for (var row = 0; row < _count; row++)
        {
            if (_has[row])
            {
                column.Values.AddNumber(row, _numbers[row]);
            }
        }
    }

    private void Text(Func<HeadSegment, HeadColumn?> columnOf, SparseColumn target)
    {
        _codes.AsSpan(0, _count).Fill(-1);
        for (var head = 0; head < heads.Count; head++)
        {
            if (columnOf(heads[head]) is { Codes: { } codes, Values: { } values } source)
            {
                Map(values.Count);
                var targets = _targets[head];
                var rows = source.Rows;
                for (var i = source.LowerBound(_minRow[head]); i < rows.Count && rows[i] <= _maxRow[head]; i++)
                {
                    var row = targets[rows[i]];
                    if (row >= 0)
                    {
                        ref var code = ref _map[codes[i]];
                        if (code == -1)
                        {
                            // Only a status message can be too long: the residue has it.
                            var value = values[codes[i]];
                            code = value.Length <= BlockFormat.MaxColumnTextBytes ? target.Texts.Intern(value) : -2;
                        }

                        _codes[row] = code;
                    }
                }
            }
        }

        for (var row = 0; row < _count; row++)
        {
            if (_codes[row] >= 0)
            {
                target.AddCode(row, _codes[row]);
            }
        }
    }

    /// <summary>What is not in the head's columns, span by span from the log, and the flags of all.</summary>
    private void Rest(ReadOnlySpan<StagedSpan> spans)
    {
        for (var row = 0; row < spans.Length; row++)
        {
            var head = heads[spans[row].Length];
            var from = spans[row].Offset;
            if (head.HasRest(from))
            {
                var (file, offset, length) = head.LogPosition(from);
                _shredder.AddRest(segment, row, window.Read(file, offset, length), head.Attributes);
            }
            else if (head.FlagsOf(from) is var flags && flags != 0)
            {
                segment.Flags.AddNumber(row, flags);
            }
        }
    }

    private void Map(int count)
    {
        if (_map.Length < count)
        {
            _map = new int[Math.Max(count, _map.Length * 2)];
        }

        _map.AsSpan(0, count).Fill(-1);
    }
}
