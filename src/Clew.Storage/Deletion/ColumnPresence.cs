using Clew.Model;
using Clew.Storage.Columns;

namespace Clew.Storage.Deletion;

/// <summary>Which columns of a source from which rows are hidden still have something to show.</summary>
internal static class ColumnPresence
{
    private const int Window = 8192;

    /// <summary>Those with a value in a row that is left, and the intrinsic ones.</summary>
    public static IReadOnlyCollection<ColumnId> WithValues(this IColumnSource source, IEnumerable<ColumnId> columns) => [.. columns.Where(id => HasValue(source, id))];

    private static bool HasValue(IColumnSource source, ColumnId id)
    {
        if (id.Scope == AttributeScope.Intrinsic || !source.TryColumn(id, out var column))
        {
            return id.Scope == AttributeScope.Intrinsic;
        }

        var validity = new ulong[Window / 64];
        for (var group = 0; group < source.RowGroups; group++)
        {
            var rows = source.Stats(group).RowCount;
            for (var first = 0; first < rows; first += Window)
            {
                var pages = new PageRange(group, first, Math.Min(Window, rows - first));
                Read(column, pages, validity);
                for (var row = 0; row < pages.RowCount; row++)
                {
                    if ((validity[row >> 6] >> (row & 63) & 1) != 0)
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }

    private static void Read(IColumnReader column, PageRange pages, ulong[] validity)
    {
        switch (column.Id.Type)
        {
            case AttributeType.Double:
                column.ReadDouble(pages, new double[pages.RowCount], validity);
                break;
            case AttributeType.String or AttributeType.Bytes:
                column.ReadBytes(pages, new ByteColumn(), validity);
                break;
            default:
                column.ReadInt64(pages, new long[pages.RowCount], validity);
                break;
        }
    }
}
