using ParquetSharp;

namespace Clew.Storage.Tests.Blocks;

/// <summary>Reads a flat file through ParquetSharp, every value of every column, and writes what it read to another.</summary>
internal static class ParquetCopy
{
    public static void Copy(string from, string to)
    {
        using var source = new ParquetFileReader(from);
        using var schema = source.FileMetaData.Schema.GroupNode;
        using var properties = new WriterPropertiesBuilder().Compression(Compression.Uncompressed).Build();
        using var target = new ParquetFileWriter(to, schema, properties, null);
        for (var rowGroup = 0; rowGroup < source.FileMetaData.NumRowGroups; rowGroup++)
        {
            using var reading = source.RowGroup(rowGroup);
            using var writing = target.AppendRowGroup();
            var rows = checked((int)reading.MetaData.NumRows);
            for (var column = 0; column < source.FileMetaData.NumColumns; column++)
            {
                using var values = reading.Column(column);
                using var writer = writing.NextColumn();
                switch (values)
                {
                    case ColumnReader<bool> typed:
                        Copy(typed, (ColumnWriter<bool>)writer, rows);
                        break;
                    case ColumnReader<int> typed:
                        Copy(typed, (ColumnWriter<int>)writer, rows);
                        break;
                    case ColumnReader<long> typed:
                        Copy(typed, (ColumnWriter<long>)writer, rows);
                        break;
                    case ColumnReader<double> typed:
                        Copy(typed, (ColumnWriter<double>)writer, rows);
                        break;
                    case ColumnReader<ByteArray> typed:
                        Copy(typed, (ColumnWriter<ByteArray>)writer, rows);
                        break;
                    case ColumnReader<FixedLenByteArray> typed:
                        Copy(typed, (ColumnWriter<FixedLenByteArray>)writer, rows);
                        break;
                    default:
                        throw new NotSupportedException(values.GetType().Name);
                }
            }
        }

        target.Close();
    }

    /// <summary>Batch by batch: the bytes that a batch points to are gone with the next one.</summary>
    private static void Copy<T>(ColumnReader<T> reader, ColumnWriter<T> writer, int rows)
        where T : unmanaged
    {
        var (definitions, values) = (new short[rows], new T[rows]);
        while (reader.HasNext)
        {
            var read = (int)reader.ReadBatch(rows, definitions, [], values, out var count);
            var isOptional = reader.ColumnDescriptor.MaxDefinitionLevel > 0;
            if (isOptional)
            {
                writer.WriteBatch(read, definitions.AsSpan(0, read), [], values.AsSpan(0, (int)count));
            }
            else
            {
                writer.WriteBatch(values.AsSpan(0, (int)count));
            }
        }
    }
}
