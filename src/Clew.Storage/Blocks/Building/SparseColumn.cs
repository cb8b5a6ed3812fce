using System.Runtime.CompilerServices;
using System.Text.Unicode;

namespace Clew.Storage.Blocks.Building;

/// <summary>
/// Values of some rows of a row group being gathered: the rows, ascending, and beside each its 64 bits (numbers) or its code (texts).
/// 12 or 8 bytes a value, whatever the number of rows.
/// </summary>
internal sealed class SparseColumn
{
    private int[] _rows = [];
    private int[] _codes = [];
    private long[] _numbers = [];
    private int _lastCode = -1;

    public int Count { get; private set; }

    /// <summary>The distinct texts of a text column.</summary>
    public ByteTable Texts { get; } = new();

    public ReadOnlySpan<int> Rows => _rows.AsSpan(0, Count);

    public ReadOnlySpan<int> Codes => _codes.AsSpan(0, Count);

    public ReadOnlySpan<long> Numbers => _numbers.AsSpan(0, Count);

    public long AllocatedBytes => Texts.AllocatedBytes + (sizeof(int) * ((long)_rows.Length + _codes.Length)) + (sizeof(long) * (long)_numbers.Length);

    public void Clear()
    {
        Count = 0;
        _lastCode = -1;
        Texts.Clear();
    }

    public void AddNumber(int row, long value)
    {
        if (Count == _numbers.Length)
        {
            GrowRows();
            Array.Resize(ref _numbers, _rows.Length);
        }

        _rows[Count] = row;
        _numbers[Count++] = value;
    }

    /// <summary>Adds a text; false, and nothing added, when it is not UTF-8. <paramref name="newBytes"/> is what the table of texts grew by.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAddText(int row, ReadOnlySpan<byte> value, out int newBytes)
    {
        // Neighbours often agree: spans of one trace share hosts, users, statements.
        newBytes = 0;
        if (_lastCode >= 0 && Texts[_lastCode].SequenceEqual(value))
        {
            AddCode(row, _lastCode);
            return true;
        }

        var code = Texts.Intern(value, out var isNew);
        if (isNew)
        {
            if (!Utf8.IsValid(value))
            {
                Texts.RemoveNewest();
                return false;
            }

            newBytes = value.Length;
        }

        _lastCode = code;
        AddCode(row, code);
        return true;
    }

    /// <summary>Appends bytes to the value of a row, which is the newest row or a later one. For values that are lists of messages.</summary>
    public void AppendBytes(int row, ReadOnlySpan<byte> more)
    {
        if (Count > 0 && _rows[Count - 1] == row)
        {
            Texts.Extend(more);
        }
        else
        {
            AddCode(row, Texts.Append(more));
        }
    }

    public void AddCode(int row, int code)
    {
        if (Count == _codes.Length)
        {
            GrowRows();
            Array.Resize(ref _codes, _rows.Length);
        }

        _rows[Count] = row;
        _codes[Count++] = code;
    }

    private void GrowRows() => Array.Resize(ref _rows, Math.Max(16, Count * 2));
}
