using System.Text;

namespace Clew.Parquet.Tests;

/// <summary>
/// A table of random shape made from a seed: columns of every type, null pattern and way of handing over, in row groups. Cells are
/// null, bool, int, long, double or byte[] (also for text).
/// </summary>
internal sealed class RandomTable
{
    private readonly Random _random;
    private readonly List<ColumnPlan> _plans = [];

    public RandomTable(int seed, int maxRows = 3_000)
    {
        _random = new Random(seed);
        int columns = _random.Next(1, 9);
        List<ParquetColumn> schema = [];
        for (int i = 0; i < columns; i++)
        {
            ColumnPlan plan = MakePlan($"c{i}");
            _plans.Add(plan);
            schema.Add(plan.Column);
        }

        Schema = new ParquetSchema(schema);
        Options = new ParquetWriterOptions
        {
            PageRows = 64 * _random.Next(1, 9),
            MaxDictionaryBytes = _random.Next(4) == 0 ? 64 : 512 << 10,
        };
        for (int group = _random.Next(1, 4); group > 0; group--)
        {
            int rows = _random.Next(1, maxRows);
            RowGroups.Add([.. _plans.Select(plan => MakeCells(plan, rows))]);
        }
    }

    public ParquetSchema Schema { get; }

    public ParquetWriterOptions Options { get; }

    /// <summary>Cells by row group, column, row.</summary>
    public List<object?[][]> RowGroups { get; } = [];

    public byte[] Write() => TestFile.Write(
        Schema,
        writer =>
        {
            foreach (object?[][] columns in RowGroups)
            {
                RowGroupWriter group = writer.StartRowGroup(columns[0].Length);
                for (int i = 0; i < columns.Length; i++)
                {
                    WriteColumn(group, _plans[i], columns[i]);
                }
            }
        },
        Options);

    private ColumnPlan MakePlan(string name)
    {
        bool optional = _random.Next(2) == 0;
        ParquetColumn column = _random.Next(7) switch
        {
            0 => ParquetColumn.Boolean(name, optional),
            1 => ParquetColumn.Int32(name, optional),
            2 => ParquetColumn.Int64(name, optional),
            3 => ParquetColumn.Double(name, optional),
            4 => ParquetColumn.String(name, optional),
            5 => ParquetColumn.Bytes(name, optional),
            _ => ParquetColumn.Fixed(name, _random.Next(1, 20), optional),
        };
        bool codes = column.Type != ParquetType.Boolean && _random.Next(2) == 0;
        EncodingHint encoding = (column.Type, _random.Next(2)) switch
        {
            (ParquetType.Int32 or ParquetType.Int64, 0) => EncodingHint.Plain,
            (ParquetType.Boolean, 0) => EncodingHint.Rle,
            _ => EncodingHint.Auto,
        };
        ChunkOptions options = new(
            (CompressionHint)_random.Next(3), BloomFilter: (column.IsString || column.Type is ParquetType.Int32 or ParquetType.Int64) && _random.Next(3) == 0, encoding);
        return new ColumnPlan(column, codes, options, Distinct: 1 << _random.Next(0, 12), NullPattern: _random.Next(4), Runs: _random.Next(2) == 0);
    }

    private object?[] MakeCells(ColumnPlan plan, int rows)
    {
        object[] pool = [.. Enumerable.Range(0, plan.Distinct).Select(_ => MakeValue(plan.Column))];
        object?[] cells = new object?[rows];
        int run = 0;
        object? value = null;
        bool isNull = false;
        int nullRun = 0;
        for (int row = 0; row < rows; row++)
        {
            if (run-- <= 0)
            {
                value = pool[_random.Next(pool.Length)];
                run = plan.Runs ? _random.Next(200) : 0;
            }

            if (nullRun-- <= 0)
            {
                isNull = plan.NullPattern switch { 0 => false, 1 => true, 2 => _random.Next(2) == 0, _ => _random.Next(10) < 7 };
                nullRun = plan.NullPattern == 3 ? _random.Next(300) : 0;
            }

            cells[row] = plan.Column.IsOptional && isNull ? null : value;
        }

        return cells;
    }

    private object MakeValue(ParquetColumn column)
    {
        switch (column.Type)
        {
            case ParquetType.Boolean:
                return _random.Next(2) == 0;
            case ParquetType.Int32:
                return _random.Next(3) == 0 ? _random.Next(int.MinValue, int.MaxValue) : _random.Next(1000);
            case ParquetType.Int64:
                return _random.Next(3) == 0 ? _random.NextInt64(long.MinValue, long.MaxValue) : 1_700_000_000_000_000_000 + _random.Next();
            case ParquetType.Double:
                return _random.Next(20) switch
                {
                    0 => double.NegativeInfinity,
                    1 => -0.0,
                    2 => 0.0,
                    3 when column.IsOptional => double.NaN,
                    _ => _random.NextDouble() * 1e6 - 5e5,
                };
            case ParquetType.FixedLenByteArray:
                byte[] id = new byte[column.FixedLength];
                _random.NextBytes(id);
                return id;
            default:
                return MakeBytes(column.IsString);
        }
    }

