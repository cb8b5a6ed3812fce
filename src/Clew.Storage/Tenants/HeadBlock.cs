using System.Runtime.InteropServices;
using Clew.Model;
using Clew.Storage.Backends;
using Clew.Storage.Blocks;
using Clew.Storage.Blocks.Building;
using Clew.Storage.Head;
using Clew.Storage.Rollups;

namespace Clew.Storage.Tenants;

/// <summary>
/// A block made from frozen heads, trace by trace in the order of their start: the spans of a trace are put in order, counted once each and
/// related to each other by their columns; row groups are gathered column by column (<see cref="HeadGather"/>).
/// </summary>
internal sealed class HeadBlock : IDisposable
{
    /// <summary>Bytes on the wire of one row group's spans at most: bounds what its distinct values can take.</summary>
    private const long MaxRowGroupWireBytes = 96L << 20;

    private readonly BlockBuilderOptions _options;
    private readonly BlockParts _parts;
    private readonly SpanSegment _segment;
    private readonly HeadGather _gather;
    private readonly IReadOnlyList<HeadSegment> _heads;
    private readonly NestedSets _nestedSets = new();
    private readonly SeenSpans _seen = new();
    private readonly Pending _short = new();
    private readonly Pending _long = new();

    /// <summary>By head and row of its tables: the row in the block, -1 when not taken over yet.</summary>
    private readonly int[][] _resources;
    private readonly int[][] _scopes;

    /// <summary>By row of the block's resources: the service's code.</summary>
    private readonly List<int> _services = [];
    private readonly List<StagedSpan> _trace = [];
    private readonly List<int> _rows = [];

    public HeadBlock(TenantId tenant, IReadOnlyList<HeadSegment> heads, LogWindow window, BlockBuilderOptions options)
    {
        _options = options;
        _heads = heads;
        _parts = new BlockParts(tenant, options);
        _segment = new SpanSegment(_parts.SpanKeys, _parts.EventKeys, _parts.LinkKeys);
        _gather = new HeadGather(_segment, _parts.SpanKeys, heads, window);
        _resources = [.. heads.Select(static head => Unknown(head.Resources.Count))];
        _scopes = [.. heads.Select(static head => Unknown(head.Scopes.Count))];
    }

    public int SpanCount => _parts.SpanCount;

    /// <summary>Says, before the first trace, who counts: the table is written with the block and holds exactly its spans.</summary>
    public void UseRollups(RollupTable rollups) => _parts.Rollups = rollups;

    public void Add(FrozenTrace trace)
    {
        Stage(trace);
        var spans = CollectionsMarshal.AsSpan(_trace);
        if (spans.Length * 88L <= _options.MaxStagedTraceBytes)
        {
            _nestedSets.Number(spans);
        }

        var record = Summarise(trace.Id, spans, out var bytes);
        _parts.Count(record);
        _parts.SpanCount += spans.Length;
        if (spans.Length > _options.RowGroupRows || bytes > MaxRowGroupWireBytes)
        {
            WriteAlone(record, spans);
            return;
        }

        var pending = record.End - record.Start > _options.LongTrace.Ticks * 100 ? _long : _short;
        if (pending.Spans.Count + spans.Length > _options.RowGroupRows || pending.Bytes + bytes > MaxRowGroupWireBytes)
        {
            Write(pending);
        }

        pending.Runs.Add(new TraceRun { FirstRow = pending.Spans.Count, RowCount = spans.Length, Trace = record, TraceRow = -1 });
        pending.Spans.AddRange(_trace);
        pending.Bytes += bytes;
    }

    public ValueTask<BlockMeta> WriteAsync(IObjectStore store, string prefix, long createdUnixNano, CancellationToken cancellationToken)
    {
        Write(_short);
        Write(_long);
        _parts.Rollups.Trim();
        return _parts.WriteAsync(store, prefix, createdUnixNano, null, cancellationToken);
    }

    public void Dispose() => _parts.Dispose();

    private static int[] Unknown(int count)
    {
        var rows = new int[count];
        rows.AsSpan().Fill(-1);
        return rows;
    }

