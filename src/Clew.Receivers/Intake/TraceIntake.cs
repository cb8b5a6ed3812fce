using Clew.Otlp;
using Clew.Otlp.Batches;
using Clew.Otlp.Wire;
using Clew.Pipeline.Components;
using Clew.Receivers.Telemetry;
using Microsoft.Extensions.Logging;

namespace Clew.Receivers.Intake;

/// <summary>
/// The way from an encoded request to the answer for its sender, the same for every protocol: scan, hand to the consumer, count. The
/// answer is the consumer's own; nothing is accepted before it has answered.
/// </summary>
internal sealed partial class TraceIntake(ITraceConsumer consumer, OtlpLimits limits, ILogger logger)
{
    private ITraceConsumer _consumer = consumer;

    public OtlpLimits Limits => limits;

    /// <summary>Where batches go. A request under way keeps the consumer that it started with.</summary>
    public ITraceConsumer Consumer
    {
        get => Volatile.Read(ref _consumer);
        set => Volatile.Write(ref _consumer, value);
    }

    /// <summary>
    /// Takes ownership of <paramref name="request"/>. Spans that a decoder has already refused are counted with
    /// <paramref name="earlierRejects"/>. An accepted result with a reason and no rejected spans is a warning for the sender.
    /// </summary>
    public async ValueTask<ConsumeResult> TakeAsync(
        PooledBuffer request, BatchContext context, string userAgent, ReceiverActivity activity, EarlierRejects earlierRejects, CancellationToken cancellationToken)
    {
        activity.Received(context.Peer, request.Length);
        var scan = OtlpScanner.Scan(request, context, limits);
        if (scan.Batch is null)
        {
            var fault = scan.Fault!;
            activity.RequestRefused(RequestFault.Malformed, fault);
            return ConsumeResult.Invalid(fault);
        }

        using var batch = scan.Batch;
        var rejected = scan.RejectedSpans + earlierRejects.Spans;
        var reason = earlierRejects.Reason ?? scan.RejectReason;
        var (result, failed) = batch.SpanCount == 0 ? (ConsumeResult.Accepted, false) : await ConsumeAsync(batch, cancellationToken);
        if (!result.IsAccepted)
        {
            var spans = batch.SpanCount;
            activity.Answered(context.Peer, userAgent, 0, rejected + (failed ? 0 : spans), failed ? spans : 0, scan.RepairedStrings, result.Reason);
            return result;
        }

        rejected += result.RejectedSpans;
        reason ??= result.Reason;
        activity.Answered(context.Peer, userAgent, batch.SpanCount - result.RejectedSpans, rejected, 0, scan.RepairedStrings, reason);
        if (rejected == 0 && scan.RepairedStrings > 0)
        {
            reason = $"{scan.RepairedStrings} strings held invalid UTF-8; their bad bytes were replaced by U+FFFD";
        }

        return result with { RejectedSpans = rejected, Reason = reason };
    }

    private async ValueTask<(ConsumeResult Result, bool Failed)> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            return (await Consumer.ConsumeAsync(batch, cancellationToken), false);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // Nobody hears this answer, but the spans must not vanish from the counts: their sender will try again.
            return (ConsumeResult.Unavailable("the sender gave up before the answer"), true);
        }
        catch (Exception e)
        {
            // A fault of ours must not cost the sender its spans: it is told to try again.
            LogConsumerFailed(e, batch.SpanCount);
            return (ConsumeResult.Unavailable("the spans could not be taken because of an internal error; the server's log has the cause"), true);
        }
    }

    [LoggerMessage(2101, LogLevel.Error, "The pipeline failed on a batch of {SpanCount} spans; the sender was told to try again")]
    private partial void LogConsumerFailed(Exception exception, int spanCount);
}

/// <summary>Spans that a decoder refused before the scan, and why the first of them was.</summary>
internal readonly record struct EarlierRejects(int Spans, string? Reason);
