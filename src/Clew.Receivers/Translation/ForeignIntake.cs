using Clew.Otlp;
using Clew.Otlp.Batches;
using Clew.Pipeline.Components;
using Clew.Receivers.Intake;
using Clew.Receivers.Telemetry;
using Microsoft.Extensions.Logging;

namespace Clew.Receivers.Translation;

/// <summary>
/// The way from decoded spans of another protocol to the consumer's answer. Bad input is refused whole, before anything reaches the
/// consumer: these protocols have no words for half a success.
/// </summary>
internal sealed class ForeignIntake(ITraceConsumer consumer, OtlpLimits limits, ILogger logger)
{
    private readonly TraceIntake _intake = new(consumer, limits, logger);

    public ITraceConsumer Consumer
    {
        get => _intake.Consumer;
        set => _intake.Consumer = value;
    }

    /// <summary>Null: the spans were taken.</summary>
    public async ValueTask<Refusal?> TakeAsync(
        Decoded decoded, BatchContext context, string userAgent, ReceiverActivity activity, CancellationToken cancellationToken)
    {
        var fault = decoded.Fault;
        var request = decoded.Batch?.Encode();
        if (request is null)
        {
            fault ??= "the request is too large as OTLP; send smaller batches";
            activity.RequestRefused(RequestFault.Malformed, fault);
            return Refusal.Malformed(fault);
        }

        // TakeAsync owns the buffer from here on.
        var result = await _intake.TakeAsync(request, context, userAgent, activity, default, cancellationToken);
        if (!result.IsAccepted)
        {
            return Refusal.Of(result);
        }

        return result.RejectedSpans == 0
            ? null
            : Refusal.Malformed($"{result.RejectedSpans} spans were refused and the others taken; do not send them again: {result.Reason}");
    }
}
