using System.Numerics;
using System.Runtime.InteropServices;
using Clew.Model;
using Clew.Query.Traces;
using Clew.Query.Values;
using Clew.Storage.Columns;

namespace Clew.Query.Scan;

/// <summary>The places where a field's value may be.</summary>
internal sealed partial class LabelReader
{
    /// <summary>One place of a field: gives numbers to open rows that have a value here, and closes them.</summary>
    private abstract class LabelStep
    {
        public abstract void Read(Chunk chunk, Span<ulong> open, Span<int> numbers);

        public abstract void AddColumns(ICollection<ColumnId> columns);
    }

    /// <summary>A text column; <paramref name="missing"/> is what rows without a value have, null to leave them open.</summary>
    private sealed class TextStep(IColumnReader? reader, ValueTable values, QueryValue? missing) : LabelStep
    {
        private readonly int _missing = missing is { } value ? values.Number(value) : ValueTable.Nil;
        private readonly ByteColumn _texts = new();
        private readonly ulong[] _present = new ulong[Chunk.MaxWords];
        private DictionaryView? _dictionary;
        private int[] _map = [];
        private int _rowGroup = -1;

        public override void Read(Chunk chunk, Span<ulong> open, Span<int> numbers)
        {
            if (reader is not null && !reader.Bounds(chunk.Pages).AllNull)
            {
                Begin(chunk.Pages.RowGroup);
                if (_dictionary is null)
                {
                    ReadValues(chunk, open, numbers);
                }
                else
                {
                    ReadCodes(chunk, open, numbers);
                }
            }

            if (missing is not null)
            {
                for (var word = 0; word < open.Length; word++)
                {
                    for (var rest = open[word]; rest != 0; rest &= rest - 1)
                    {
                        numbers[(word << 6) + BitOperations.TrailingZeroCount(rest)] = _missing;
                    }
                }

                open.Clear();
            }
        }

        public override void AddColumns(ICollection<ColumnId> columns)
        {
            if (reader is not null)
            {
                columns.Add(reader.Id);
            }
        }

        private void Begin(int rowGroup)
        {
            if (_rowGroup == rowGroup)
            {
                return;
            }

            _rowGroup = rowGroup;
            _dictionary = reader!.Dictionary(rowGroup);
            if (_dictionary is not null && _map.Length < _dictionary.Count)
            {
                _map = new int[_dictionary.Count];
            }

            // Entries are looked up when a row has them: a group may use few of a large dictionary.
            _map.AsSpan(0, _dictionary?.Count ?? 0).Fill(ValueTable.Open);
        }

        private void ReadCodes(Chunk chunk, Span<ulong> open, Span<int> numbers)
        {
            var codes = chunk.Codes.AsSpan(0, chunk.Rows);
            reader!.ReadCodes(chunk.Pages, codes);
            for (var word = 0; word < open.Length; word++)
            {
                ulong closed = 0;
                for (var rest = open[word]; rest != 0; rest &= rest - 1)
                {
                    var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                    var code = codes[row];
                    if (code < 0)
                    {
                        continue;
                    }

                    var number = _map[code];
                    if (number == ValueTable.Open)
                    {
                        number = _map[code] = values.Text(_dictionary![code]);
                    }

                    numbers[row] = number;
                    closed |= rest & (0 - rest);
                }

                open[word] &= ~closed;
            }
        }

        private void ReadValues(Chunk chunk, Span<ulong> open, Span<int> numbers)
        {
            _texts.Clear();
            reader!.ReadBytes(chunk.Pages, _texts, _present);
            for (var word = 0; word < open.Length; word++)
            {
                for (var rest = open[word] & _present[word]; rest != 0; rest &= rest - 1)
                {
                    var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                    numbers[row] = values.Text(_texts[row]);
                }

                open[word] &= ~_present[word];
            }
        }
    }

    /// <summary>A column of ints, doubles or flags.</summary>
    private sealed class NumberStep(IColumnReader reader, ValueTable values) : LabelStep
    {
        private readonly double[] _doubles = reader.Id.Type == AttributeType.Double ? new double[Chunk.MaxRows] : [];
        private readonly ulong[] _present = new ulong[Chunk.MaxWords];
        private readonly Dictionary<long, int> _known = [];
        private long _latest;
        private int _latestNumber = ValueTable.Nil;

