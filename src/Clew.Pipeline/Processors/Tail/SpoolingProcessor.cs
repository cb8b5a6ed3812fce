using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Otlp.Editing;
using Clew.Pipeline.Components;
using Clew.Storage;
using Clew.Storage.Spools;
using Microsoft.Extensions.Logging;

namespace Clew.Pipeline.Processors.Tail;

/// <summary>
/// A processor that needs whole traces: it takes responsibility when spans are durable in a spool, one for each tenant, and hands
/// traces on when they are due. What the pipeline behind it does not take is tried again; what it refuses for good is given up and counted.
/// </summary>
public abstract class SpoolingProcessor : ITraceProcessor
{
    /// <summary>Spans' bytes that are read and judged at once.</summary>
    private const long ChunkBytes = 16 << 20;

    /// <summary>Bytes of a batch that is handed on.</summary>
    private const int BatchBytes = 2 << 20;

    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(1);

    private readonly ProcessorContext _context;
    private readonly int _rememberedDecisions;
    private readonly Dictionary<TenantId, TraceSpool> _spools = [];
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    protected SpoolingProcessor(ComponentId id, ProcessorContext context, int rememberedDecisions)
    {
        Id = id;
        _context = context;
        _rememberedDecisions = rememberedDecisions;
        Logger = context.Services.Logger(id);
    }

    public ComponentId Id { get; }

    protected ILogger Logger { get; }

    protected TimeProvider Clock => _context.Services.Clock;

    /// <summary>Traces that wait.</summary>
    public long TraceCount => Spools().Sum(static spool => (long)spool.TraceCount);

    /// <summary>Null on a collector without a disk. The folder has the pipeline in its name, because a processor runs once in each.</summary>
    private string? Folder => _context.Services.DataFolder is { } data
        ? Path.Combine(data, "spools", $"{_context.Pipeline}_{Id}".Replace('/', '-'))
        : null;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (Folder is { } folder && Directory.Exists(folder))
        {
            foreach (var path in Directory.EnumerateDirectories(folder))
            {
                if (TenantId.TryParse(Path.GetFileName(path), out var tenant, out _))
                {
                    SpoolOf(tenant);
                }
            }
        }

        _running = Task.Run(RunAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>Undecided traces stay in the spool and are decided after the next start.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        foreach (var spool in Spools())
        {
            await spool.DisposeAsync().ConfigureAwait(false);
        }
    }

    public async ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
    {
        if (batch.SpanCount == 0)
        {
            return ConsumeResult.Accepted;
        }

        var result = await SpoolOf(batch.Context.Tenant).AppendAsync(batch).ConfigureAwait(false);
        return result.Status switch
        {
            AppendStatus.Accepted => ConsumeResult.Accepted,
            AppendStatus.Overloaded => ConsumeResult.Overloaded(result.Reason!),
            _ => ConsumeResult.Unavailable(result.Reason!),
        };
    }

