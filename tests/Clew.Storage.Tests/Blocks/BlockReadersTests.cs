using Clew.Model;
using Clew.Storage.Backends;
using Clew.Storage.Blocks;
using Clew.Storage.Columns;
using Clew.Storage.Head;
using Clew.Storage.Tenants;
using Clew.Storage.Tests.Support;
using DuckDB.NET.Data;

namespace Clew.Storage.Tests.Blocks;

/// <summary>Blocks as the store cuts them: what DuckDB reads in them, and what happens when their bytes are damaged.</summary>
public sealed class BlockReadersTests : IDisposable
{
    private const int Traces = 40;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task DuckDB_reads_the_spans_that_came_in()
    {
        await CutAsync();
        var spans = Path.Combine(_folder.Path, "store/single-tenant/blocks/*/spans.parquet");
        Assert.Equal([[(long)Traces * 3]], Ask($"SELECT count(*) FROM '{spans}'"));
        Assert.Equal([[(long)Traces * 2, 200L], [(long)Traces, 500L]], Ask($"SELECT count(*), \"span.http.status_code\" FROM '{spans}' GROUP BY 2 ORDER BY 2"));
        Assert.Equal([["GET /", (long)Traces * 3]], Ask($"SELECT name, count(*) FROM '{spans}' GROUP BY 1"));
        Assert.Equal([[2_000_000L]], Ask($"SELECT max(duration) FROM '{spans}'"));
        var traces = Path.Combine(_folder.Path, "store/single-tenant/blocks/*/traces.parquet");
        Assert.Equal([[(long)Traces, Traces * 3.0, Traces * 1.0]], Ask($"SELECT count(*), sum(span_count)::DOUBLE, sum(error_count)::DOUBLE FROM '{traces}'"));
    }

    [Theory]
    [InlineData("spans")]
    [InlineData("resources")]
    [InlineData("scopes")]
    [InlineData("traces")]
    public async Task Every_file_of_a_block_has_the_same_rows_for_DuckDB_and_for_ParquetSharp(string name)
    {
        var block = await CutAsync();
        var ours = Path.Combine(_folder.Path, $"store/single-tenant/blocks/{block}/{name}.parquet");
        var theirs = _folder.File($"{name}-copy.parquet");
        ParquetCopy.Copy(ours, theirs);
        Assert.True((long)Ask($"SELECT count(*) FROM '{ours}'")[0][0]! > 0);
        foreach (var (left, right) in ((string, string)[])[(ours, theirs), (theirs, ours)])
        {
            Assert.Equal([[0L]], Ask($"SELECT count(*) FROM (SELECT * FROM '{left}' EXCEPT ALL SELECT * FROM '{right}')"));
        }
    }

    [Fact]
    public async Task Damaged_byte_anywhere_in_a_block_never_gives_wrong_spans_silently_or_crashes()
    {
        var record = await CutAsync();
        var random = new Random(20261123);
        var root = Path.Combine(_folder.Path, "store", "single-tenant", "blocks", record);
        foreach (var file in Directory.EnumerateFiles(root))
        {
            var good = await File.ReadAllBytesAsync(file);
            for (var round = 0; round < 40; round++)
            {
                var bad = (byte[])good.Clone();
                bad[random.Next(bad.Length)] ^= (byte)random.Next(1, 256);
                await File.WriteAllBytesAsync(file, bad);
                await ReadAsync(record);
            }

            await File.WriteAllBytesAsync(file, good[..(good.Length / 2)]);
            await ReadAsync(record);
            await File.WriteAllBytesAsync(file, good);
        }

        Assert.Equal(Traces * 3, await ReadAsync(record));
    }

    /// <summary>Spans read, or -1 when the block says that it is damaged: the only two outcomes.</summary>
    private async Task<int> ReadAsync(string block)
    {
        try
        {
            using var reader = await BlockReader.OpenAsync(new LocalObjectStore(Path.Combine(_folder.Path, "store")), $"single-tenant/blocks/{block}/");
            var sink = new Counter();
            await reader.ReadTracesAsync([.. Enumerable.Range(0, reader.Traces.Count)], sink, CancellationToken.None);
            return sink.Count;
        }
        catch (BlockCorruptException)
        {
            return -1;
        }
    }

    /// <summary>Three spans a trace, one of them failed, through the head and the real block factory; answers the block's id.</summary>
    private async Task<string> CutAsync()
    {
        var objects = new LocalObjectStore(Path.Combine(_folder.Path, "store"));
        var factory = new BlockFactory(TenantId.Single, objects, TimeProvider.System);
        var head = new HeadSegment("head", 100);
        var log = new Clew.Storage.Wal.WalWriter(new CrashingDisk(), "/log", 1 << 20, 1);
        var requests = Requests.Of("shop");
        for (var trace = 1; trace <= Traces; trace++)
        {
            requests.Span(trace, (trace * 10) + 1, start: trace * 1_000_000_000L, duration: 2_000_000, attributes: ("http.status_code", 200));
            requests.Span(trace, (trace * 10) + 2, (trace * 10) + 1, trace * 1_000_000_000L, attributes: ("http.status_code", 200));
            requests.Span(trace, (trace * 10) + 3, (trace * 10) + 1, trace * 1_000_000_000L, error: true, attributes: [("http.status_code", 500), ("raw", new byte[] { 1, 2 })]);
        }

        using var batch = requests.Batch();
        var positions = new Clew.Storage.Wal.WalPosition[1];
        log.Append([new Clew.Storage.Wal.WalFrame(Clew.Storage.Wal.WalFrameType.Batch, batch.Bytes, 0)], positions);
        head.Add(batch, positions[0], 0);
        head.Publish();
        using var draft = factory.Begin(new CutSource([head], [head.View()], new LogWindow()));
        FrozenTrace.Collect([head]).ForEach(draft.Add);
        return (await draft.WriteAsync(0, CancellationToken.None)).Id;
    }

    private static List<List<object?>> Ask(string sql)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<List<object?>>();
        while (reader.Read())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(column => reader.IsDBNull(column) ? null : reader.GetValue(column))]);
        }

        return rows;
    }

    private sealed class Counter : IStoredSpanSink
    {
        public int Count { get; private set; }

        public void Add(in StoredSpan span) => Count++;
    }
}
