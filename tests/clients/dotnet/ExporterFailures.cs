using System.Collections.Concurrent;
using System.Diagnostics.Tracing;

namespace Clew.TestClient;

/// <summary>What the SDK's exporter complains about. It tells nobody else: the batch processor drops the result of an export.</summary>
internal sealed class ExporterFailures : EventListener
{
    private readonly ConcurrentQueue<string> _seen = new();

    public IReadOnlyCollection<string> Seen => _seen;

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "OpenTelemetry-Exporter-OpenTelemetryProtocol")
        {
            EnableEvents(eventSource, EventLevel.Warning);
        }
    }

    // The base class calls back while it is being constructed, before the queue is there.
    protected override void OnEventWritten(EventWrittenEventArgs eventData) =>
        _seen?.Enqueue($"{eventData.EventName}: {string.Join(", ", eventData.Payload ?? new([]))}");
}
