using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Clew.Model;
using Clew.Parquet;
using Clew.Storage.Blocks;
using Clew.Storage.Blocks.Building;
using Clew.Storage.Blocks.Reading;
using Clew.Storage.Columns;
using Clew.Storage.Retention;

namespace Clew.Storage.Compaction;

/// <summary>
/// Fills a segment, a row group being gathered, from row groups of blocks: column after column, values as codes where they are codes. No
/// span is put together on the way.
/// </summary>
internal sealed class RowGather(SpanSegment segment, AttributeKeys keys)
{
    private readonly ByteTable _messages = new();
    private readonly ByteColumn _texts = new();
    private MergeRows _rows = new();
    private long[] _source = [];
    private int[] _sourceCodes = [];
    private bool[] _sourceFlags = [];
    private byte[] _sourceIds = [];
    private ulong[] _validity = [];
    private int[] _map = [];
    private int[] _codes = [];
    private long[] _numbers = [];
    private bool[] _has = [];

    /// <summary>The segment must be empty. Its runs are the traces of <paramref name="rows"/>.</summary>
    public void Fill(MergeRows rows)
    {
        _rows = rows;
        Reserve(_codes, rows.Count, out _codes);
        Reserve(_numbers, rows.Count, out _numbers);
        Reserve(_has, rows.Count, out _has);
        segment.AddRows(rows.Count);
        segment.Runs.AddRange(rows.Traces);
        Intrinsics();
        foreach (var (row, left, right, parent) in rows.NestedSets)
        {
            (segment.Lefts[row], segment.Rights[row], segment.Parents[row]) = (left, right, parent);
        }

        Attributes();
    }

    private void Intrinsics()
    {
        Numbers(IntrinsicColumns.SpanId);
        Set(segment.SpanIds, static number => (ulong)number);
        Numbers(IntrinsicColumns.ParentSpanId);
        Set(segment.ParentIds, static number => (ulong)number);
        Numbers(IntrinsicColumns.Start);
        Set(segment.Starts, static number => number);
        Numbers(IntrinsicColumns.Duration);
        Set(segment.Durations, static number => number);
        Numbers(IntrinsicColumns.Kind);
        Set(segment.Kinds, static number => (byte)number);
        Numbers(IntrinsicColumns.Status);
        Set(segment.Statuses, static number => (byte)number);
        Mapped(IntrinsicColumns.Resource, static input => input.Resources, segment.Resources);
        Mapped(IntrinsicColumns.Scope, static input => input.Scopes, segment.Scopes);
        Numbers(IntrinsicColumns.NestedLeft);
        Set(segment.Lefts, static number => (int)number);
        Numbers(IntrinsicColumns.NestedRight);
        Set(segment.Rights, static number => (int)number);
        Numbers(IntrinsicColumns.NestedParent);
        Set(segment.Parents, static number => (int)number);
        Codes(input => Intrinsic(input, IntrinsicColumns.Name), segment.Names);
        for (var row = 0; row < _rows.Count; row++)
        {
            segment.NameCodes[row] = _codes[row] >= 0
                ? _codes[row]
                : throw new BlockCorruptException(_rows.Sources.First().Input.Spans.Source.Name, 0, "a span has no name");
        }

        Texts(IntrinsicColumns.StatusMessage, segment.StatusMessages);
        Texts(IntrinsicColumns.TraceState, segment.TraceStates);
        SparseNumbers(IntrinsicColumns.Flags, segment.Flags);
        SparseNumbers(IntrinsicColumns.DroppedAttributesCount, segment.DroppedAttributes);
        SparseNumbers(IntrinsicColumns.DroppedEventsCount, segment.DroppedEvents);
        SparseNumbers(IntrinsicColumns.DroppedLinksCount, segment.DroppedLinks);
        SparseNumbers(IntrinsicColumns.EventCount, segment.EventCounts);
        SparseNumbers(IntrinsicColumns.LinkCount, segment.LinkCounts);
        Messages(IntrinsicColumns.Events, segment.Events);
        Messages(IntrinsicColumns.Links, segment.Links);
        Messages(IntrinsicColumns.Residue, segment.Residue);
        SparseNumbers(IntrinsicColumns.OverflowCount, segment.Attributes.OverflowCounts);
        Messages(IntrinsicColumns.Overflow, segment.Attributes.Overflow);
    }

    private void Attributes()
    {
        var columns = new Dictionary<(string Key, AttributeType Type), AttributeKey?>();
        foreach (var source in _rows.Sources)
        {
            foreach (var column in source.Input.Block.Meta.Spans.Columns)
            {
                columns.TryAdd((column.Key, column.Type), null);
            }
        }

        var weight = (SampleWeight.Key, AttributeType.Double);
        if (_rows.Weights.Count > 0)
        {
            // In front of the others, and with what the column has already.
            columns.Remove(weight);
            AddWeights();
        }

        foreach (var (key, type) in columns.Keys)
        {
            var found = keys.Find(System.Text.Encoding.UTF8.GetBytes(key))
                ?? throw new InvalidDataException("the blocks to merge have together more attribute keys than a block may have; they stay as they are");
            int From(MergeInput input) => input.ColumnOf(key, type);
            if (_rows.Sources.All(source => From(source.Input) < 0 || source.Input.Spans.NullCount(source.Group, From(source.Input)) == source.Input.Spans.RowGroupRows(source.Group)))
            {
                continue;
            }

            var target = segment.Attributes.Columns.Column(found, type).Values;
            if (type == AttributeType.String)
            {
                Codes(From, target.Texts);
                AddCodes(target);
            }
            else
            {
                Numbers(From);
                AddNumbers(target);
            }
        }
    }

