using System.Threading.Channels;
using Clew.Otlp.Batches;
using Clew.Pipeline.Components;
using Clew.Pipeline.Exporters.Sending;
using Clew.Storage;
using Clew.Storage.Queues;
using Microsoft.Extensions.Logging;

namespace Clew.Pipeline.Exporters;

/// <summary>
/// <c>otlp</c> and <c>otlphttp</c>: takes responsibility when a request is durable in the queue on disk, then groups and sends until the
/// next hop has it. Without a queue the sender waits for the next hop.
/// </summary>
public sealed class NetworkExporter : ITraceExporter, IComponentStatusSource
{
    private readonly NetworkExporterOptions _options;
    private readonly ITraceSender _sender;
    private readonly ComponentMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _stopTaking = new();
    private DiskQueue? _queue;
    private Task _running = Task.CompletedTask;
    private long _sent;
    private long _givenUp;

    public NetworkExporter(
        ComponentId id, NetworkExporterOptions options, ITraceSender sender, ComponentMetrics metrics, TimeProvider clock, ILogger logger)
    {
        Id = id;
        _options = options;
        _sender = sender;
        _metrics = metrics;
        _clock = clock;
        _logger = logger;
    }

    public ComponentId Id { get; }

    /// <summary>What the next hop said last when it did not take a request; null after a success.</summary>
    public string? LastError { get; private set; }

    public ComponentStatus Status => new()
    {
        SentSpans = Interlocked.Read(ref _sent),
        FailedSpans = Interlocked.Read(ref _givenUp),
        QueueSize = _queue?.Size,
        QueueCapacity = _options.Queue?.Capacity,
        QueueUnit = _options.Queue?.Unit.ToString().ToLowerInvariant(),
        Target = _sender.Target,
        LastError = LastError,
    };

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (_options.Queue is { } options)
        {
            var queue = DiskQueue.Open(options, _logger);
            _queue = queue;
            _metrics.QueueOpened(Id, () => queue.Size, options.Capacity);
            // One waits while all consumers send: its bytes are read already, and the next consumer that is free need not wait for the disk.
            var ready = Channel.CreateBounded<SendRequest>(1);
            var grouping = new RequestGrouping(queue, ready.Writer, _options.ContextKeys, Id, _metrics, _clock).RunAsync(_stopTaking.Token, _stop.Token);
            var consumers = Enumerable.Range(0, _options.Consumers).Select(_ => SendAllAsync(ready.Reader)).ToArray();
            _running = Task.WhenAll([grouping, .. consumers]);
        }

        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_queue is not null)
        {
            await _stopTaking.CancelAsync().ConfigureAwait(false);
            await Task.WhenAny(_running, Task.Delay(_options.DrainTime, _clock, cancellationToken)).ConfigureAwait(false);
            await _stop.CancelAsync().ConfigureAwait(false);
            await _running.ConfigureAwait(false);
            _metrics.QueueClosed(Id);
            await _queue.DisposeAsync().ConfigureAwait(false);
        }

        await _sender.DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
    {
        if (batch.SpanCount == 0)
        {
            return ConsumeResult.Accepted;
        }

        if (_queue is null)
        {
            return await SendDirectlyAsync(batch, cancellationToken).ConfigureAwait(false);
        }

        var queued = _options.Batch is { } shape ? batch.WithContext(batch.Context with { Shape = shape }) : batch;
        var result = await _queue.EnqueueAsync(queued).ConfigureAwait(false);
        while (_options.BlockOnOverflow && result.Status == AppendStatus.Overloaded)
        {
            await _queue.WaitForRoomAsync(cancellationToken).ConfigureAwait(false);
            result = await _queue.EnqueueAsync(queued).ConfigureAwait(false);
        }

        if (result.Status == AppendStatus.Accepted)
        {
            _metrics.Enqueued(Id, batch.SpanCount);
            return ConsumeResult.Accepted;
        }

        _metrics.EnqueueFailed(Id, batch.SpanCount);
        return result.Status == AppendStatus.Overloaded
            ? ConsumeResult.Overloaded(result.Reason!)
            : ConsumeResult.Unavailable(result.Reason!);
    }

    private async ValueTask<ConsumeResult> SendDirectlyAsync(TraceBatch batch, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        limit.CancelAfter(_options.DirectWait);
        try
        {
            var outcome = await _sender.SendAsync(batch.Bytes, batch.Context, limit.Token).ConfigureAwait(false);
            LastError = outcome.Status == SendStatus.Delivered ? null : outcome.Reason;
            switch (outcome.Status)
            {
                case SendStatus.Delivered:
                    CountSent(batch.SpanCount - outcome.RejectedSpans);
                    return ConsumeResult.Accepted with { RejectedSpans = (int)outcome.RejectedSpans, Reason = outcome.Reason };
                case SendStatus.Retry:
                    return ConsumeResult.Unavailable($"exporter {Id}: {_sender.Target}: {outcome.Reason}", outcome.RetryAfter);
                default:
                    CountGivenUp(batch.SpanCount);
                    return ConsumeResult.Invalid($"exporter {Id}: {_sender.Target}: {outcome.Reason}");
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ConsumeResult.Unavailable($"exporter {Id}: {_sender.Target} did not answer within {_options.DirectWait.TotalSeconds} s");
        }
    }

    private async Task SendAllAsync(ChannelReader<SendRequest> ready)
    {
        await foreach (var request in ready.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            using (request)
            {
                if (!_stop.IsCancellationRequested && await DeliverAsync(request).ConfigureAwait(false))
                {
                    request.Complete(_queue!);
                }
            }
        }
    }

    /// <summary>True when the request needs no more sending; false when the exporter stops before it was delivered.</summary>
    private async Task<bool> DeliverAsync(SendRequest request)
    {
        var started = _clock.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            SendOutcome outcome;
            _metrics.InFlight(Id, 1);
            try
            {
                outcome = await _sender.SendPartsAsync(request.Bytes, request.Context, _stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
            finally
            {
                _metrics.InFlight(Id, -1);
            }

            if (outcome.Status == SendStatus.Delivered)
            {
                LastError = null;
                CountSent(request.SpanCount - outcome.RejectedSpans);
                if (outcome.RejectedSpans > 0)
                {
                    CountGivenUp(outcome.RejectedSpans);
                    _logger.SpansRejectedByNextHop(Id, _sender.Target, outcome.RejectedSpans, outcome.Reason);
                }

                return true;
            }

            LastError = outcome.Reason;
            var givenUp = outcome.Status == SendStatus.Refused || !_options.Retry.Enabled
                || (_options.Retry.MaxElapsedTime > TimeSpan.Zero && _clock.GetElapsedTime(started) >= _options.Retry.MaxElapsedTime);
            if (givenUp)
            {
                CountGivenUp(request.SpanCount);
                _logger.RequestGivenUp(Id, _sender.Target, request.SpanCount, attempt, outcome.Reason);
                return true;
            }

            var delay = _options.Retry.Delay(attempt, Random.Shared.NextDouble(), outcome.RetryAfter);
            _logger.RequestRetried(Id, _sender.Target, attempt, delay.TotalSeconds, outcome.Reason);
            try
            {
                await Task.Delay(delay, _clock, _stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }
    }

    private void CountSent(long spans)
    {
        Interlocked.Add(ref _sent, spans);
        _metrics.Sent(Id, spans);
    }

    private void CountGivenUp(long spans)
    {
        Interlocked.Add(ref _givenUp, spans);
        _metrics.SendFailed(Id, spans);
    }
}