        public override void Read(Chunk chunk, Span<ulong> open, Span<int> numbers)
        {
            if (reader.Bounds(chunk.Pages).AllNull)
            {
                return;
            }

            var longs = chunk.Numbers.AsSpan(0, chunk.Rows);
            if (reader.Id.Type == AttributeType.Double)
            {
                reader.ReadDouble(chunk.Pages, _doubles, _present);
                MemoryMarshal.Cast<double, long>(_doubles.AsSpan(0, chunk.Rows)).CopyTo(longs);
            }
            else
            {
                reader.ReadInt64(chunk.Pages, longs, _present);
            }

            for (var word = 0; word < open.Length; word++)
            {
                for (var rest = open[word] & _present[word]; rest != 0; rest &= rest - 1)
                {
                    var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                    numbers[row] = Number(longs[row]);
                }

                open[word] &= ~_present[word];
            }
        }

        public override void AddColumns(ICollection<ColumnId> columns) => columns.Add(reader.Id);

        private int Number(long bits)
        {
            if (bits == _latest && _latestNumber >= 0)
            {
                return _latestNumber;
            }

            if (!_known.TryGetValue(bits, out var number))
            {
                number = values.Number(reader.Id.Type switch
                {
                    AttributeType.Double => QueryValue.Float(BitConverter.Int64BitsToDouble(bits)),
                    AttributeType.Bool => QueryValue.Bool(bits != 0),
                    _ => QueryValue.Int(bits),
                });
                _known.Add(bits, number);
            }

            (_latest, _latestNumber) = (bits, number);
            return number;
        }
    }

    /// <summary>A row of a small table that spans point at. Before one that <paramref name="isFirst"/> no other place has given a number.</summary>
    private sealed class PointerStep(ColumnId pointer, IColumnReader? reader, int[] known, bool isFirst) : LabelStep
    {
        private int[] _knownByCode = [];
        private bool _hasCodes;
        private bool _isComplete;
        private int _rowGroup = -1;

        public override void Read(Chunk chunk, Span<ulong> open, Span<int> numbers)
        {
            Begin(chunk.Pages.RowGroup);
            if (_hasCodes)
            {
                var codes = chunk.Codes.AsSpan(0, chunk.Rows);
                reader!.ReadCodes(chunk.Pages, codes);
                if (_isComplete)
                {
                    // What rows that nobody asked for get does not matter.
                    for (var row = 0; row < codes.Length; row++)
                    {
                        numbers[row] = _knownByCode[codes[row]];
                    }

                    open.Clear();
                    return;
                }

                Take(open, numbers, codes);
                return;
            }

            var pointers = chunk.Dense(pointer);
            for (var word = 0; word < open.Length; word++)
            {
                for (var rest = open[word]; rest != 0; rest &= rest - 1)
                {
                    var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                    var number = known[(int)pointers[row]];
                    numbers[row] = number;
                    open[word] &= number == ValueTable.Nil ? ulong.MaxValue : ~(rest & (0 - rest));
                }
            }
        }

        public override void AddColumns(ICollection<ColumnId> columns) => columns.Add(pointer);

        private void Take(Span<ulong> open, Span<int> numbers, ReadOnlySpan<int> codes)
        {
            for (var word = 0; word < open.Length; word++)
            {
                for (var rest = open[word]; rest != 0; rest &= rest - 1)
                {
                    var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                    var number = _knownByCode[codes[row]];
                    numbers[row] = number;
                    open[word] &= number == ValueTable.Nil ? ulong.MaxValue : ~(rest & (0 - rest));
                }
            }
        }