    /// <summary>Writes what spans stand for. What an earlier, larger share wrote is replaced: the smaller share is a part of it.</summary>
    private void AddWeights()
    {
        Numbers(static input => input.ColumnOf(SampleWeight.Key, AttributeType.Double));
        foreach (var (first, count, weight) in _rows.Weights)
        {
            for (var row = first; row < first + count; row++)
            {
                _numbers[row] = BitConverter.DoubleToInt64Bits(_has[row] ? Math.Max(weight, BitConverter.Int64BitsToDouble(_numbers[row])) : weight);
                _has[row] = true;
            }
        }

        var key = keys.Find(System.Text.Encoding.UTF8.GetBytes(SampleWeight.Key))
            ?? throw new InvalidDataException($"the blocks to merge have so many attribute keys that '{SampleWeight.Key}' has no room; they stay as they are");
        AddNumbers(segment.Attributes.Columns.Column(key, AttributeType.Double).Values);
    }

    private static int Intrinsic(MergeInput input, ColumnId id) => input.Spans.Schema.IndexOf(id.Key);

    private void Numbers(ColumnId id) => Numbers(input => Intrinsic(input, id));

    /// <summary>Brings a column's numbers (64 bits each) to their new rows, in <see cref="_numbers"/> and <see cref="_has"/>.</summary>
    private void Numbers(Func<MergeInput, int> columnOf)
    {
        _numbers.AsSpan(0, _rows.Count).Clear();
        _has.AsSpan(0, _rows.Count).Clear();
        foreach (var source in _rows.Sources)
        {
            var column = columnOf(source.Input);
            if (column < 0 || IsNull(source, column))
            {
                continue;
            }

            using var chunk = source.Input.Spans.OpenColumn(source.Group, column);
            Read(chunk, source.FirstRow, source.EndRow - source.FirstRow);
            foreach (var run in source.Runs)
            {
                var from = run.SourceRow - source.FirstRow;
                _source.AsSpan(from, run.Count).CopyTo(_numbers.AsSpan(run.TargetRow));
                for (var i = 0; i < run.Count; i++)
                {
                    _has[run.TargetRow + i] = (_validity[(from + i) >> 6] >> ((from + i) & 63) & 1) != 0;
                }
            }
        }
    }

    private void Read(ColumnChunkReader chunk, int first, int count)
    {
        Reserve(_source, count, out _source);
        Reserve(_validity, (count + 63) / 64, out _validity);
        switch (chunk.Column.Type)
        {
            case ParquetType.Int64:
                chunk.ReadInt64(first, count, _source, _validity);
                break;
            case ParquetType.Double:
                chunk.ReadDouble(first, count, MemoryMarshal.Cast<long, double>(_source.AsSpan()), _validity);
                break;
            case ParquetType.Boolean:
                Reserve(_sourceFlags, count, out _sourceFlags);
                chunk.ReadBool(first, count, _sourceFlags, _validity);
                for (var i = 0; i < count; i++)
                {
                    _source[i] = _sourceFlags[i] ? 1 : 0;
                }

                break;
            default:
                Reserve(_sourceIds, count * SpanId.Size, out _sourceIds);
                chunk.ReadFixed(first, count, _sourceIds, _validity);
                for (var i = 0; i < count; i++)
                {
                    _source[i] = BinaryPrimitives.ReadInt64BigEndian(_sourceIds.AsSpan(i * SpanId.Size));
                }

                break;
        }
    }

    /// <summary>Brings a text column's values to their new rows, as codes of <paramref name="texts"/> in <see cref="_codes"/>; -1 for none.</summary>
    private void Codes(Func<MergeInput, int> columnOf, ByteTable texts)
    {
        _codes.AsSpan(0, _rows.Count).Fill(-1);
        var append = HardlyRepeats(columnOf);
        foreach (var source in _rows.Sources)
        {
            var column = columnOf(source.Input);
            if (column < 0 || IsNull(source, column))
            {
                continue;
            }

            using var chunk = source.Input.Spans.OpenColumn(source.Group, column);
            if (chunk.HasDictionary)
            {
                MapCodes(chunk, source, texts);
            }
            else
            {
                MapValues(chunk, source, texts, append);
            }
        }
    }

