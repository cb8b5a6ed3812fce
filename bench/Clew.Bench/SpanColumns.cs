using System.Text;
using Clew.Parquet;

namespace Clew.Bench;

/// <summary>
/// One row group of spans in 35 columns, seeded: traces of about twenty spans in order of start, 40 skewed services, attributes
/// that belong to kinds of spans (so nulls come in patterns), random ids, URLs and users of high cardinality.
/// </summary>
internal sealed class SpanColumns
{
    private readonly Random _random;
    private readonly List<(ParquetColumn Column, Action<RowGroupWriter> Write)> _columns = [];
    private readonly int[] _spanType;
    private readonly int[] _service;

    public SpanColumns(int rows, int seed)
    {
        Rows = rows;
        _random = new Random(seed);
        _service = new int[rows];
        _spanType = new int[rows];
        for (int i = 0; i < rows; i++)
        {
            // The square of a uniform number: the first services have most spans.
            double skew = _random.NextDouble();
            _service[i] = (int)(skew * skew * 40);
            _spanType[i] = _random.Next(4);
        }

        AddIds();
        AddNumbers();
        AddTexts();
        Schema = new ParquetSchema(_columns.Select(column => column.Column));
    }

    public int Rows { get; }

    public ParquetSchema Schema { get; }

    public void Write(ParquetWriter writer)
    {
        RowGroupWriter group = writer.StartRowGroup(Rows);
        foreach ((_, Action<RowGroupWriter> write) in _columns)
        {
            write(group);
        }
    }

    private void AddIds()
    {
        ChunkOptions zstd = new(CompressionHint.IfSaves30Percent);
        byte[] traces = new byte[Rows * 16];
        byte[] spans = new byte[Rows * 8];
        byte[] parents = new byte[Rows * 8];
        ulong[] hasParent = new ulong[(Rows + 63) / 64];
        _random.NextBytes(spans);
        for (int row = 0; row < Rows; row++)
        {
            Span<byte> trace = traces.AsSpan(row * 16, 16);
            if (row % 20 == 0)
            {
                _random.NextBytes(trace);
                continue;
            }

            traces.AsSpan(row * 16 - 16, 16).CopyTo(trace);
            int parent = row - 1 - _random.Next(row % 20);
            spans.AsSpan(parent * 8, 8).CopyTo(parents.AsSpan(row * 8));
            hasParent[row / 64] |= 1UL << (row % 64);
        }

        Add(ParquetColumn.Fixed("trace_id", 16), group => group.WriteFixed(traces, options: new(CompressionHint.Always)));
        Add(ParquetColumn.Fixed("span_id", 8), group => group.WriteFixed(spans, options: zstd));
        Add(ParquetColumn.Fixed("parent_id", 8, optional: true), group => group.WriteFixed(parents, hasParent, new(CompressionHint.Always)));
    }

    private void AddNumbers()
    {
        long[] starts = new long[Rows];
        long[] durations = new long[Rows];
        int[] left = new int[Rows];
        int[] right = new int[Rows];
        int[] parent = new int[Rows];
        long clock = 1_700_000_000_000_000_000;
        for (int row = 0; row < Rows; row++)
        {
            clock += row % 20 == 0 ? _random.Next(2_000_000) : 0;
            starts[row] = clock + _random.Next(50_000_000);
            durations[row] = (long)Math.Exp(10 + _random.NextDouble() * 10);
            left[row] = row % 20 * 2 + 1;
            right[row] = left[row] + 1 + _random.Next(3);
            parent[row] = row % 20 == 0 ? -1 : _random.Next(row % 20);
        }

        Add(ParquetColumn.Int64("start"), group => group.WriteInt64(starts));
        Add(ParquetColumn.Int64("duration"), group => group.WriteInt64(durations));
        Add(ParquetColumn.Int32("nested_left"), group => group.WriteInt32(left));
        Add(ParquetColumn.Int32("nested_right"), group => group.WriteInt32(right));
        Add(ParquetColumn.Int32("nested_parent"), group => group.WriteInt32(parent));
        AddCodes(ParquetColumn.Int64("http.status_code", optional: true), [200, 201, 204, 301, 400, 401, 404, 429, 500, 503], row => _spanType[row] < 2 ? Skewed(10) : -1);
        AddSparse("http.response.size", 1);
        AddSparse("thread.id", 2);
        AddSparse("messaging.offset", 3);
        bool[] errors = [.. Enumerable.Range(0, Rows).Select(_ => _random.Next(50) == 0)];
        Add(ParquetColumn.Boolean("error"), group => group.WriteBool(errors));
        double[] ratios = [.. Enumerable.Range(0, Rows).Select(_ => _random.Next(1000) / 10.0)];
        ulong[] hasRatio = Bits(row => _spanType[row] == 0 && row % 3 == 0);
        Add(ParquetColumn.Double("cache.ratio", optional: true), group => group.WriteDouble(ratios, hasRatio, new(CompressionHint.IfSaves30Percent)));
    }

