using Clew.Bench.DataSet;
using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Storage;
using Clew.Storage.Backends;
using Clew.Storage.Blocks;
using Clew.Storage.Columns;

namespace Clew.Bench.Queries;

/// <summary>The blocks of a folder as a store that nobody writes to.</summary>
internal sealed class FolderStore(List<BlockReader> blocks) : ITraceStore, IStoreSnapshot
{
    public const string Prefix = "bench/blocks/";

    private const int SpansPerBlock = 1_300_000;

    public int Blocks => blocks.Count;

    public long Spans => blocks.Sum(static block => (long)block.SpanCount);

    public long Traces => blocks.Sum(static block => (long)block.Traces.Count);

    public long Bytes => blocks.Sum(static block => block.SizeBytes);

    public IReadOnlyList<ISpanSource> Sources => blocks;

    public IReadOnlyList<TenantId> Tenants => [TenantId.Single];

    public static async Task<FolderStore> OpenAsync(LocalObjectStore objects)
    {
        var blocks = new List<BlockReader>();
        await foreach (var key in objects.ListAsync(Prefix, CancellationToken.None))
        {
            if (key.EndsWith("/meta.json", StringComparison.Ordinal))
            {
                blocks.Add(await BlockReader.OpenAsync(objects, key[..^"meta.json".Length]));
            }
        }

        return new FolderStore(blocks);
    }

    /// <summary>Writes the blocks, unless the marker says that they are there.</summary>
    public static async Task BuildAsync(LocalObjectStore objects, string marker, int spans, DataSetOptions options)
    {
        if (File.Exists(marker))
        {
            return;
        }

        Console.WriteLine($"building {spans} spans …");
        using var set = new TraceDataSet(options);
        for (var block = 0; spans > 0; block++)
        {
            using var builder = new BlockBuilder(TenantId.Single);
            var trace = 0;
            while (builder.SpanCount < Math.Min(SpansPerBlock, spans))
            {
                set.NextTrace();
                foreach (var span in set.Spans)
                {
                    builder.Add(new StoredSpan
                    {
                        TraceIndex = trace, Span = set.SpanBytes(span), Resource = set.Resources[span.Resource], ResourceSchemaUrl = default,
                        Scope = set.Scopes[span.Scope], ScopeSchemaUrl = default,
                    });
                }

                trace++;
            }

            spans -= builder.SpanCount;
            await builder.WriteAsync(objects, $"{Prefix}b{block:d3}/", createdUnixNano: 0);
        }

        await File.WriteAllTextAsync(marker, "");
    }

    public TraceId[] SomeIds(int count)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, count).Select(_ => blocks[random.Next(blocks.Count)]).Select(block => block.Traces[random.Next(block.Traces.Count)].Id)];
    }

    public ValueTask<AppendResult> AppendAsync(TraceBatch batch, CancellationToken cancellationToken) => throw new NotSupportedException("these blocks are for reading");

    public IStoreSnapshot Snapshot(TenantId tenant) => this;

    void IDisposable.Dispose()
    {
    }
}
