using System.Globalization;

namespace Clew.Parquet.Tests;

/// <summary>Reads cells back and writes them as text that is equal exactly if the cells are, for comparison and messages.</summary>
internal static class Cells
{
    public static string Show(object? cell) => cell switch
    {
        null => "null",
        byte[] bytes => Convert.ToHexString(bytes),
        double number => BitConverter.DoubleToInt64Bits(double.IsNaN(number) ? double.NaN : number).ToString("x", CultureInfo.InvariantCulture),
        _ => Convert.ToString(cell, CultureInfo.InvariantCulture)!,
    };

    /// <summary>Rows [first, first + count) of a column by the reading method of its type.</summary>
    public static object?[] Read(ColumnChunkReader reader, int first, int count)
    {
        object?[] cells = new object?[count];
        ulong[] valid = new ulong[(count + 63) / 64];
        switch (reader.Column.Type)
        {
            case ParquetType.Boolean:
                Fill(cells, valid, (bool[] values) => reader.ReadBool(first, count, values, valid));
                break;
            case ParquetType.Int32:
                Fill(cells, valid, (int[] values) => reader.ReadInt32(first, count, values, valid));
                break;
            case ParquetType.Int64:
                Fill(cells, valid, (long[] values) => reader.ReadInt64(first, count, values, valid));
                break;
            case ParquetType.Double:
                Fill(cells, valid, (double[] values) => reader.ReadDouble(first, count, values, valid));
                break;
            default:
                ByteRange[] ranges = new ByteRange[count];
                for (int done = 0; done < count;)
                {
                    int rows = reader.ReadBytes(first + done, count - done, ranges, out ReadOnlySpan<byte> buffer);
                    for (int i = 0; i < rows; i++)
                    {
                        cells[done + i] = ranges[i].IsNull ? null : ranges[i].In(buffer).ToArray();
                    }

                    done += rows;
                }

                break;
        }

        return cells;
    }

    private static void Fill<T>(object?[] cells, ulong[] valid, Action<T[]> read)
    {
        T[] values = new T[cells.Length];
        read(values);
        for (int i = 0; i < cells.Length; i++)
        {
            cells[i] = ((valid[i / 64] >> (i % 64)) & 1) != 0 ? values[i] : null;
        }
    }
}