        private void Begin(int rowGroup)
        {
            if (_rowGroup == rowGroup)
            {
                return;
            }

            _rowGroup = rowGroup;
            var distinct = reader is null ? default : reader.Distinct(rowGroup);
            _hasCodes = !distinct.IsEmpty;
            if (_knownByCode.Length < distinct.Length)
            {
                _knownByCode = new int[distinct.Length];
            }

            for (var code = 0; code < distinct.Length; code++)
            {
                _knownByCode[code] = known[(int)distinct[code]];
            }

            _isComplete = isFirst && !_knownByCode.AsSpan(0, distinct.Length).Contains(ValueTable.Nil);
        }
    }

    /// <summary>An intrinsic with few values, in every row.</summary>
    private sealed class SmallStep(ColumnId id, long last, ValueTable values, Func<long, QueryValue> value) : LabelStep
    {
        private readonly int[] _known = [.. Enumerable.Range(0, (int)last + 1).Select(i => values.Number(value(i)))];

        public override void Read(Chunk chunk, Span<ulong> open, Span<int> numbers)
        {
            var column = chunk.Dense(id);
            for (var word = 0; word < open.Length; word++)
            {
                for (var rest = open[word]; rest != 0; rest &= rest - 1)
                {
                    var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                    numbers[row] = _known[(int)column[row]];
                }
            }

            open.Clear();
        }

        public override void AddColumns(ICollection<ColumnId> columns) => columns.Add(id);
    }

    /// <summary>An intrinsic number in every row.</summary>
    private sealed class DenseStep(ColumnId id, ValueTable values, Func<long, QueryValue> value) : LabelStep
    {
        public override void Read(Chunk chunk, Span<ulong> open, Span<int> numbers)
        {
            var column = chunk.Dense(id);
            for (var word = 0; word < open.Length; word++)
            {
                for (var rest = open[word]; rest != 0; rest &= rest - 1)
                {
                    var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                    numbers[row] = values.Number(value(column[row]));
                }
            }

            open.Clear();
        }

        public override void AddColumns(ICollection<ColumnId> columns) => columns.Add(id);
    }

    /// <summary>What events, links or the overflow say, where the source stores them as a column; else the row stays undecided.</summary>
    private sealed class EncodedStep(ISpanSource source, EncodedRows rows, ValueTable values, Func<SpanData, long, QueryValue> value) : LabelStep
    {
        private readonly SpanDecoder _decoder = new();
        private readonly ulong[] _look = new ulong[Chunk.MaxWords];
        private int[] _found = [];

        public override void Read(Chunk chunk, Span<ulong> open, Span<int> numbers)
        {
            var positive = chunk.Positive(rows.Count);
            if (positive.Length == 0)
            {
                return;
            }

            var look = _look.AsSpan(0, open.Length);
            for (var i = 0; i < look.Length; i++)
            {
                look[i] = open[i] & positive[i];
            }

            if (!Bits.Any(look))
            {
                return;
            }

            var isColumn = source.Spans.TryColumn(rows.Content, out _);
            if (isColumn)
            {
                _found = _found.Length == 0 ? new int[Chunk.MaxRows] : _found;
                rows.TryEach(chunk, look, _decoder, (row, span) => _found[row] = values.Number(value(span, chunk.Dense(IntrinsicColumns.Start)[row])));
            }

            for (var word = 0; word < look.Length; word++)
            {
                for (var rest = look[word]; rest != 0; rest &= rest - 1)
                {
                    var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                    numbers[row] = isColumn ? _found[row] : ValueTable.Open;
                    open[word] &= numbers[row] == ValueTable.Nil ? ulong.MaxValue : ~(rest & (0 - rest));
                }
            }
        }

        public override void AddColumns(ICollection<ColumnId> columns)
        {
            columns.Add(rows.Count);
            columns.Add(rows.Content);
        }
    }

    /// <summary>Only the whole trace can tell.</summary>
    private sealed class OpenStep : LabelStep
    {
        public override void Read(Chunk chunk, Span<ulong> open, Span<int> numbers)
        {
            for (var word = 0; word < open.Length; word++)
            {
                for (var rest = open[word]; rest != 0; rest &= rest - 1)
                {
                    numbers[(word << 6) + BitOperations.TrailingZeroCount(rest)] = ValueTable.Open;
                }
            }

            open.Clear();
        }

        public override void AddColumns(ICollection<ColumnId> columns)
        {
        }
    }
}