    /// <summary>Decides what is due now; tests call it in place of the clock.</summary>
    internal async Task TickAsync(CancellationToken cancellationToken)
    {
        foreach (var spool in Spools())
        {
            await TickAsync(spool, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The traces of a spool that are to be judged now.</summary>
    protected abstract IReadOnlyList<SpooledTrace> Due(TraceSpool spool, long nowUnixNano);

    /// <summary>Whether a whole trace is kept.</summary>
    protected abstract bool Judge(SpoolReading trace);

    /// <summary>Spans came after their trace was decided about, and follow the decision.</summary>
    protected virtual void Late(SpoolReading trace, SpoolMemory decided)
    {
    }

    /// <summary>A round of decisions took so long.</summary>
    protected virtual void Ticked(TimeSpan elapsed)
    {
    }

    /// <summary>True puts traces that leave at the same time into one batch.</summary>
    protected abstract bool JoinsTraces { get; }

    private List<TraceSpool> Spools()
    {
        lock (_gate)
        {
            return [.. _spools.Values];
        }
    }

    private TraceSpool SpoolOf(TenantId tenant)
    {
        lock (_gate)
        {
            if (!_spools.TryGetValue(tenant, out var spool))
            {
                var options = new SpoolOptions
                {
                    Folder = Folder is { } folder ? Path.Combine(folder, tenant.ToString()) : null, Name = $"processor {Id}", RememberedDecisions = _rememberedDecisions,
                };
                _spools.Add(tenant, spool = TraceSpool.Open(options, tenant, Logger));
            }

            return spool;
        }
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(s_tick, Clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                try
                {
                    var started = Clock.GetTimestamp();
                    await TickAsync(_stop.Token).ConfigureAwait(false);
                    Ticked(Clock.GetElapsedTime(started));
                }
                catch (Exception fault) when (fault is not OperationCanceledException)
                {
                    // A disk that is full or a fault in one trace must not end the deciding: the next tick tries again.
                    Logger.SpoolTickFailed(fault, Id);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The stop that this waits for.
        }
    }

    private async Task TickAsync(TraceSpool spool, CancellationToken cancellationToken)
    {
        var now = (Clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
        var due = spool.Select(trace => trace.Decision == SpoolDecision.Keep || spool.Remembered(trace.Id).Decision != SpoolDecision.None);
        due.AddRange(Due(spool, now).Except(due));
        for (var first = 0; first < due.Count;)
        {
            var bytes = 0L;
            var count = 0;
            while (first + count < due.Count && (count == 0 || bytes + due[first + count].Bytes <= ChunkBytes))
            {
                bytes += due[first + count++].Bytes;
            }

            if (!await SettleAsync(spool, due.GetRange(first, count), cancellationToken).ConfigureAwait(false))
            {
                return;
            }

            first += count;
        }
    }

    /// <summary>False when the pipeline behind does not take anything now.</summary>
    private async Task<bool> SettleAsync(TraceSpool spool, List<SpooledTrace> traces, CancellationToken cancellationToken)
    {
        var readings = spool.Read(traces);
        try
        {
            var kept = new List<SpoolReading>();
            var decisions = new List<(SpoolReading, SpoolDecision)>();
            foreach (var reading in readings)
            {
                var remembered = spool.Remembered(reading.Trace.Id);
                var known = reading.Trace.Decision != SpoolDecision.None ? reading.Trace.Decision : remembered.Decision;
                var keep = known == SpoolDecision.None ? Judge(reading) : known != SpoolDecision.Dropped;
                if (reading.Trace.Decision == SpoolDecision.None && known != SpoolDecision.None)
                {
                    Late(reading, remembered);
                }

                if (keep)
                {
                    kept.Add(reading);
                }

                if (!keep || known == SpoolDecision.None)
                {
                    decisions.Add((reading, keep ? SpoolDecision.Keep : SpoolDecision.Dropped));
                }
            }

            // Durable before anything leaves: after a crash the same traces leave, and no others.
            await spool.RecordAsync(decisions, Clock.GetUtcNow()).ConfigureAwait(false);
            var released = new List<(SpoolReading, SpoolDecision)>();
            var isTaken = true;
            foreach (var group in Groups(kept))
            {
                if (!await HandOnAsync(group, cancellationToken).ConfigureAwait(false))
                {
                    isTaken = false;
                    break;
                }

                released.AddRange(group.Select(static reading => (reading, SpoolDecision.Released)));
            }

            await spool.RecordAsync(released, Clock.GetUtcNow()).ConfigureAwait(false);
            return isTaken;
        }
        finally
        {
            readings.ForEach(static reading => reading.Batch.Dispose());
        }
    }

    private IEnumerable<List<SpoolReading>> Groups(List<SpoolReading> kept)
    {
        var group = new List<SpoolReading>();
        var bytes = 0;
        foreach (var reading in kept)
        {
            if (group.Count > 0 && (!JoinsTraces || bytes + reading.Batch.Bytes.Length > BatchBytes))
            {
                yield return group;
                group = [];
                bytes = 0;
            }

            group.Add(reading);
            bytes += reading.Batch.Bytes.Length;
        }

        if (group.Count > 0)
        {
            yield return group;
        }
    }

    private async Task<bool> HandOnAsync(List<SpoolReading> group, CancellationToken cancellationToken)
    {
        TraceBatch? joined = null;
        if (group.Count > 1)
        {
            using var composer = new BatchComposer();
            foreach (var reading in group)
            {
                foreach (ref readonly var span in reading.Batch.Spans)
                {
                    composer.Add(reading.Batch, span);
                }
            }

            joined = composer.Build(group[0].Batch.Context);
        }

        using (joined)
        {
            var batch = joined ?? group[0].Batch;
            var result = await _context.Next.ConsumeAsync(batch, cancellationToken).ConfigureAwait(false);
            if (result.Status == ConsumeStatus.Invalid)
            {
                Logger.SpoolRefused(Id, batch.SpanCount, result.Reason);
                _context.Services.Metrics.ProcessorRefused(Id, batch.SpanCount);
            }

            return result.Status is ConsumeStatus.Accepted or ConsumeStatus.Invalid;
        }
    }
}

/// <summary>
/// <c>groupbytrace</c>: keeps spans until a trace has been silent to begin with for a while, and hands it on whole.
/// </summary>
public sealed class GroupByTraceProcessor(ComponentId id, ProcessorContext context, TimeSpan waitDuration, int maxTraces) : SpoolingProcessor(id, context, rememberedDecisions: 0)
{
    protected override bool JoinsTraces => false;

    protected override IReadOnlyList<SpooledTrace> Due(TraceSpool spool, long nowUnixNano)
    {
        var waitNanos = waitDuration.Ticks * 100;
        var overflow = Math.Max(0, spool.TraceCount - maxTraces);
        var index = 0;
        return spool.Select(trace => trace.FirstUnixNano + waitNanos <= nowUnixNano || index++ < overflow);
    }

    protected override bool Judge(SpoolReading trace) => true;
}
