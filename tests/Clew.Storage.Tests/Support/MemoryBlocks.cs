using System.Globalization;
using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Storage.Columns;
using Clew.Storage.Head;
using Clew.Storage.Manifest;
using Clew.Storage.Tenants;
using Clew.Storage.Wal;

namespace Clew.Storage.Tests.Support;

/// <summary>
/// Blocks that live as long as the test: the spans of each are held by the head's own code. For scenarios about the life of spans, not
/// about the format of blocks.
/// </summary>
internal sealed class MemoryBlocks : IBlockFactory
{
    private readonly Dictionary<string, HeadSegment> _blocks = [];
    private int _next;

    /// <summary>Thrown by each write of a block while set.</summary>
    public IOException? FailWrite { get; set; }

    public IReadOnlyCollection<string> Ids => _blocks.Keys;

    public IBlockDraft Begin(CutSource source) => new Draft(this, source);

    public ValueTask<ISpanSource> OpenAsync(BlockRecord block, CancellationToken cancellationToken) => new(_blocks[block.Id].View());

    public ValueTask DeleteAsync(string blockId, CancellationToken cancellationToken)
    {
        _blocks.Remove(blockId);
        return default;
    }

    public async ValueTask<MergeOutcome> MergeAsync(
        IReadOnlyList<BlockHandle> blocks, MergeFilter filter, Func<ValueTask>? pause, CancellationToken cancellationToken)
    {
        using var draft = new Draft(this, null);
        var identities = new HashSet<string>();
        var kept = new Distinct(draft, identities);
        foreach (var block in blocks)
        {
            var rows = Enumerable.Range(0, block.Reader.Traces.Count).Where(row => filter.Deleted is not { } drop || !drop(block.Reader.Traces[row].Id)).ToList();
            await block.Reader.ReadTracesAsync(rows, kept, cancellationToken);
        }

        var record = draft.SpanCount == 0 ? null : await draft.WriteAsync(blocks.Max(block => block.Record.MaxArrivalUnixNano), cancellationToken);
        return new MergeOutcome(record, 0, 0, 0, 0);
    }

    public ValueTask SetOverlapsAsync(string blockId, IReadOnlyList<TraceId>? overlaps, CancellationToken cancellationToken) => default;

    /// <summary>Passes each encoded span on once.</summary>
    private sealed class Distinct(IStoredSpanSink sink, HashSet<string> seen) : IStoredSpanSink
    {
        public void Add(in StoredSpan span)
        {
            if (seen.Add(Convert.ToHexString(span.Span)))
            {
                sink.Add(span);
            }
        }
    }

    public async IAsyncEnumerable<string> ListAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var id in _blocks.Keys.ToList())
        {
            yield return id;
        }
    }

    private sealed class Draft(MemoryBlocks blocks, CutSource? source) : IBlockDraft, IStoredSpanSink
    {
        private readonly CarryWriter _writer = new();

        public int SpanCount { get; private set; }

        public void Add(in StoredSpan span)
        {
            _writer.Add(span);
            SpanCount++;
        }

        public void UseRollups(Clew.Storage.Rollups.RollupTable rollups)
        {
        }

        public void Add(FrozenTrace trace) => trace.Read(source!.Views, source.Window, this);

        public void Dispose() => _writer.Dispose();

        public ValueTask<BlockRecord> WriteAsync(long maxArrivalUnixNano, CancellationToken cancellationToken)
        {
            if (blocks.FailWrite is { } fault)
            {
                throw fault;
            }

            _writer.EndRequest();
            var id = (++blocks._next).ToString(CultureInfo.InvariantCulture);
            var log = new WalWriter(new CrashingDisk(), "/block", 1 << 20, 1);
            var head = new HeadSegment("block/" + id, 1000);
            foreach (var request in _writer.Requests)
            {
                var positions = new WalPosition[1];
                log.Append([new WalFrame(WalFrameType.Batch, request.WrittenMemory, 0)], positions);
                head.Add(OtlpScanner.Scan(new BorrowedMemory(request.WrittenMemory), new BatchContext(TenantId.Single, 0)).Batch!, positions[0], 0);
            }

            head.Publish();
            blocks._blocks.Add(id, head);
            return new(new BlockRecord
            {
                Id = id, SpanCount = SpanCount, TraceCount = head.Traces.Count, SizeBytes = head.LogBytes,
                MinStartUnixNano = head.MinStartUnixNano, MaxEndUnixNano = head.MaxEndUnixNano, MaxArrivalUnixNano = maxArrivalUnixNano,
            });
        }
    }
}
