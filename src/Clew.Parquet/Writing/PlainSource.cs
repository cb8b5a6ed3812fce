using System.Numerics;
using System.Runtime.InteropServices;

namespace Clew.Parquet;

/// <summary>Values per row: given row by row, or through codes into a dictionary (-1 for null).</summary>
internal readonly ref struct PlainSource
{
    public PlainSource(ColumnValues values) => Values = values;

    public PlainSource(ColumnValues dictionary, ReadOnlySpan<int> codes)
    {
        Values = dictionary;
        Codes = codes;
    }

    public ColumnValues Values { get; }

    /// <summary>Empty if the values are given row by row.</summary>
    public ReadOnlySpan<int> Codes { get; }

    /// <summary>
    /// Numbers of the page's rows that have a value. Borrowed from the caller where all rows have one, else gathered in
    /// <paramref name="scratch"/>.
    /// </summary>
    public ReadOnlySpan<T> Numbers<T>(int first, int rows, ReadOnlySpan<ulong> validity, int nulls, Span<T> scratch)
        where T : unmanaged
    {
        ReadOnlySpan<T> values = MemoryMarshal.Cast<byte, T>(Values.Blob);
        int count = 0;
        if (!Codes.IsEmpty)
        {
            foreach (int code in Codes.Slice(first, rows))
            {
                if (code >= 0)
                {
                    scratch[count++] = values[code];
                }
            }

            return scratch[..count];
        }

        values = values.Slice(first, rows);
        if (nulls == 0)
        {
            return values;
        }

        for (int word = 0; word * 64 < rows; word++)
        {
            for (ulong bits = validity[word]; bits != 0; bits &= bits - 1)
            {
                int row = word * 64 + BitOperations.TrailingZeroCount(bits);
                if (row >= rows)
                {
                    break;
                }

                scratch[count++] = values[row];
            }
        }

        return scratch[..count];
    }
}
