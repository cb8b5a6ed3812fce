using CsCheck;
using ParquetSharp;

namespace Clew.Parquet.Tests;

/// <summary>parquet-cpp, through ParquetSharp, as the oracle: what we write is what it reads.</summary>
public sealed class ParquetSharpTests
{
    [Fact]
    public void Any_table_reads_the_same_in_ParquetSharp() => Gen.Int.Sample(
        seed =>
        {
            RandomTable table = new(seed);
            using MemoryStream input = new(table.Write());
            using ReaderProperties properties = ReaderProperties.GetDefaultReaderProperties();
            properties.EnablePageChecksumVerification();
            using ParquetFileReader file = new(input, properties);
            Assert.Equal(table.RowGroups.Count, file.FileMetaData.NumRowGroups);
            for (int g = 0; g < table.RowGroups.Count; g++)
            {
                using RowGroupReader group = file.RowGroup(g);
                for (int c = 0; c < table.Schema.Count; c++)
                {
                    using ColumnReader column = group.Column(c);
                    RoundTripTests.AssertCells(table.RowGroups[g][c], Read(column, table.Schema[c], (int)group.MetaData.NumRows), 0);
                }
            }
        },
        iter: 100,
        threads: 1);

    private static object?[] Read(ColumnReader column, ParquetColumn schema, int rows) => schema.Type switch
    {
        ParquetType.Boolean => ReadBatches<bool>(column, schema, rows, value => value),
        ParquetType.Int32 => ReadBatches<int>(column, schema, rows, value => value),
        ParquetType.Int64 => ReadBatches<long>(column, schema, rows, value => value),
        ParquetType.Double => ReadBatches<double>(column, schema, rows, value => value),
        ParquetType.FixedLenByteArray => ReadBatches<FixedLenByteArray>(column, schema, rows, value => Bytes(value.Pointer, schema.FixedLength)),
        _ => ReadBatches<ByteArray>(column, schema, rows, value => Bytes(value.Pointer, value.Length)),
    };

    private static object?[] ReadBatches<T>(ColumnReader column, ParquetColumn schema, int rows, Func<T, object> cell)
        where T : unmanaged
    {
        object?[] cells = new object?[rows];
        short[] levels = new short[rows];
        T[] values = new T[rows];
        ColumnReader<T> typed = (ColumnReader<T>)column;
        int done = 0;
        while (done < rows)
        {
            // Byte strings point into the page, so each batch is turned into cells before the next is read.
            long read = typed.ReadBatch(rows - done, schema.IsOptional ? levels : null, null, values, out long valuesRead);
            Assert.True(read > 0);
            int next = 0;
            for (int i = 0; i < read; i++)
            {
                cells[done + i] = !schema.IsOptional || levels[i] == 1 ? cell(values[next++]) : null;
            }

            Assert.Equal(valuesRead, next);
            done += (int)read;
        }

        return cells;
    }

    private static unsafe byte[] Bytes(IntPtr pointer, int length) => new ReadOnlySpan<byte>((void*)pointer, length).ToArray();
}
