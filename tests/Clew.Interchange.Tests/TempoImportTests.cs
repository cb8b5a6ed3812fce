using System.Text.Json;
using Clew.Interchange.Tempo;
using Clew.Model;
using Clew.Otlp.Json;
using Clew.Storage.Backends;
using Clew.Storage.Columns;
using Clew.Storage.Offline;
using Clew.Storage.Tests.Support;

namespace Clew.Interchange.Tests;

/// <summary>Blocks in the shape of Tempo's, written by other code than ours, and what a store has of them afterwards.</summary>
public sealed class TempoImportTests : IDisposable
{
    private const string Tenant = "single-tenant";

    private readonly TempFolder _source = new();
    private readonly TempFolder _data = new();
    private readonly List<TempoBlockReport> _reports = [];
    private readonly LocalObjectStore _store;

    public TempoImportTests() => _store = new LocalObjectStore(_data.Path);

    public void Dispose()
    {
        _source.Dispose();
        _data.Dispose();
    }

    [Theory]
    [InlineData("vParquet3", 31)]
    [InlineData("vParquet4", 41)]
    [InlineData("vParquet5", 51)]
    public async Task Every_span_comes_in_with_ids_times_attributes_events_and_links(string format, int seed)
    {
        var traces = TempoModel.Make(seed, 60);
        TempoFiles.WriteBlock(_source.Path, Tenant, format, traces);

        Assert.Equal(0, await ImportAsync());

        var report = Assert.Single(_reports);
        Assert.Equal((TempoBlockOutcome.Imported, 60L, (long)Expected(traces).Count, ""), (report.Outcome, report.Traces, report.Spans, report.Remark));
        Assert.Equal(Expected(traces), await StoredAsync(Tenant));
        var store = await OpenAsync(Tenant);
        foreach (var block in store.Blocks)
        {
            Assert.Empty((await store.VerifyBlockAsync(block.Id, default)).Problems);
            Assert.Equal(DateTimeOffset.Parse("2023-11-14T23:13:20Z", System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeSeconds() * 1_000_000_000, block.MaxArrivalUnixNano);
        }
    }

    [Fact]
    public async Task Second_run_takes_nothing_twice_and_what_is_new_once()
    {
        var first = TempoModel.Make(1, 10);
        var second = TempoModel.Make(2, 10);
        TempoFiles.WriteBlock(_source.Path, Tenant, "vParquet4", first);
        Assert.Equal(0, await ImportAsync());
        TempoFiles.WriteBlock(_source.Path, Tenant, "vParquet5", second);
        _reports.Clear();

        Assert.Equal(0, await ImportAsync());

        Assert.Equal([TempoBlockOutcome.AlreadyThere, TempoBlockOutcome.Imported], _reports.Select(static report => report.Outcome).OrderDescending());
        Assert.Equal(Expected([.. first, .. second]), await StoredAsync(Tenant));
    }

    [Fact]
    public async Task Ledger_outlives_the_manifest_checkpoint()
    {
        var store = await OpenAsync(Tenant);
        for (var i = 0; i < 70; i++)
        {
            await using var batch = store.BeginImport($"tempo:x/{i}", TimeProvider.System);
            await batch.CommitAsync(1, default);
        }

        var again = await OpenAsync(Tenant);
        Assert.All(Enumerable.Range(0, 70), i => Assert.True(again.IsImported($"tempo:x/{i}")));
        Assert.False(again.IsImported("tempo:x/70"));
    }

    [Fact]
    public async Task Damaged_block_is_reported_and_the_others_come_in_whole()
    {
        var good = TempoModel.Make(3, 8);
        TempoFiles.WriteBlock(_source.Path, Tenant, "vParquet4", good);
        var bad = TempoFiles.WriteBlock(_source.Path, Tenant, "vParquet4", TempoModel.Make(4, 8));
        var data = Path.Combine(_source.Path, Tenant, bad, "data.parquet");
        var bytes = await File.ReadAllBytesAsync(data);
        await File.WriteAllBytesAsync(data, bytes[..(bytes.Length / 2)]);

        Assert.Equal(1, await ImportAsync());

        Assert.Equal(bad, Assert.Single(_reports, static report => report.Outcome == TempoBlockOutcome.Failed).BlockId);
        Assert.Equal(Expected(good), await StoredAsync(Tenant));
        var store = await OpenAsync(Tenant);
        Assert.Empty(await store.UnlistedBlocksAsync(default));
    }

    [Fact]
    public async Task Replaced_and_unknown_blocks_are_told_apart()
    {
        var replaced = TempoFiles.WriteBlock(_source.Path, Tenant, "vParquet4", TempoModel.Make(5, 2));
        File.Move(Path.Combine(_source.Path, Tenant, replaced, "meta.json"), Path.Combine(_source.Path, Tenant, replaced, "meta.compacted.json"));
        var old = TempoFiles.WriteBlock(_source.Path, Tenant, "vParquet4", TempoModel.Make(6, 2));
        var meta = Path.Combine(_source.Path, Tenant, old, "meta.json");
        await File.WriteAllTextAsync(meta, (await File.ReadAllTextAsync(meta)).Replace("vParquet4", "vParquet2", StringComparison.Ordinal));

        Assert.Equal(1, await ImportAsync());

        Assert.Equal(replaced, Assert.Single(_reports, static report => report.Outcome == TempoBlockOutcome.Replaced).BlockId);
        Assert.Contains("'vParquet2'", Assert.Single(_reports, static report => report.Outcome == TempoBlockOutcome.Failed).Remark);
        Assert.Empty(await StoredAsync(Tenant));
    }

    [Fact]
    public async Task Tenants_keep_their_names_or_go_where_they_are_sent()
    {
        TempoFiles.WriteBlock(_source.Path, "team-a", "vParquet4", TempoModel.Make(7, 3));
        TempoFiles.WriteBlock(_source.Path, "team-b", "vParquet5", TempoModel.Make(8, 4));
        await ImportAsync();
        Assert.Equal(3, (await TracesAsync("team-a")).Count);
        Assert.Equal(4, (await TracesAsync("team-b")).Count);

        await ImportAsync(only: "team-a", into: "elsewhere");
        Assert.Equal(3, (await TracesAsync("elsewhere")).Count);
        await Assert.ThrowsAsync<IOException>(() => ImportAsync(only: "nobody"));
    }

    internal static List<string> Expected(List<TempoTrace> traces) =>
        [.. (from trace in traces from @group in trace.Groups from span in @group.Spans select TempoModel.Canonical(trace, @group, span)).Order(StringComparer.Ordinal)];

    private static TenantId Id(string tenant) => TenantId.TryParse(tenant, out var id, out _) ? id : throw new ArgumentException(tenant);

    private Task<int> ImportAsync(string? only = null, string? into = null) =>
        new TempoImport(new TempoFolder(_source.Path), _store, TimeProvider.System, _reports.Add).RunAsync(only, into is null ? null : Id(into), default);

    private Task<OfflineStore> OpenAsync(string tenant) => OfflineStore.OpenAsync(_store, Id(tenant), default);

    private async Task<HashSet<TraceId>> TracesAsync(string tenant)
    {
        var store = await OpenAsync(tenant);
        var ids = new HashSet<TraceId>();
        foreach (var block in store.Blocks)
        {
            using var reader = await store.OpenBlockAsync(block.Id, default);
            for (var row = 0; row < reader.Traces.Count; row++)
            {
                ids.Add(reader.Traces[row].Id);
            }
        }

        return ids;
    }

    private Task<List<string>> StoredAsync(string tenant) => StoredAsync(_store, tenant);

    /// <summary>Every span that a store has of a tenant.</summary>
    internal static async Task<List<string>> StoredAsync(IObjectStore objects, string tenant)
    {
        var store = await OfflineStore.OpenAsync(objects, Id(tenant), default);
        var sink = new Texts();
        foreach (var block in store.Blocks)
        {
            using var reader = await store.OpenBlockAsync(block.Id, default);
            await reader.ReadTracesAsync([.. Enumerable.Range(0, reader.Traces.Count)], sink, default);
        }

        sink.All.Sort(StringComparer.Ordinal);
        return sink.All;
    }

    private sealed class Texts : IStoredSpanSink
    {
        public List<string> All { get; } = [];

        public void Add(in StoredSpan span)
        {
            using var resource = Json(span.Resource, OtlpJsonWriter.WriteResource);
            using var scope = Json(span.Scope, OtlpJsonWriter.WriteScope);
            using var content = Json(span.Span, OtlpJsonWriter.WriteSpan);
            All.Add(TempoModel.Canonical(resource.RootElement, scope.RootElement, content.RootElement));
        }

        private delegate void Write(Utf8JsonWriter json, ReadOnlySpan<byte> message, OtlpJsonDialect dialect);

        private static JsonDocument Json(ReadOnlySpan<byte> message, Write write)
        {
            using var buffer = new MemoryStream();
            using (var json = new Utf8JsonWriter(buffer, OtlpJsonWriter.Options))
            {
                write(json, message, OtlpJsonDialect.OtlpHex);
            }

            return JsonDocument.Parse(buffer.ToArray());
        }
    }
}
