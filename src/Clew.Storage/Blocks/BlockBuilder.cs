using Clew.Model;
using Clew.Storage.Backends;
using Clew.Storage.Blocks.Building;
using Clew.Storage.Columns;
using Clew.Storage.Rollups;

namespace Clew.Storage.Blocks;

/// <summary>
/// Makes one block. Spans are added one by one, the spans of a trace together, traces in any order; then the block is written. A span
/// that was added already (same trace, span id and kind) is left out and counted.
/// <para>
/// Traces are ordered by their start within a row group. Traces that come in the order of their start, as far as that is known, make
/// row groups whose time ranges hardly overlap, which is what queries prune by; correctness does not depend on it.
/// </para>
/// Row groups are encoded as they fill, so memory does not grow with the uncompressed size of the block: see
/// <see cref="BlockBuilderOptions"/>. One thread. If <see cref="Add"/> or <see cref="WriteAsync"/> throws, dispose the builder.
/// </summary>
public sealed class BlockBuilder : IStoredSpanSink, IDisposable
{
    private readonly BlockBuilderOptions _options;
    private readonly BlockParts _parts;
    private readonly SpanSegment _segment;
    private readonly TraceStage _stage = new();

    /// <summary>Traces longer than <see cref="BlockBuilderOptions.LongTrace"/>, and traces too large to share a row group.</summary>
    private SpanSegment? _longSegment;

    /// <summary>By row of the resources: the service's code in <see cref="TraceRows.Texts"/>.</summary>
    private readonly List<int> _services = [];
    private long _owner;

    /// <summary>The row of the traces table of a trace that is written in parts, else -1.</summary>
    private int _openTraceRow = -1;
    private RollupBuilder? _rollups = new(new RollupTable());
    private RollupTable? _readyRollups;
    private bool _isWritten;

    public BlockBuilder(TenantId tenant, BlockBuilderOptions? options = null)
    {
        _options = options ?? new BlockBuilderOptions();
        _parts = new BlockParts(tenant, _options);
        _segment = new SpanSegment(_parts.SpanKeys, _parts.EventKeys, _parts.LinkKeys);
    }

    /// <summary>Spans that the block will hold.</summary>
    public int SpanCount => _parts.SpanCount;

    /// <summary>Spans that were left out because they were there already.</summary>
    public long DuplicateSpans => _parts.DuplicateSpans;

    /// <summary>True once a limit of the options is reached. Finish the trace at hand, then write the block and begin another.</summary>
    public bool IsFull => SpanCount >= _options.MaxSpans || _parts.Traces.Count >= _options.MaxTraces
        || _parts.Resources.Bytes + _parts.Scopes.Bytes >= _options.MaxContextBytes;

    /// <summary>Memory held, without the small change.</summary>
    public long AllocatedBytes => _segment.AllocatedBytes + (_longSegment?.AllocatedBytes ?? 0) + _stage.AllocatedBytes + _parts.AllocatedBytes;

    /// <summary>
    /// Says, before the first span, that somebody else counts: the table is written with the block and must hold exactly its spans. Without
    /// this call the builder counts what is added.
    /// </summary>
    public void UseRollups(RollupTable rollups)
    {
        _readyRollups = rollups;
        _rollups = null;
    }

    /// <summary>Adds a span; the slices are copied. <see cref="StoredSpan.TraceIndex"/> is not looked at: the trace id is.</summary>
    /// <exception cref="ArgumentException">Not a Span message with a trace id and a span id. What the scan of a batch accepted always is.</exception>
    public void Add(in StoredSpan span)
    {
        ObjectDisposedException.ThrowIf(_isWritten, this);
        if (!StagedSpan.TryRead(span.Span, out var staged, out var traceId))
        {
            throw new ArgumentException($"{span.Span.Length} bytes are not a Span message with a trace id of 16 and a span id of 8 bytes, not all zero", nameof(span));
        }

        if (_stage.TraceId != traceId)
        {
            EndTrace();
            _stage.Begin(traceId);
        }

        if (!_stage.Seen.Add(staged.SpanId, staged.Kind))
        {
            _parts.DuplicateSpans++;
            return;
        }

        _rollups?.Add(span);
        if (_stage.Bytes + span.Span.Length > _options.MaxStagedTraceBytes && _stage.Count > 0)
        {
            WriteTracePart(isLast: false, isWhole: false);
        }

        staged.Resource = _parts.Resources.Intern(span.Resource, span.ResourceSchemaUrl, out var isNew);
        if (isNew)
        {
            _services.Add(_parts.Traces.Texts.Intern(ServiceName.Of(span.Resource)));
        }

        staged.Scope = _parts.Scopes.Intern(span.Scope, span.ScopeSchemaUrl, out _);
        _stage.Add(staged, span.Span);
        _parts.SpanCount++;
    }