    /// <summary>
    /// True when no source has codes: then values hardly repeat, and looking each up is not worth it. A few are looked up all the same,
    /// because they may become a small dictionary, whose entries differ.
    /// </summary>
    private bool HardlyRepeats(Func<MergeInput, int> columnOf)
    {
        var bytes = 0L;
        foreach (var source in _rows.Sources)
        {
            var column = columnOf(source.Input);
            if (column >= 0 && !IsNull(source, column))
            {
                if (source.Input.Spans.HasDictionary(source.Group, column))
                {
                    return false;
                }

                bytes += source.Input.Spans.ChunkBytes(source.Group, column) * (source.EndRow - source.FirstRow) / source.Input.Spans.RowGroupRows(source.Group);
            }
        }

        return bytes > ColumnFile.MaxDictionaryBytes;
    }

    private void MapCodes(ColumnChunkReader chunk, MergeSource source, ByteTable texts)
    {
        var count = source.EndRow - source.FirstRow;
        Reserve(_sourceCodes, count, out _sourceCodes);
        chunk.ReadCodes(source.FirstRow, count, _sourceCodes);
        var dictionary = chunk.Dictionary;
        Reserve(_map, dictionary.Count, out _map);
        _map.AsSpan(0, dictionary.Count).Fill(-1);
        foreach (var run in source.Runs)
        {
            var from = run.SourceRow - source.FirstRow;
            for (var i = 0; i < run.Count; i++)
            {
                var code = _sourceCodes[from + i];
                if (code >= 0)
                {
                    ref var mapped = ref _map[code];
                    if (mapped < 0)
                    {
                        mapped = texts.Intern(dictionary[code]);
                    }

                    _codes[run.TargetRow + i] = mapped;
                }
            }
        }
    }

    private void MapValues(ColumnChunkReader chunk, MergeSource source, ByteTable texts, bool append)
    {
        var count = source.EndRow - source.FirstRow;
        Reserve(_validity, (count + 63) / 64, out _validity);
        _validity.AsSpan().Clear();
        _texts.Clear();
        BlockColumnReader.AppendBytes(chunk, new PageRange(source.Group, source.FirstRow, count), _texts, _validity);
        foreach (var run in source.Runs)
        {
            for (var i = 0; i < run.Count; i++)
            {
                var from = run.SourceRow - source.FirstRow + i;
                if ((_validity[from >> 6] >> (from & 63) & 1) != 0)
                {
                    _codes[run.TargetRow + i] = append ? texts.Append(_texts[from]) : texts.Intern(_texts[from]);
                }
            }
        }
    }

    private void Texts(ColumnId id, SparseColumn target)
    {
        Codes(input => Intrinsic(input, id), target.Texts);
        AddCodes(target);
    }

    private void SparseNumbers(ColumnId id, SparseColumn target)
    {
        Numbers(id);
        AddNumbers(target);
    }

    private void Messages(ColumnId id, SparseColumn target)
    {
        _messages.Clear();
        _codes.AsSpan(0, _rows.Count).Fill(-1);
        foreach (var source in _rows.Sources)
        {
            var column = Intrinsic(source.Input, id);
            if (column >= 0 && !IsNull(source, column))
            {
                using var chunk = source.Input.Spans.OpenColumn(source.Group, column);
                MapValues(chunk, source, _messages, append: true);
            }
        }

        for (var row = 0; row < _rows.Count; row++)
        {
            if (_codes[row] >= 0)
            {
                target.AppendBytes(row, _messages[_codes[row]]);
            }
        }
    }

    private void AddCodes(SparseColumn target)
    {
        for (var row = 0; row < _rows.Count; row++)
        {
            if (_codes[row] >= 0)
            {
                target.AddCode(row, _codes[row]);
            }
        }
    }

    private void AddNumbers(SparseColumn target)
    {
        for (var row = 0; row < _rows.Count; row++)
        {
            if (_has[row])
            {
                target.AddNumber(row, _numbers[row]);
            }
        }
    }

    private void Set<T>(T[] target, Func<long, T> convert)
    {
        for (var row = 0; row < _rows.Count; row++)
        {
            target[row] = convert(_numbers[row]);
        }
    }

    /// <summary>A column of rows of the block's tables: each source has a map of its own.</summary>
    private void Mapped(ColumnId id, Func<MergeInput, int[]> mapOf, int[] target)
    {
        Numbers(id);
        foreach (var source in _rows.Sources)
        {
            var map = mapOf(source.Input);
            foreach (var run in source.Runs)
            {
                for (var row = run.TargetRow; row < run.TargetRow + run.Count; row++)
                {
                    target[row] = (ulong)_numbers[row] < (ulong)map.Length
                        ? map[_numbers[row]]
                        : throw new BlockCorruptException(source.Input.Spans.Source.Name, 0, $"a span names row {_numbers[row]} of {map.Length} in column '{id.Key}'");
                }
            }
        }
    }

    private static bool IsNull(MergeSource source, int column) =>
        source.Input.Spans.NullCount(source.Group, column) == source.Input.Spans.RowGroupRows(source.Group);

    private static void Reserve<T>(T[] array, int count, out T[] large) => large = array.Length >= count ? array : new T[Math.Max(count, array.Length * 2)];
}
