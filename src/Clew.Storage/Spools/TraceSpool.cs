using System.Buffers.Binary;
using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Batches;
using Clew.Otlp.Editing;
using Clew.Otlp.Wire;
using Clew.Storage.Tenants;
using Clew.Storage.Wal;
using Microsoft.Extensions.Logging;

namespace Clew.Storage.Spools;

/// <summary>
/// Spans that wait until somebody has decided about their trace, in the log's format (<c>docs/formats/wal.md</c>). A batch is acknowledged
/// when it is durable. Decisions are records of the same files: a record settles the spans of its trace up to a mark, the position of the
/// last batch that was looked at, so that a span that came meanwhile is never settled by a decision that did not see it. After a
/// restart undecided traces are undecided, kept ones that were not handed on are to be handed on, and decisions are remembered.
/// Failure policy: what cannot be written is refused, and its sender tries again.
/// </summary>
public sealed class TraceSpool : IAsyncDisposable
{
    /// <summary>One record: trace id (16), decision (1), generation of the mark (8), offset of the mark (8), Unix seconds of the decision (4), zeros to 40.</summary>
    private const int RecordSize = 40;

    private readonly SpoolOptions _options;
    private readonly IWalFileSystem _files;
    private readonly ILogger _logger;
    private readonly string _folder;
    private readonly Lock _gate = new();
    private readonly Dictionary<TraceId, SpooledTrace> _traces = [];
    private readonly Dictionary<TraceId, SpoolMemory> _remembered = [];
    private readonly Queue<TraceId> _rememberedOrder = new();
    private readonly Dictionary<ulong, int> _openOfGeneration = [];
    private readonly TenantId _tenant;
    private LogQueue _log = null!;
    private ulong _newestGeneration;
    private ulong _snapshotGeneration;
    private long _bytes;

    private TraceSpool(SpoolOptions options, TenantId tenant, IWalFileSystem files, ILogger logger)
    {
        _options = options;
        _tenant = tenant;
        _files = files;
        _logger = logger;
        _folder = options.Folder ?? "";
    }

    /// <summary>Bytes of spans that are not settled.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public int TraceCount
    {
        get
        {
            lock (_gate)
            {
                return _traces.Count;
            }
        }
    }

    public TenantId Tenant => _tenant;

    /// <summary>Opens a spool with what it held before.</summary>
    public static TraceSpool Open(SpoolOptions options, TenantId tenant, ILogger logger) =>
        Open(options, tenant, options.Folder is null ? new MemoryWalFileSystem() : DiskWalFileSystem.Instance, logger);

    internal static TraceSpool Open(SpoolOptions options, TenantId tenant, IWalFileSystem files, ILogger logger)
    {
        if (options.Folder is not null)
        {
            Directory.CreateDirectory(options.Folder);
        }

        var spool = new TraceSpool(options, tenant, files, logger);
        var next = spool.Replay();
        spool._log = new LogQueue(
            new WalWriter(files, spool._folder, options.SegmentBytes, next),
            new LogQueueOptions(64L << 20, 8L << 20, $"spool of {options.Name}"), spool.Publish, spool.OnFailure);
        return spool;
    }

    /// <summary>Completes when the spans are durable, or were refused.</summary>
    public ValueTask<AppendResult> AppendAsync(TraceBatch batch)
    {
        if (Bytes + batch.Bytes.Length > _options.MaxBytes && Bytes > 0)
        {
            return new(new AppendResult(
                AppendStatus.Overloaded, $"spool of {_options.Name} is full: {Bytes} of {_options.MaxBytes} bytes wait for a decision"));
        }

        return _log.AppendAsync(batch, batch.Context.ReceivedUnixNano);
    }

    /// <summary>The traces for which the condition holds, in the order in which they came.</summary>
    public List<SpooledTrace> Select(Func<SpooledTrace, bool> condition)
    {
        lock (_gate)
        {
            return [.. _traces.Values.Where(trace => trace.SpanCount > 0 && condition(trace)).OrderBy(static trace => trace.FirstUnixNano)];
        }
    }

