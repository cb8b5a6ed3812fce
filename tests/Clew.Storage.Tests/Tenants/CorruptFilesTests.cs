using Clew.Model;
using Clew.Storage.Backends;
using Clew.Storage.Blocks;
using Clew.Storage.Columns;
using Clew.Storage.Tenants;
using Clew.Storage.Tests.Support;

namespace Clew.Storage.Tests.Tenants;

/// <summary>Bytes at rest change, in one file of any kind: it is named in the log and counted, and everything else is served.</summary>
public sealed class CorruptFilesTests : IDisposable
{
    private const int Seed = 20_261_130;
    private const int Traces = 300;

    private readonly TempFolder _folder = new();
    private readonly CrashingDisk _disk = new();
    private readonly Told _told = new();

    public void Dispose()
    {
        _told.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("meta.json")]
    [InlineData("spans.parquet")]
    [InlineData("resources.parquet")]
    [InlineData("scopes.parquet")]
    [InlineData("traces.parquet")]
    [InlineData("traces.idx")]
    [InlineData("rollups.parquet")]
    public async Task Every_file_of_a_block(string file)
    {
        var (damaged, path) = await PrepareAsync(file);
        var good = await File.ReadAllBytesAsync(path);
        var random = new Random(Seed);
        for (var round = 0; round < 3; round++)
        {
            // The first half, the second, or all.
            var bad = (byte[])good.Clone();
            for (var i = 0; i < bad.Length; i++)
            {
                bad[i] ^= round switch { 0 => i < bad.Length / 2, 1 => i >= bad.Length / 2, _ => true } ? (byte)random.Next(1, 256) : (byte)0;
            }

            await File.WriteAllBytesAsync(path, bad);
            var (lines, faults) = (_told.Lines.Count, _told.Faults());
            var seen = await SeeAsync();
            Assert.Superset(Enumerable.Range(Traces + 1, Traces).ToHashSet(), seen);
            Assert.True(_told.Lines.Skip(lines).Any(line => line.Contains(damaged, StringComparison.Ordinal)), $"seed {Seed}, round {round} of {file}: {string.Join('\n', _told.Lines.Skip(lines))}");
            Assert.True(_told.Faults() > faults, $"seed {Seed}, round {round} of {file}");
        }

        // Repaired, it is part of the store again.
        await File.WriteAllBytesAsync(path, good);
        Assert.Equal(Traces * 2, (await SeeAsync()).Count);
    }

    [Fact]
    public async Task File_of_a_block_that_is_gone()
    {
        var (damaged, path) = await PrepareAsync("spans.parquet");
        File.Delete(path);
        Assert.Superset(Enumerable.Range(Traces + 1, Traces).ToHashSet(), await SeeAsync());
        Assert.Contains(_told.Lines, line => line.Contains(damaged, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Request_in_the_log()
    {
        var store = await OpenAsync();
        await AppendAsync(store, 1, 10);
        await AppendAsync(store, 11, 10);
        var log = Assert.Single(_disk.List("/data/wal/single-tenant"));
        _disk.Corrupt(log, 200, 0x55);
        var seen = await SeeAsync();
        Assert.Equal(Enumerable.Range(11, 10), seen.Order());
        Assert.Contains(_told.Lines, line => line.Contains(log, StringComparison.Ordinal));
        Assert.Equal(1, _told.Faults());
    }

    [Fact]
    public async Task Entry_of_the_manifest_is_named_and_nothing_is_guessed()
    {
        await PrepareAsync("spans.parquet");
        var entry = Directory.EnumerateFiles(Path.Combine(_folder.Path, "single-tenant", "manifest")).Order(StringComparer.Ordinal).Last(static path => !path.EndsWith("hint", StringComparison.Ordinal));
        var bytes = await File.ReadAllBytesAsync(entry);
        bytes[bytes.Length / 2] ^= 0xff;
        await File.WriteAllBytesAsync(entry, bytes);
        var fault = await Assert.ThrowsAsync<InvalidDataException>(async () => await OpenAsync());
        Assert.Contains(Path.GetFileName(entry), fault.Message, StringComparison.Ordinal);
    }

    /// <summary>Two blocks, traces from 1 in the first and the others in the second; answers the first one's id and the path of one of its files.</summary>
    private async Task<(string Block, string Path)> PrepareAsync(string file)
    {
        var store = await OpenAsync();
        await AppendAsync(store, 1, Traces);
        await store.CutAsync(everything: true, CancellationToken.None);
        var first = Assert.Single(store.Snapshot().Sources).Name;
        await AppendAsync(store, Traces + 1, Traces);
        await store.CutAsync(everything: true, CancellationToken.None);
        await store.DisposeAsync();
        return (first, Path.Combine(_folder.Path, "single-tenant", "blocks", first, file));
    }

    private Task<TenantStore> OpenAsync()
    {
        var objects = new LocalObjectStore(_folder.Path);
        var options = new StoreOptions { Path = "/data", WalSegmentBytes = 1 << 20 };
        return TenantStore.OpenAsync(
            TenantId.Single,
            new StoreServices(options, objects, tenant => new BlockFactory(tenant, objects, TimeProvider.System), _disk, TimeProvider.System, new StoreMetrics(_told), _told),
            CancellationToken.None);
    }

    private static async Task AppendAsync(TenantStore store, int first, int count)
    {
        var requests = Requests.Of("shop");
        for (var trace = first; trace < first + count; trace++)
        {
            requests.Span(trace, trace, attributes: [("number", trace), ("text", $"value {trace}")]);
        }

        using var batch = requests.Batch();
        Assert.Equal(AppendStatus.Accepted, (await store.AppendAsync(batch)).Status);
    }

    /// <summary>The traces that a start and a reading of everything show, as queries read: a source that fails is reported and left out.</summary>
    private async Task<HashSet<int>> SeeAsync()
    {
        await using var store = await OpenAsync();
        using var snapshot = store.Snapshot();
        var seen = new HashSet<int>();
        foreach (var source in snapshot.Sources)
        {
            try
            {
                var own = new Numbers();
                await source.ReadTracesAsync([.. Enumerable.Range(0, source.Traces.Count)], own, CancellationToken.None);
                if (source is BlockReader block)
                {
                    await block.RollupsAsync(CancellationToken.None);
                    Find(block);
                }

                seen.UnionWith(own.Traces);
            }
            catch (Exception fault) when (fault is IOException or BlockCorruptException)
            {
                snapshot.Report(fault);
            }
        }

        return seen;
    }

    /// <summary>Every trace of the table through the index.</summary>
    private static void Find(BlockReader block)
    {
        for (var row = 0; row < block.Traces.Count; row++)
        {
            Assert.True(block.Traces.TryFind(block.Traces[row].Id, out var found) && found == row, "the index does not know a trace");
        }
    }

    private sealed class Numbers : IStoredSpanSink
    {
        public HashSet<int> Traces { get; } = [];

        public void Add(in StoredSpan span)
        {
            var reader = new Otlp.Wire.ProtoReader(span.Span);
            while (reader.Next())
            {
                if (reader.Field == Otlp.OtlpFields.Span.TraceId && reader.TryBytes(out var id))
                {
                    Traces.Add(System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(id[12..]));
                }
                else
                {
                    reader.Skip();
                }
            }
        }
    }
}