    /// <summary>
    /// Writes the block's files under <paramref name="prefix"/> (which ends in a slash), meta.json last: until that is there, there is no
    /// block. After this the builder is spent and disposed. If it throws, files without a meta.json may be left behind.
    /// </summary>
    /// <param name="store">Where to.</param>
    /// <param name="prefix">For example <c>single-tenant/blocks/0192f7c2/</c>.</param>
    /// <param name="createdUnixNano">The time to write into meta.json.</param>
    /// <param name="replaces">Ids of the blocks whose spans this one holds instead.</param>
    /// <param name="cancellationToken">Stops between files.</param>
    /// <exception cref="InvalidOperationException">No span was added, or a trace was added in two parts.</exception>
    public async ValueTask<BlockMeta> WriteAsync(
        IObjectStore store, string prefix, long createdUnixNano, IReadOnlyList<string>? replaces = null, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isWritten, this);
        EndTrace();
        if (SpanCount == 0)
        {
            throw new InvalidOperationException("a block holds at least one span");
        }

        Flush(_segment);
        if (_longSegment is not null)
        {
            Flush(_longSegment);
        }

        _isWritten = true;
        _parts.Rollups = Rollups();
        var meta = await _parts.WriteAsync(store, prefix, createdUnixNano, replaces, cancellationToken).ConfigureAwait(false);
        Dispose();
        return meta;
    }

    public void Dispose()
    {
        _isWritten = true;
        _parts.Dispose();
        _stage.Dispose();
    }

    private RollupTable Rollups()
    {
        _rollups?.EndTrace();
        var rollups = _readyRollups ?? _rollups!.Table;
        rollups.Trim();
        return rollups;
    }

    private void EndTrace()
    {
        if (_stage.Count > 0)
        {
            WriteTracePart(isLast: true, isWhole: _openTraceRow < 0);
        }

        _openTraceRow = -1;
        _stage.End();
    }

    /// <summary>Takes the staged spans into a segment. A trace that does not fit a row group with others gets row groups of its own.</summary>
    private void WriteTracePart(bool isLast, bool isWhole)
    {
        _stage.Sort(isWhole);
        var record = _stage.Summarise(_services, _parts.Traces.Texts);
        _parts.Count(record);
        var fitsRowGroup = isLast && isWhole && _stage.Count <= _options.RowGroupRows && _stage.Bytes <= _options.MaxRowGroupBytes;
        if (!fitsRowGroup)
        {
            WriteAlone(record);
        }
        else if (record.End - record.Start > _options.LongTrace.Ticks * 100)
        {
            WriteWithOthers(_longSegment ??= new SpanSegment(_parts.SpanKeys, _parts.EventKeys, _parts.LinkKeys), record);
        }
        else
        {
            WriteWithOthers(_segment, record);
        }

        _stage.Clear();
    }

    private void WriteWithOthers(SpanSegment segment, TraceRecord record)
    {
        if (segment.Rows + _stage.Count > _options.RowGroupRows)
        {
            Flush(segment);
        }

        segment.Runs.Add(new TraceRun { FirstRow = segment.Rows, RowCount = _stage.Count, Trace = record, TraceRow = -1 });
        _owner = _stage.Shred(segment, 0, _stage.Count, _owner);
        if (segment.TextBytes >= _options.MaxRowGroupBytes)
        {
            Flush(segment);
        }
    }

    private void WriteAlone(TraceRecord record)
    {
        var segment = _longSegment ??= new SpanSegment(_parts.SpanKeys, _parts.EventKeys, _parts.LinkKeys);
        Flush(segment);
        if (_openTraceRow < 0)
        {
            _openTraceRow = _parts.Traces.Add(record with { FirstRow = _parts.File.Rows });
        }
        else
        {
            Join(ref _parts.Traces[_openTraceRow], record);
        }

        for (var next = 0; next < _stage.Count;)
        {
            var first = next;
            var bytes = 0L;
            while (next < _stage.Count && next - first < _options.RowGroupRows && (bytes += _stage.Length(next)) <= _options.MaxRowGroupBytes)
            {
                next++;
            }

            // A span larger than the budget of a row group still makes one.
            next = Math.Max(next, first + 1);
            segment.Runs.Add(new TraceRun { FirstRow = 0, RowCount = next - first, Trace = record, TraceRow = _openTraceRow });
            _owner = _stage.Shred(segment, first, next - first, _owner);
            Flush(segment);
        }
    }

    private static void Join(ref TraceRecord trace, in TraceRecord part)
    {
        trace.Start = Math.Min(trace.Start, part.Start);
        trace.End = Math.Max(trace.End, part.End);
        trace.SpanCount += part.SpanCount;
        trace.ErrorCount += part.ErrorCount;
    }

    private void Flush(SpanSegment segment)
    {
        if (segment.Rows > 0)
        {
            _parts.File.Write(segment);
        }
    }
}
