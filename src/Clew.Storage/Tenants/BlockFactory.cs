using System.Runtime.CompilerServices;
using Clew.Model;
using Clew.Storage.Backends;
using Clew.Storage.Blocks;
using Clew.Storage.Columns;
using Clew.Storage.Compaction;
using Clew.Storage.Manifest;
using Clew.Storage.Rollups;

namespace Clew.Storage.Tenants;

/// <summary>Blocks as objects under <c>&lt;tenant&gt;/blocks/&lt;id&gt;/</c>. An id begins with its time, so that a listing is in order of creation.</summary>
internal sealed class BlockFactory(TenantId tenant, IObjectStore objects, TimeProvider clock, string? scratchFolder = null) : IBlockFactory
{
    private readonly TenantId _tenant = tenant;
    private readonly IObjectStore _objects = objects;
    private readonly TimeProvider _clock = clock;
    private readonly string? _scratchFolder = scratchFolder;

    public IBlockDraft Begin(CutSource source) => new Draft(this, source);

    public async ValueTask<ISpanSource> OpenAsync(BlockRecord block, CancellationToken cancellationToken) =>
        await BlockReader.OpenAsync(_objects, Prefix(block.Id), cancellationToken: cancellationToken).ConfigureAwait(false);

    public async ValueTask DeleteAsync(string blockId, CancellationToken cancellationToken)
    {
        // meta.json first: without it there is no block, whatever else is left of it.
        await _objects.DeleteAsync(Prefix(blockId) + BlockFormat.MetaFile, cancellationToken).ConfigureAwait(false);
        await foreach (var key in _objects.ListAsync(Prefix(blockId), cancellationToken).ConfigureAwait(false))
        {
            await _objects.DeleteAsync(key, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask<MergeOutcome> MergeAsync(
        IReadOnlyList<BlockHandle> blocks, MergeFilter filter, Func<ValueTask>? pause, CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        var id = Guid.CreateVersion7(now).ToString("N");
        try
        {
            var merger = new BlockMerger(_tenant, new BlockBuilderOptions { ScratchFolder = _scratchFolder }, filter.Deleted, pause) { Weights = filter.Weights };
            var result = await merger.MergeAsync(
                [.. blocks.Select(static block => (BlockReader)block.Reader)], _objects, Prefix(id), UnixNano.From(now), cancellationToken).ConfigureAwait(false);
            var record = result.Meta is { } meta
                ? Record(id, meta, blocks.Min(static block => block.Record.FirstArrival), blocks.Max(static block => block.Record.MaxArrivalUnixNano)) with { SampledBy = filter.SampledBy }
                : null;
            return new MergeOutcome(record, result.DroppedTraces, result.DroppedSpans, result.DuplicateSpans, result.JoinedTraces);
        }
        catch
        {
            await DeleteAsync(id, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask SetOverlapsAsync(string blockId, IReadOnlyList<TraceId>? overlaps, CancellationToken cancellationToken)
    {
        var key = Prefix(blockId) + BlockFormat.MetaFile;
        var json = await _objects.GetAsync(key, cancellationToken).ConfigureAwait(false) ?? throw new IOException($"'{key}' was written and is missing now");
        var meta = BlockMeta.Parse(key, json) with { Overlaps = overlaps?.Select(static id => id.ToString()).ToList() };
        await _objects.PutAsync(key, new MemoryStream(meta.ToJson()), cancellationToken).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<string> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A bucket may have another writer, an import for instance, whose block is not committed yet.
        var newest = _objects is ILocalObjectStore ? DateTimeOffset.MaxValue : _clock.GetUtcNow() - ForeignGrace;
        await foreach (var id in _objects.ListFoldersAsync($"{_tenant.Value}/blocks/", cancellationToken).ConfigureAwait(false))
        {
            if (CreatedAt(id) <= newest)
            {
                yield return id;
            }
        }
    }

    /// <summary>A block in a bucket that no manifest lists is left alone for so long: whoever writes it may still commit it.</summary>
    private static readonly TimeSpan ForeignGrace = TimeSpan.FromHours(24);

    /// <summary>The time in an id of version 7; ids of other shapes count as old.</summary>
    private static DateTimeOffset CreatedAt(string id) =>
        id.Length == 32 && long.TryParse(id.AsSpan(0, 12), System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out var milliseconds)
            && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : DateTimeOffset.MinValue;

    private static BlockRecord Record(string id, BlockMeta meta, long minArrivalUnixNano, long maxArrivalUnixNano) => new()
    {
        Id = id, SpanCount = meta.SpanCount, TraceCount = meta.TraceCount, SizeBytes = meta.SizeBytes,
        MinStartUnixNano = meta.MinStartUnixNano, MaxEndUnixNano = meta.MaxEndUnixNano,
        MinArrivalUnixNano = minArrivalUnixNano, MaxArrivalUnixNano = maxArrivalUnixNano,
    };

    private string Prefix(string blockId) => $"{_tenant.Value}/blocks/{blockId}/";

    private sealed class Draft(BlockFactory factory, CutSource source) : IBlockDraft
    {
        private readonly HeadBlock _block = new(factory._tenant, source.Heads, source.Window, new BlockBuilderOptions { ScratchFolder = factory._scratchFolder });

        public int SpanCount => _block.SpanCount;

        public void UseRollups(RollupTable rollups) => _block.UseRollups(rollups);

        public void Add(FrozenTrace trace) => _block.Add(trace);

        public async ValueTask<BlockRecord> WriteAsync(long maxArrivalUnixNano, CancellationToken cancellationToken)
        {
            var now = factory._clock.GetUtcNow();
            var id = Guid.CreateVersion7(now).ToString("N");
            try
            {
                var meta = await _block.WriteAsync(factory._objects, factory.Prefix(id), UnixNano.From(now), cancellationToken).ConfigureAwait(false);
                return Record(id, meta, 0, maxArrivalUnixNano);
            }
            catch
            {
                await factory.DeleteAsync(id, CancellationToken.None).ConfigureAwait(false);
                throw;
            }
        }

        public void Dispose() => _block.Dispose();
    }
}
