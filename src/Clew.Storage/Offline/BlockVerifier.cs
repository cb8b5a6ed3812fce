using Clew.Model;
using Clew.Parquet;
using Clew.Storage.Backends;
using Clew.Storage.Blocks;
using Clew.Storage.Columns;
using Clew.Storage.Wal;

namespace Clew.Storage.Offline;

/// <summary>What verifying a block found; it is whole when there are no problems.</summary>
public sealed record BlockVerdict(string Id, long Spans, long Traces, long Bytes, IReadOnlyList<string> Problems)
{
    public bool IsWhole => Problems.Count == 0;
}

/// <summary>
/// Verifies a block: every file against size and checksum in meta.json, every row of the traces table against the index and the spans, every
/// span by reading it.
/// </summary>
internal sealed class BlockVerifier(IObjectStore objects, string prefix, string id)
{
    private const int ReadBytes = 4 << 20;

    /// <summary>Problems of one block that are listed; more say nothing new.</summary>
    private const int MaxProblems = 20;

    private readonly List<string> _problems = [];
    private long _bytes;

    public async Task<BlockVerdict> RunAsync(CancellationToken cancellationToken)
    {
        BlockMeta meta;
        try
        {
            var key = prefix + BlockFormat.MetaFile;
            meta = BlockMeta.Parse(key, await objects.GetAsync(key, cancellationToken).ConfigureAwait(false) ?? throw new BlockCorruptException(key, 0, "the file is missing"));
        }
        catch (BlockCorruptException fault)
        {
            return new BlockVerdict(id, 0, 0, 0, [fault.Message]);
        }

        foreach (var file in meta.Files)
        {
            await FileAsync(file, cancellationToken).ConfigureAwait(false);
        }

        if (_problems.Count == 0)
        {
            await ContentAsync(meta, cancellationToken).ConfigureAwait(false);
        }

        return new BlockVerdict(id, meta.SpanCount, meta.TraceCount, _bytes, _problems);
    }

    private async Task FileAsync(BlockFile file, CancellationToken cancellationToken)
    {
        var buffer = new byte[ReadBytes];
        var (offset, checksum) = (0L, ~0U);
        while (true)
        {
            var read = await objects.ReadRangeAsync(prefix + file.Name, offset, buffer, cancellationToken).ConfigureAwait(false);
            if (read < 0)
            {
                Problem($"{file.Name} is missing");
                return;
            }

            checksum = Crc32C.Append(checksum, buffer.AsSpan(0, read));
            offset += read;
            if (read < buffer.Length)
            {
                break;
            }
        }

        checksum = ~checksum;
        _bytes += offset;
        if (offset != file.Bytes)
        {
            Problem($"{file.Name} has {offset} bytes; meta.json says {file.Bytes}");
        }
        else if (checksum != file.Crc32C)
        {
            Problem($"{file.Name} has the checksum {checksum:x8}; meta.json says {file.Crc32C:x8}");
        }
    }

    private async Task ContentAsync(BlockMeta meta, CancellationToken cancellationToken)
    {
        try
        {
            using var block = await BlockReader.OpenAsync(objects, prefix, cancellationToken: cancellationToken).ConfigureAwait(false);
            var spans = 0L;
            for (var row = 0; row < block.Traces.Count; row++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var trace = block.Traces[row];
                spans += trace.SpanCount;
                if (!block.Traces.TryFind(trace.Id, out var found) || found != row)
                {
                    Problem($"{BlockFormat.TraceIndexFile} does not lead to row {row}, trace {trace.Id}");
                }

                if (trace.StartUnixNano < meta.MinStartUnixNano || trace.EndUnixNano > meta.MaxEndUnixNano)
                {
                    Problem($"trace {trace.Id} lies outside the time range of meta.json");
                }

                var counter = new Counter(trace.Id);
                await block.ReadTracesAsync([row], counter, cancellationToken).ConfigureAwait(false);
                if (counter.Spans != trace.SpanCount || counter.Strangers > 0)
                {
                    Problem($"trace {trace.Id} has {counter.Spans} spans, {counter.Strangers} of them of another trace; {BlockFormat.TracesFile} says {trace.SpanCount}");
                }
            }

            if (spans != meta.SpanCount)
            {
                Problem($"{BlockFormat.TracesFile} counts {spans} spans; meta.json says {meta.SpanCount}");
            }
        }
        catch (Exception fault) when (fault is BlockCorruptException or ParquetCorruptException)
        {
            Problem(fault.Message);
        }
    }

    private void Problem(string sentence)
    {
        if (_problems.Count < MaxProblems)
        {
            _problems.Add(sentence);
        }
    }

    private sealed class Counter(TraceId id) : IStoredSpanSink
    {
        public int Spans { get; private set; }

        public int Strangers { get; private set; }

        public void Add(in StoredSpan span)
        {
            Spans++;
            if (!Blocks.Building.StagedSpan.TryRead(span.Span, out _, out var traceId) || traceId != id)
            {
                Strangers++;
            }
        }
    }
}