    /// <summary>The trace's spans in row order (start, id, kind), each once.</summary>
    private void Stage(FrozenTrace trace)
    {
        _trace.Clear();
        _seen.Clear();
        foreach (var (head, traceRow) in trace.Parts)
        {
            _rows.Clear();
            _heads[head].RowsOfTrace(traceRow, _heads[head].PublishedRows, _rows);
            foreach (var row in _rows)
            {
                var span = _heads[head].Stage(row, head);
                if (!_seen.Add(span.SpanId, span.Kind))
                {
                    _parts.DuplicateSpans++;
                    continue;
                }

                span.Resource = ResourceOf(head, span.Resource);
                span.Scope = ScopeOf(head, span.Scope);
                _trace.Add(span);
            }
        }

        _trace.Sort(static (a, b) => a.RawStart != b.RawStart ? a.RawStart.CompareTo(b.RawStart)
            : a.SpanId != b.SpanId ? a.SpanId.CompareTo(b.SpanId) : a.RawKind.CompareTo(b.RawKind));
    }

    private int ResourceOf(int head, int row)
    {
        ref var known = ref _resources[head][row];
        if (known < 0)
        {
            _heads[head].Resources.Read(row, out var message, out var schemaUrl);
            known = _parts.Resources.Intern(message, schemaUrl, out var isNew);
            if (isNew)
            {
                _services.Add(_parts.Traces.Texts.Intern(ServiceName.Of(message)));
            }
        }

        return known;
    }

    private int ScopeOf(int head, int row)
    {
        ref var known = ref _scopes[head][row];
        if (known < 0)
        {
            _heads[head].Scopes.Read(row, out var message, out var schemaUrl);
            known = _parts.Scopes.Intern(message, schemaUrl, out _);
        }

        return known;
    }

    private TraceRecord Summarise(TraceId id, ReadOnlySpan<StagedSpan> spans, out long bytes)
    {
        var record = new TraceRecord { Id = id, Start = long.MaxValue, SpanCount = spans.Length };
        var root = -1;
        bytes = 0;
        for (var i = 0; i < spans.Length; i++)
        {
            ref readonly var span = ref spans[i];
            record.Start = Math.Min(record.Start, span.Start);
            record.End = Math.Max(record.End, span.Start + span.Duration);
            record.ErrorCount += span.Status == SpanStatus.Error ? 1 : 0;
            bytes += _heads[span.Length].LengthOf(span.Offset);
            if (root < 0 && span.ParentId == 0)
            {
                root = i;
            }
        }

        ref readonly var first = ref spans[Math.Max(root, 0)];
        var head = _heads[first.Length];
        record.RootService = _services[first.Resource];
        record.RootName = _parts.Traces.Texts.Intern(RootText.Fit(head.Names[head.NameOf(first.Offset)]));
        return record;
    }

    private void Write(Pending pending)
    {
        if (pending.Spans.Count == 0)
        {
            return;
        }

        _gather.Fill(CollectionsMarshal.AsSpan(pending.Spans));
        _segment.Runs.AddRange(pending.Runs);
        _parts.File.Write(_segment);
        pending.Clear();
    }

    /// <summary>A trace too large to share a row group gets row groups of its own.</summary>
    private void WriteAlone(in TraceRecord record, ReadOnlySpan<StagedSpan> spans)
    {
        var traceRow = _parts.Traces.Add(record with { FirstRow = _parts.File.Rows });
        while (spans.Length > 0)
        {
            var (count, bytes) = (0, 0L);
            do
            {
                bytes += _heads[spans[count].Length].LengthOf(spans[count].Offset);
                count++;
            }
            while (count < spans.Length && count < _options.RowGroupRows && bytes < MaxRowGroupWireBytes);
            _gather.Fill(spans[..count]);
            _segment.Runs.Add(new TraceRun { FirstRow = 0, RowCount = count, Trace = record, TraceRow = traceRow });
            _parts.File.Write(_segment);
            spans = spans[count..];
        }
    }

    /// <summary>Traces that wait for a full row group.</summary>
    private sealed class Pending
    {
        public List<StagedSpan> Spans { get; } = [];

        public List<TraceRun> Runs { get; } = [];

        public long Bytes { get; set; }

        public void Clear()
        {
            Spans.Clear();
            Runs.Clear();
            Bytes = 0;
        }
    }
}
