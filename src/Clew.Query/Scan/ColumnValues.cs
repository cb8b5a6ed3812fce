using System.Text;
using Clew.Model;
using Clew.Query.Values;
using Clew.Storage.Columns;

namespace Clew.Query.Scan;

/// <summary>Reads columns as values of the language, one by one: for small tables and for answers, not for scans.</summary>
internal static class ColumnValues
{
    /// <summary>Calls back for each row of the range that has a value, with its position in the range.</summary>
    public static void Each(IColumnReader reader, PageRange pages, Action<int, QueryValue> action)
    {
        var validity = new ulong[Bits.Words(pages.RowCount)];
        switch (reader.Id.Type)
        {
            case AttributeType.Int:
            case AttributeType.Bool:
                var numbers = new long[pages.RowCount];
                reader.ReadInt64(pages, numbers, validity);
                var isFlag = reader.Id.Type == AttributeType.Bool;
                Each(validity, pages.RowCount, row => action(row, isFlag ? QueryValue.Bool(numbers[row] != 0) : QueryValue.Int(numbers[row])));
                break;
            case AttributeType.Double:
                var doubles = new double[pages.RowCount];
                reader.ReadDouble(pages, doubles, validity);
                Each(validity, pages.RowCount, row => action(row, QueryValue.Float(doubles[row])));
                break;
            default:
                var texts = new ByteColumn();
                reader.ReadBytes(pages, texts, validity);
                Each(validity, pages.RowCount, row => action(row, QueryValue.String(Encoding.UTF8.GetString(texts[row]))));
                break;
        }
    }

    private static void Each(ulong[] validity, int rows, Action<int> action)
    {
        for (var row = 0; row < rows; row++)
        {
            if (Bits.Get(validity, row))
            {
                action(row);
            }
        }
    }
}