    private byte[] MakeBytes(bool text)
    {
        int length = _random.Next(20) == 0 ? _random.Next(300) : _random.Next(24);
        if (text)
        {
            const string Letters = "abcdeé日𝄞/";
            StringBuilder builder = new(_random.Next(2) == 0 ? "https://example.org/a/very/long/common/beginning/of/many/urls/" : "");
            Rune[] runes = [.. Letters.EnumerateRunes()];
            for (int i = 0; i < length; i++)
            {
                builder.Append(runes[_random.Next(runes.Length)].ToString());
            }

            return Encoding.UTF8.GetBytes(builder.ToString());
        }

        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            bytes[i] = _random.Next(3) switch { 0 => 0, 1 => 0xff, _ => (byte)_random.Next(256) };
        }

        return bytes;
    }

    private static void WriteColumn(RowGroupWriter group, ColumnPlan plan, object?[] cells)
    {
        ulong[] validity = new ulong[(cells.Length + 63) / 64];
        for (int i = 0; i < cells.Length; i++)
        {
            validity[i / 64] |= cells[i] is null ? 0 : 1UL << (i % 64);
        }

        if (plan.Column.IsOptional && cells.All(cell => cell is null) && !plan.Codes)
        {
            group.WriteNulls(plan.Options with { Encoding = EncodingHint.Auto, BloomFilter = false });
            return;
        }

        if (plan.Codes)
        {
            WriteCodes(group, plan, cells);
            return;
        }

        switch (plan.Column.Type)
        {
            case ParquetType.Boolean:
                group.WriteBool(cells.Select(cell => (bool?)cell ?? true).ToArray(), validity, plan.Options);
                break;
            case ParquetType.Int32:
                group.WriteInt32(cells.Select(cell => (int?)cell ?? 77).ToArray(), validity, plan.Options);
                break;
            case ParquetType.Int64:
                group.WriteInt64(cells.Select(cell => (long?)cell ?? 77).ToArray(), validity, plan.Options);
                break;
            case ParquetType.Double:
                group.WriteDouble(cells.Select(cell => (double?)cell ?? 77).ToArray(), validity, plan.Options);
                break;
            case ParquetType.FixedLenByteArray:
                group.WriteFixed(cells.SelectMany(cell => (byte[]?)cell ?? new byte[plan.Column.FixedLength]).ToArray(), validity, plan.Options);
                break;
            default:
                (int[] offsets, byte[] blob) = Blob(cells);
                group.WriteBytes(new ByteArrays(offsets, blob), validity, plan.Options);
                break;
        }
    }

    private static void WriteCodes(RowGroupWriter group, ColumnPlan plan, object?[] cells)
    {
        Dictionary<string, int> seen = [];
        // A value that no row uses comes first: the writer has to leave it out.
        List<object> values = [Unused(plan.Column)];
        int[] codes = new int[cells.Length];
        for (int i = 0; i < cells.Length; i++)
        {
            if (cells[i] is not object cell)
            {
                codes[i] = -1;
                continue;
            }

            string key = Cells.Show(cell);
            if (!seen.TryGetValue(key, out int code))
            {
                code = values.Count;
                seen.Add(key, code);
                values.Add(cell);
            }

            codes[i] = code;
        }

        ChunkOptions options = plan.Options;
        switch (plan.Column.Type)
        {
            case ParquetType.Int32:
                group.WriteCodes(codes, values.Cast<int>().ToArray(), options);
                break;
            case ParquetType.Int64:
                group.WriteCodes(codes, values.Cast<long>().ToArray(), options);
                break;
            case ParquetType.Double:
                group.WriteCodes(codes, values.Cast<double>().ToArray(), options);
                break;
            case ParquetType.FixedLenByteArray:
                group.WriteFixedCodes(codes, values.SelectMany(value => (byte[])value).ToArray(), options);
                break;
            default:
                (int[] offsets, byte[] blob) = Blob([.. values]);
                group.WriteCodes(codes, new ByteArrays(offsets, blob), options);
                break;
        }
    }

    private static object Unused(ParquetColumn column) => column.Type switch
    {
        ParquetType.Int32 => 123_456_789,
        ParquetType.Int64 => 123_456_789L,
        ParquetType.Double => 123_456_789.0,
        ParquetType.FixedLenByteArray => new byte[column.FixedLength],
        _ => "not used by any row"u8.ToArray(),
    };

    private static (int[] Offsets, byte[] Blob) Blob(object?[] values)
    {
        int[] offsets = new int[values.Length + 1];
        List<byte> blob = [];
        for (int i = 0; i < values.Length; i++)
        {
            blob.AddRange((byte[]?)values[i] ?? "x"u8.ToArray());
            offsets[i + 1] = blob.Count;
        }

        return (offsets, [.. blob]);
    }

    private sealed record ColumnPlan(ParquetColumn Column, bool Codes, ChunkOptions Options, int Distinct, int NullPattern, bool Runs);
}
