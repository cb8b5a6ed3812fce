using Clew.Model;
using Clew.Storage.Columns;

namespace Clew.Query.Scan;

/// <summary>Reads which rows of a chunk have a value in a column, with as little of the values as the column allows.</summary>
internal static class ColumnPresence
{
    public static void Read(Chunk chunk, IColumnReader reader, Span<ulong> present)
    {
        switch (reader.Id.Type)
        {
            case AttributeType.Int or AttributeType.Bool:
                Span<long> numbers = new long[chunk.Rows];
                reader.ReadInt64(chunk.Pages, numbers, present);
                break;
            case AttributeType.Double:
                Span<double> doubles = new double[chunk.Rows];
                reader.ReadDouble(chunk.Pages, doubles, present);
                break;
            default:
                if (reader.Dictionary(chunk.Pages.RowGroup) is null)
                {
                    reader.ReadBytes(chunk.Pages, new ByteColumn(), present);
                    break;
                }

                Span<int> codes = new int[chunk.Rows];
                reader.ReadCodes(chunk.Pages, codes);
                ColumnKernels.HasCode(codes, present);
                break;
        }
    }
}