    /// <summary>What was decided before about a trace of which spans came late; the default when nothing was.</summary>
    public SpoolMemory Remembered(TraceId trace)
    {
        lock (_gate)
        {
            return _remembered.GetValueOrDefault(trace);
        }
    }

    /// <summary>
    /// Reads traces from the files, each batch once. What is answered has the spans that were there at this moment; the caller disposes
    /// the batches, and passes the marks on to <see cref="RecordAsync"/>.
    /// </summary>
    public List<SpoolReading> Read(IReadOnlyList<SpooledTrace> traces)
    {
        List<(SpoolFrame Frame, int Span, int Reading)> spans = [];
        lock (_gate)
        {
            for (var i = 0; i < traces.Count; i++)
            {
                foreach (var (frame, span) in traces[i].Spans)
                {
                    spans.Add((frame, span, i));
                }
            }
        }

        var composers = traces.Select(static _ => new BatchComposer()).ToArray();
        var marks = new SpoolFrame?[traces.Count];
        try
        {
            foreach (var group in spans.GroupBy(static entry => entry.Frame).OrderBy(static group => group.Key.Segment.Generation).ThenBy(static group => group.Key.Offset))
            {
                using var batch = ReadFrame(group.Key);
                foreach (var (frame, span, reading) in group)
                {
                    composers[reading].Add(batch, batch.Spans[span]);
                    marks[reading] = frame;
                }
            }

            return [.. traces.Select((trace, i) => new SpoolReading(trace, composers[i].Build(marks[i]!.Context), marks[i]!.Segment.Generation, marks[i]!.Offset))];
        }
        finally
        {
            Array.ForEach(composers, static composer => composer.Dispose());
        }
    }

    /// <summary>Completes when the decisions, made now, are durable; they count from then on. Throws <see cref="IOException"/> when they are not.</summary>
    public async Task RecordAsync(IReadOnlyList<(SpoolReading Reading, SpoolDecision Decision)> decisions, DateTimeOffset now)
    {
        if (decisions.Count == 0)
        {
            return;
        }

        var seconds = (uint)now.ToUnixTimeSeconds();
        await _log.RunAsync(log =>
        {
            var position = new WalPosition[1];
            var records = new byte[decisions.Count * RecordSize];
            for (var i = 0; i < decisions.Count; i++)
            {
                var (reading, decision) = decisions[i];
                Encode(records.AsSpan(i * RecordSize, RecordSize), reading.Trace.Id, decision, reading.MarkGeneration, reading.MarkOffset, seconds);
            }

            log.Append([new WalFrame(WalFrameType.Decisions, records, 0)], position);
            lock (_gate)
            {
                _newestGeneration = Math.Max(_newestGeneration, position[0].Segment.Generation);
                _openOfGeneration.TryAdd(position[0].Segment.Generation, 0);
                foreach (var (reading, decision) in decisions)
                {
                    Apply(reading.Trace.Id, decision, reading.MarkGeneration, reading.MarkOffset, seconds);
                }
            }

            Snapshot(log);
            DeleteFinished();
        }).ConfigureAwait(false);
    }