    private void AddTexts()
    {
        AddCodes("service.name", 40, "service-", row => _service[row]);
        AddCodes("name", 400, "/api/v1/operation/", row => _service[row] * 10 + Skewed(10));
        AddCodes("kind", 5, "kind-", row => _spanType[row]);
        AddCodes("status", 3, "status-", _ => _random.Next(30) == 0 ? 2 : _random.Next(2));
        AddCodes("service.version", 80, "2.14.", row => _service[row] * 2 + (row / 1000 & 1));
        AddCodes("k8s.namespace", 8, "namespace-", row => _service[row] / 5);
        AddCodes("k8s.pod", 400, "deployment-7d4b9c-", row => _service[row] * 10 + _random.Next(10));
        AddCodes("k8s.node", 50, "node-", _ => _random.Next(50));
        AddCodes("http.method", 5, "METHOD-", row => _spanType[row] < 2 ? Skewed(5) : -1);
        AddCodes("http.route", 300, "/api/v1/items/{id}/", row => _spanType[row] < 2 ? Skewed(300) : -1);
        AddCodes("server.address", 40, "server-", row => _spanType[row] == 1 ? _service[row] : -1);
        AddCodes("db.system", 4, "db-", row => _spanType[row] == 2 ? Skewed(4) : -1);
        AddCodes("db.statement", 2_000, "SELECT * FROM table WHERE column = ? AND other = ", row => _spanType[row] == 2 ? Skewed(2_000) : -1);
        AddCodes("rpc.method", 120, "package.Service/Method", row => _spanType[row] == 1 ? Skewed(120) : -1);
        AddCodes("messaging.destination", 30, "topic-", row => _spanType[row] == 3 ? Skewed(30) : -1);
        AddCodes("client.address", 5_000, "10.0.", row => _spanType[row] == 0 ? _random.Next(5_000) : -1);
        AddCodes("url.full", 100_000, "https://shop.example.org/catalogue/item?id=", row => _spanType[row] == 0 ? _random.Next(100_000) : -1, CompressionHint.Always);
        AddCodes("user.id", 60_000, "user-", row => _spanType[row] == 0 ? _random.Next(60_000) : -1, CompressionHint.Always, bloom: true);
        AddCodes("deployment.environment", 2, "production", _ => 0);
        AddCodes("telemetry.sdk", 3, "opentelemetry-", row => _service[row] % 3);
        AddCodes("cloud.zone", 3, "zone-", row => _service[row] % 3);
    }

    private int Skewed(int count)
    {
        double skew = _random.NextDouble();
        return (int)(skew * skew * skew * count);
    }

    private void AddSparse(string name, int spanType)
    {
        long[] values = [.. Enumerable.Range(0, Rows).Select(_ => (long)_random.Next(100_000))];
        ulong[] valid = Bits(row => _spanType[row] == spanType);
        Add(ParquetColumn.Int64(name, optional: true), group => group.WriteInt64(values, valid));
    }

    private void AddCodes(string name, int distinct, string prefix, Func<int, int> code, CompressionHint hint = CompressionHint.IfSaves30Percent, bool bloom = false)
    {
        int[] codes = [.. Enumerable.Range(0, Rows).Select(code)];
        int[] offsets = new int[distinct + 1];
        List<byte> blob = [];
        for (int i = 0; i < distinct; i++)
        {
            blob.AddRange(Encoding.UTF8.GetBytes(prefix + i));
            offsets[i + 1] = blob.Count;
        }

        byte[] bytes = [.. blob];
        bool optional = codes.Contains(-1);
        ChunkOptions options = new(hint, bloom);
        Add(ParquetColumn.String(name, optional), group => group.WriteCodes(codes, new ByteArrays(offsets, bytes), options));
    }

    private void AddCodes(ParquetColumn column, long[] dictionary, Func<int, int> code)
    {
        int[] codes = [.. Enumerable.Range(0, Rows).Select(code)];
        Add(column, group => group.WriteCodes(codes, (ReadOnlySpan<long>)dictionary));
    }

    private ulong[] Bits(Func<int, bool> set)
    {
        ulong[] bits = new ulong[(Rows + 63) / 64];
        for (int row = 0; row < Rows; row++)
        {
            bits[row / 64] |= set(row) ? 1UL << (row % 64) : 0;
        }

        return bits;
    }

    private void Add(ParquetColumn column, Action<RowGroupWriter> write) => _columns.Add((column, write));
}
