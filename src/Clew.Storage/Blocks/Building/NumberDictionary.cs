namespace Clew.Storage.Blocks.Building;

/// <summary>
/// Finds out whether the numbers of a column are few: status codes, ports, sizes of pools. Then codes of a few bits beat differences,
/// which jump as far as the values do.
/// </summary>
internal sealed class NumberDictionary
{
    /// <summary>More distinct values than this are not few.</summary>
    public const int MaxValues = 4096;

    /// <summary>Unless every value stands for so many rows, its eight bytes in the dictionary are not earned back.</summary>
    private const int MinRowsPerValue = 16;

    /// <summary>So many distinct values are few in any case.</summary>
    private const int AlwaysFew = 64;

    private readonly long[] _values = new long[MaxValues];
    private readonly short[] _slots = new short[MaxValues * 2];

    private int _count;

    public ReadOnlySpan<long> Values => _values.AsSpan(0, _count);

    /// <summary>Gives each number its code; false as soon as they are too many.</summary>
    public bool TryEncode(ReadOnlySpan<long> numbers, Span<int> codes)
    {
        var limit = Math.Min(MaxValues, Math.Max(AlwaysFew, numbers.Length / MinRowsPerValue));
        _slots.AsSpan().Clear();
        _count = 0;
        for (var i = 0; i < numbers.Length; i++)
        {
            var number = numbers[i];
            var slot = (int)((ulong)number * 0x9E3779B97F4A7C15 >> 51);
            int code;
            while ((code = _slots[slot] - 1) >= 0 && _values[code] != number)
            {
                slot = (slot + 1) & (_slots.Length - 1);
            }

            if (code < 0)
            {
                if (_count == limit)
                {
                    return false;
                }

                _values[_count] = number;
                code = _count++;
                _slots[slot] = (short)_count;
            }

            codes[i] = code;
        }

        return true;
    }
}
