using System.Buffers.Binary;
using Clew.Model;
using Clew.Parquet;
using Clew.Storage.Columns;

namespace Clew.Storage.Blocks.Reading;

/// <summary>The values of one column in a window of rows, unpacked so that they can be taken row by row. Used for window after window.</summary>
internal sealed class RowValues(BlockColumnReader column) : IDisposable
{
    private readonly bool _isText = column.Id.Type is AttributeType.String or AttributeType.Bytes;
    private readonly ByteColumn _texts = new();
    private ColumnChunkReader? _chunk;
    private int _rowGroup = -1;
    private bool _isNull;
    private bool _isBoolean;
    private ParquetDictionary? _dictionary;
    private int[] _codes = [];
    private long[] _numbers = [];
    private ulong[] _validity = [];
    private byte[] _fixed = [];

    public ColumnId Id => column.Id;

    /// <summary>The key in UTF-8, for writing attributes.</summary>
    public byte[] Key { get; } = System.Text.Encoding.UTF8.GetBytes(column.Id.Key);

    /// <summary>True when no row of the window has a value.</summary>
    public bool IsEmpty { get; private set; }

    public void Load(PageRange rows)
    {
        if (rows.RowGroup != _rowGroup)
        {
            Dispose();
            _rowGroup = rows.RowGroup;
            _isNull = column.IsNull(rows.RowGroup);
            _chunk = _isNull ? null : column.Open(rows.RowGroup);
            _dictionary = _isText && _chunk is { HasDictionary: true } ? _chunk.Dictionary : null;
            _isBoolean = _chunk?.Column.Type == ParquetType.Boolean;
        }

        IsEmpty = _isNull;
        if (_chunk is null)
        {
            return;
        }

        var page = _chunk.PageOf(rows.FirstRow);
        IsEmpty = _chunk.PageNullCount(page) == _chunk.PageRows(page) && rows.FirstRow + rows.RowCount <= _chunk.PageFirstRow(page) + _chunk.PageRows(page);
        if (IsEmpty)
        {
            return;
        }

        Reserve(rows.RowCount);
        Unpack(_chunk, rows);
    }

    public bool Has(int row) => !IsEmpty && (_dictionary is not null ? _codes[row] >= 0 : (_validity[row >> 6] >> (row & 63) & 1) != 0);

    /// <summary>The text or bytes; empty for null.</summary>
    public ReadOnlySpan<byte> Text(int row)
    {
        if (!Has(row))
        {
            return default;
        }

        return _dictionary is not null ? _dictionary[_codes[row]] : _texts[row];
    }

    /// <summary>The number (the bits of a double, 0 and 1 for a boolean); zero for null.</summary>
    public long Number(int row) => Has(row) ? _numbers[row] : 0;

    public void Dispose()
    {
        _chunk?.Dispose();
        _chunk = null;
        _rowGroup = -1;
    }

    private void Unpack(ColumnChunkReader chunk, PageRange rows)
    {
        if (_dictionary is not null)
        {
            chunk.ReadCodes(rows.FirstRow, rows.RowCount, _codes);
        }
        else if (_isText)
        {
            _texts.Clear();
            _validity.AsSpan().Clear();
            BlockColumnReader.AppendBytes(chunk, rows, _texts, _validity);
        }
        else if (_isBoolean)
        {
            var flags = System.Runtime.InteropServices.MemoryMarshal.Cast<int, bool>(_codes.AsSpan());
            chunk.ReadBool(rows.FirstRow, rows.RowCount, flags, _validity);
            for (var i = 0; i < rows.RowCount; i++)
            {
                _numbers[i] = flags[i] ? 1 : 0;
            }
        }
        else if (chunk.Column.Type == ParquetType.FixedLenByteArray)
        {
            chunk.ReadFixed(rows.FirstRow, rows.RowCount, _fixed, _validity);
            for (var i = 0; i < rows.RowCount; i++)
            {
                _numbers[i] = BinaryPrimitives.ReadInt64BigEndian(_fixed.AsSpan(i * SpanId.Size));
            }
        }
        else if (chunk.Column.Type == ParquetType.Double)
        {
            chunk.ReadDouble(rows.FirstRow, rows.RowCount, System.Runtime.InteropServices.MemoryMarshal.Cast<long, double>(_numbers.AsSpan()), _validity);
        }
        else
        {
            chunk.ReadInt64(rows.FirstRow, rows.RowCount, _numbers, _validity);
        }
    }

    private void Reserve(int rows)
    {
        if (_validity.Length * 64 < rows)
        {
            _validity = new ulong[(rows + 63) / 64];
        }

        if (_dictionary is null && !_isText && _numbers.Length < rows)
        {
            _numbers = new long[rows];
        }

        if ((_dictionary is not null || _isBoolean) && _codes.Length < rows)
        {
            _codes = new int[rows];
        }

        if (_fixed.Length < rows * SpanId.Size && _chunk!.Column.Type == ParquetType.FixedLenByteArray)
        {
            _fixed = new byte[rows * SpanId.Size];
        }
    }
}
