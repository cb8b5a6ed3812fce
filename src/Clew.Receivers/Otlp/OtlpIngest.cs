using Clew.Pipeline.Components;
using Clew.Receivers.Intake;
using Clew.Receivers.Telemetry;
using Microsoft.Extensions.Logging;

namespace Clew.Receivers.Otlp;

/// <summary>What the two protocols of one OTLP receiver share.</summary>
internal sealed class OtlpIngest
{
    public OtlpIngest(string receiver, OtlpReceiverOptions options, ITraceConsumer consumer, ReceiverMetrics metrics, ILogger logger, TimeProvider clock)
    {
        Options = options;
        Hints = new OtlpHints(options);
        Budget = new ReceiveBudget(options.MaxInFlightBytes);
        Identity = new RequestIdentity(receiver, options.TenantsEnabled, clock);
        Intake = new TraceIntake(consumer, options.SpanLimits, logger);
        Grpc = new ReceiverActivity(receiver, "grpc", metrics, clock);
        Http = new ReceiverActivity(receiver, "http", metrics, clock);
    }

    public OtlpReceiverOptions Options { get; }

    public OtlpHints Hints { get; }

    public ReceiveBudget Budget { get; }

    public RequestIdentity Identity { get; }

    public TraceIntake Intake { get; }

    public ReceiverActivity Grpc { get; }

    public ReceiverActivity Http { get; }
}
