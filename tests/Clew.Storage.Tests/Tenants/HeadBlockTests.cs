using System.Text;
using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Storage.Blocks;
using Clew.Storage.Columns;
using Clew.Storage.Head;
using Clew.Storage.Tenants;
using Clew.Storage.Tests.Blocks;
using Clew.Storage.Tests.Support;
using Clew.Storage.Wal;
using CsCheck;

namespace Clew.Storage.Tests.Tenants;

/// <summary>A block made from a head's columns holds what came over the wire, as one made from the spans does.</summary>
public sealed class HeadBlockTests
{
    private static readonly BlockBuilderOptions Small = new() { RowGroupRows = 64, MaxRowGroupBytes = 64 << 10, MaxStagedTraceBytes = 128 << 10 };

    [Fact]
    public void Spans_come_out_of_a_block_made_from_heads() =>
        Gen.Select(SpanGen.Traces(16), Gen.Int[1, 3], Gen.Int[0, int.MaxValue]).Sample((traces, heads, seed) => AssertCut(traces, heads, seed, null, 1000), iter: 40, threads: 1);

    [Fact]
    public void Spans_come_out_of_many_small_row_groups() =>
        Gen.Select(SpanGen.Traces(40), Gen.Int[1, 3], Gen.Int[0, int.MaxValue]).Sample((traces, heads, seed) => AssertCut(traces, heads, seed, Small, 1000), iter: 15, threads: 1);

    [Fact]
    public void Spans_come_out_when_the_head_has_few_columns() =>
        Gen.Select(SpanGen.Traces(16), Gen.Int[1, 3], Gen.Int[0, int.MaxValue]).Sample((traces, heads, seed) => AssertCut(traces, heads, seed, null, 3), iter: 15, threads: 1);

    private static void AssertCut(List<List<TestSpan>> traces, int headCount, int seed, BlockBuilderOptions? options, int maxKeys)
    {
        var random = new Random(seed);
        var heads = Enumerable.Range(1, headCount).Select(i => new HeadSegment($"head/{i}", maxKeys)).ToList();
        var log = new WalWriter(new CrashingDisk(), "/log", 1 << 22, 1);
        var expected = new Dictionary<(TraceId, string, string), string>();
        foreach (var span in traces.SelectMany(trace => trace).OrderBy(_ => random.Next()).ToList())
        {
            // Some spans come twice.
            if (Append(heads[random.Next(headCount)], log, span, expected, isRepeat: false) && random.Next(8) == 0)
            {
                Append(heads[random.Next(headCount)], log, span, expected, isRepeat: true);
            }
        }

        heads.ForEach(head => head.Publish());
        var store = new MemoryObjects();
        var finished = FrozenTrace.Collect(heads);
        finished.Sort((a, b) => a.StartUnixNano.CompareTo(b.StartUnixNano));
        using (var block = new HeadBlock(TenantId.Single, heads, new LogWindow(), options ?? new BlockBuilderOptions()))
        {
            finished.ForEach(block.Add);
            block.WriteAsync(store, "t/b1/", 42, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        }

        using var reader = BlockReader.OpenAsync(store, "t/b1/").AsTask().GetAwaiter().GetResult();
        var found = BlockKit.ReadAllAsync(reader).GetAwaiter().GetResult();
        found.Sort(StringComparer.Ordinal);
        Assert.Equal(expected.Values.Order(StringComparer.Ordinal), found);
        Assert.Equal(finished.Count, reader.Traces.Count);
    }

    /// <summary>
    /// False, and nothing added, for what the scan refuses, and for another span with the identity of one that is there: which of the two would
    /// be kept is open.
    /// </summary>
    private static bool Append(HeadSegment head, WalWriter log, TestSpan span, Dictionary<(TraceId, string, string), string> expected, bool isRepeat)
    {
        using var writer = new CarryWriter();
        writer.Add(new StoredSpan
        {
            TraceIndex = 0, Span = span.Span, Resource = span.Resource, ResourceSchemaUrl = Encoding.UTF8.GetBytes(span.ResourceUrl),
            Scope = span.Scope, ScopeSchemaUrl = Encoding.UTF8.GetBytes(span.ScopeUrl),
        });
        writer.EndRequest();
        var scan = OtlpScanner.Scan(new BorrowedMemory(writer.Requests[0].WrittenMemory), new BatchContext(TenantId.Single, 0));
        if (scan.Batch is not { SpanCount: 1 } batch)
        {
            return false;
        }

        var entry = batch.Spans[0];
        var taken = span with { Span = batch.SpanBytes(entry).ToArray(), Resource = batch.ContextBytes(batch.Resources[0]).ToArray(), Scope = batch.ContextBytes(batch.Scopes[0]).ToArray() };
        if (!expected.TryAdd(BlockRoundTripTests.Identity(taken), BlockKit.Text(taken)) && !isRepeat)
        {
            return false;
        }

        var positions = new WalPosition[1];
        log.Append([new WalFrame(WalFrameType.Batch, batch.Bytes, 0)], positions);
        head.Add(batch, positions[0], 0);
        batch.Dispose();
        return true;
    }
}