    /// <summary>Closes the files; what is not settled is there again at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await _log.DisposeAsync().ConfigureAwait(false);
        lock (_gate)
        {
            foreach (var frame in _traces.Values.SelectMany(static trace => trace.Spans).Select(static entry => entry.Frame).Distinct())
            {
                frame.Segment.Release();
            }

            _traces.Clear();
        }
    }

    private static bool IsSegment(string path) => path.EndsWith(".wal", StringComparison.Ordinal);

    private static void Encode(Span<byte> record, TraceId trace, SpoolDecision decision, ulong generation, long offset, uint seconds)
    {
        record.Clear();
        trace.WriteTo(record);
        record[16] = (byte)decision;
        BinaryPrimitives.WriteUInt64LittleEndian(record[17..], generation);
        BinaryPrimitives.WriteInt64LittleEndian(record[25..], offset);
        BinaryPrimitives.WriteUInt32LittleEndian(record[33..], seconds);
    }

    private TraceBatch ReadFrame(SpoolFrame frame)
    {
        var bytes = new PooledBuffer(frame.Length);
        frame.Segment.Read(frame.Offset, bytes.GetSpan(frame.Length)[..frame.Length]);
        bytes.Advance(frame.Length);
        return OtlpScanner.Scan(bytes, frame.Context, OtlpLimits.AlreadyChecked).Batch!;
    }

    private void Publish(IReadOnlyList<LogItem.Append> group, WalPosition[] positions)
    {
        for (var i = 0; i < group.Count; i++)
        {
            Add(group[i].Batch, positions[i], group[i].Batch.Context);
        }
    }

    private void Add(TraceBatch batch, WalPosition position, BatchContext context)
    {
        var frame = new SpoolFrame(position, batch.Bytes.Length, context) { Open = batch.SpanCount };
        position.Segment.Retain();
        lock (_gate)
        {
            var generation = position.Segment.Generation;
            _newestGeneration = Math.Max(_newestGeneration, generation);
            _openOfGeneration[generation] = _openOfGeneration.GetValueOrDefault(generation) + 1;
            for (var i = 0; i < batch.SpanCount; i++)
            {
                ref readonly var span = ref batch.Spans[i];
                if (!_traces.TryGetValue(span.TraceId, out var trace))
                {
                    _traces.Add(span.TraceId, trace = new SpooledTrace(span.TraceId, context.ReceivedUnixNano));
                }

                trace.Spans.Add((frame, i));
                trace.Bytes += span.Length;
                if (span.ParentSpanId.IsZero)
                {
                    trace.RootUnixNano ??= context.ReceivedUnixNano;
                }

                Interlocked.Add(ref _bytes, span.Length);
            }

            if (batch.SpanCount == 0)
            {
                Settled(frame);
            }
        }
    }

    /// <summary>Under the lock.</summary>
    private void Apply(TraceId id, SpoolDecision decision, ulong generation, long offset, uint seconds)
    {
        Remember(id, decision, seconds);
        if (!_traces.TryGetValue(id, out var trace))
        {
            return;
        }

        if (decision == SpoolDecision.Keep)
        {
            trace.Decision = SpoolDecision.Keep;
            return;
        }

        var settledBytes = 0L;
        trace.Spans.RemoveAll(entry =>
        {
            if (!entry.Frame.IsAtOrBefore(generation, offset))
            {
                return false;
            }

            if (--entry.Frame.Open == 0)
            {
                Settled(entry.Frame);
            }

            settledBytes++;
            return true;
        });

        // Bytes are counted by trace: what is left is its share.
        var before = trace.Bytes;
        trace.Bytes = trace.Spans.Count == 0 ? 0 : before * trace.Spans.Count / (trace.Spans.Count + settledBytes);
        Interlocked.Add(ref _bytes, trace.Bytes - before);
        trace.Decision = SpoolDecision.None;
        if (trace.Spans.Count == 0)
        {
            _traces.Remove(id);
        }
    }

    /// <summary>Under the lock.</summary>
    private void Remember(TraceId id, SpoolDecision decision, uint seconds)
    {
        if (_options.RememberedDecisions == 0)
        {
            return;
        }

        if (!_remembered.TryGetValue(id, out var before))
        {
            _rememberedOrder.Enqueue(id);
        }

        // Handing on and late spans make further records: the time is that of the decision.
        _remembered[id] = new SpoolMemory(
            decision == SpoolDecision.Dropped ? SpoolDecision.Dropped : SpoolDecision.Keep, before.DecidedUnixSeconds > 0 ? before.DecidedUnixSeconds : seconds);
        while (_remembered.Count > _options.RememberedDecisions && _rememberedOrder.TryDequeue(out var oldest))
        {
            _remembered.Remove(oldest);
        }
    }

    /// <summary>Under the lock.</summary>
    private void Settled(SpoolFrame frame)
    {
        _openOfGeneration[frame.Segment.Generation]--;
        frame.Segment.Release();
    }

    /// <summary>The first records of each new file repeat what is remembered, because the files that had it may go.</summary>
    private void Snapshot(WalWriter log)
    {
        byte[] records;
        lock (_gate)
        {
            if (_snapshotGeneration == _newestGeneration || _remembered.Count == 0)
            {
                return;
            }

            records = new byte[_remembered.Count * RecordSize];
            var index = 0;
            foreach (var id in _rememberedOrder)
            {
                if (_remembered.TryGetValue(id, out var memory))
                {
                    // A mark at the very beginning settles nothing: it only says what was decided.
                    var decision = memory.Decision == SpoolDecision.Dropped ? SpoolDecision.Dropped : SpoolDecision.Released;
                    Encode(records.AsSpan(index++ * RecordSize, RecordSize), id, decision, 0, 0, memory.DecidedUnixSeconds);
                }
            }
        }

        var position = new WalPosition[1];
        log.Append([new WalFrame(WalFrameType.Decisions, records, 0)], position);
        lock (_gate)
        {
            _newestGeneration = Math.Max(_newestGeneration, position[0].Segment.Generation);
            _snapshotGeneration = _newestGeneration;
        }
    }

    private void DeleteFinished()
    {
        List<ulong> finished;
        lock (_gate)
        {
            // What is kept and not handed on has its record in a file that still has its spans, or in a newer one.
            var limit = Math.Min(_options.RememberedDecisions == 0 ? _newestGeneration : _snapshotGeneration, OldestOpen());
            finished = [.. _openOfGeneration.Where(entry => entry.Value == 0 && entry.Key < limit).Select(static entry => entry.Key)];
            finished.ForEach(generation => _openOfGeneration.Remove(generation));
        }

        foreach (var generation in finished)
        {
            _files.Delete(WalWriter.PathOf(_folder, generation));
        }
    }

    // Files go in order: a record that settles spans of an older file must not go before that file.
    private ulong OldestOpen() => _openOfGeneration.Where(static entry => entry.Value > 0).Select(static entry => entry.Key).DefaultIfEmpty(ulong.MaxValue).Min();

    private void OnFailure(Exception fault) => _logger.QueueNotWritten(fault, _options.Name);

    private ulong Replay()
    {
        var next = 1UL;
        foreach (var path in _files.List(_folder).Where(IsSegment))
        {
            if (!ulong.TryParse(Path.GetFileNameWithoutExtension(path), out var generation))
            {
                continue;
            }

            next = Math.Max(next, generation + 1);
            _openOfGeneration.TryAdd(generation, 0);
            var result = WalReplay.Read(_files, path, Replay);
            result.Segment?.Release();
            foreach (var damage in result.Damage)
            {
                _logger.LogDamaged(damage);
            }

            if (result.TornTail is not null)
            {
                _logger.ReplayEnded(result.TornTail);
            }
        }

        _newestGeneration = next - 1;
        return next;
    }

    private void Replay(WalFrame frame, WalPosition position)
    {
        if (frame.Type == WalFrameType.Decisions)
        {
            var records = frame.Payload.Span;
            lock (_gate)
            {
                for (; records.Length >= RecordSize; records = records[RecordSize..])
                {
                    Apply(
                        TraceId.FromBytes(records), (SpoolDecision)records[16], BinaryPrimitives.ReadUInt64LittleEndian(records[17..]),
                        BinaryPrimitives.ReadInt64LittleEndian(records[25..]), BinaryPrimitives.ReadUInt32LittleEndian(records[33..]));
                }
            }

            return;
        }

        using var batch = OtlpScanner.Scan(new BorrowedMemory(frame.Payload), new BatchContext(_tenant, frame.ReceivedUnixNano), OtlpLimits.AlreadyChecked).Batch;
        if (batch is not null)
        {
            Add(batch, position, batch.Context);
        }
    }
}

/// <summary>The spans of a trace as they were read, and how far in the files that was. Whoever asked for it disposes the batch.</summary>
public sealed record SpoolReading(SpooledTrace Trace, TraceBatch Batch, ulong MarkGeneration, long MarkOffset);
