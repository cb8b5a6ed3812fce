using Clew.Model;
using Clew.Parquet;

namespace Clew.Storage.Blocks.Building;

/// <summary>The attribute columns of a file: their schema, and their values in one row group.</summary>
internal static class AttributeWriter
{
    public static List<ParquetColumn> Schema(IReadOnlyList<CataloguedColumn> columns, int from)
    {
        var schema = new List<ParquetColumn>();
        for (var i = from; i < columns.Count; i++)
        {
            var column = columns[i];
            schema.Add(column.Type switch
            {
                AttributeType.String => ParquetColumn.String(column.Name, optional: true),
                AttributeType.Int => ParquetColumn.Int64(column.Name, optional: true),
                AttributeType.Double => ParquetColumn.Double(column.Name, optional: true),
                _ => ParquetColumn.Boolean(column.Name, optional: true),
            });
        }

        return schema;
    }

    public static void Write(ColumnFile file, ColumnCatalogue catalogue, AttributeColumns values)
    {
        foreach (var column in catalogue.Columns)
        {
            var gathered = values.Find(column.Key, column.Type);
            if (gathered is null || gathered.Values.Count == 0)
            {
                file.WriteNulls();
                continue;
            }

            column.ValueCount += gathered.Values.Count;
            if (column.Type == AttributeType.String)
            {
                file.WriteTexts(gathered.Values);
            }
            else
            {
                file.WriteNumbers(gathered.Values, column.Type);
            }
        }
    }
}
