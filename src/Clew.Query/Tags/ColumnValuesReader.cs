using System.Text;
using Clew.Model;
using Clew.Query.Values;
using Clew.Storage.Columns;

namespace Clew.Query.Tags;

/// <summary>Distinct values of a column: from the dictionary where there is one, else row by row.</summary>
internal static class ColumnValuesReader
{
    public static void Add(IColumnSource table, IColumnReader column, AttributeType type, int chunkRows, ValueSet values)
    {
        var bytes = new ByteColumn();
        var numbers = new long[chunkRows];
        var reals = new double[chunkRows];
        var validity = new ulong[(chunkRows + 63) / 64];
        for (var group = 0; group < table.RowGroups && !values.IsFull; group++)
        {
            if (type == AttributeType.String && column.Dictionary(group) is { } dictionary)
            {
                for (var code = 0; code < dictionary.Count && !values.IsFull; code++)
                {
                    values.Add(QueryValue.String(Encoding.UTF8.GetString(dictionary[code])));
                }

                continue;
            }

            var rowCount = table.Stats(group).RowCount;
            for (var first = 0; first < rowCount && !values.IsFull; first += chunkRows)
            {
                var pages = new PageRange(group, first, Math.Min(chunkRows, rowCount - first));
                switch (type)
                {
                    case AttributeType.String:
                        bytes.Clear();
                        column.ReadBytes(pages, bytes, validity);
                        break;
                    case AttributeType.Double:
                        column.ReadDouble(pages, reals, validity);
                        break;
                    default:
                        column.ReadInt64(pages, numbers, validity);
                        break;
                }

                for (var i = 0; i < pages.RowCount; i++)
                {
                    if ((validity[i >> 6] >> (i & 63) & 1) != 0)
                    {
                        values.Add(type switch
                        {
                            AttributeType.String => QueryValue.String(Encoding.UTF8.GetString(bytes[i])),
                            AttributeType.Double => QueryValue.Float(reals[i]),
                            AttributeType.Bool => QueryValue.Bool(numbers[i] != 0),
                            _ => QueryValue.Int(numbers[i]),
                        });
                    }
                }
            }
        }
    }
}
