using System.Diagnostics.Metrics;

namespace Clew.Receivers.Telemetry;

/// <summary>
/// The instruments of all receivers, under the names that Collector dashboards ask for. "Refused" are spans that were pushed back or
/// are not valid, "failed" are spans that a fault of ours kept out.
/// </summary>
internal sealed class ReceiverMetrics
{
    public const string MeterName = "Clew.Receivers";

    private readonly Counter<long> _accepted;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _receivedBytes;
    private readonly Counter<long> _refusedRequests;
    private readonly Counter<long> _unsupported;
    private readonly Counter<long> _repaired;

    public ReceiverMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _accepted = meter.CreateCounter<long>("otelcol_receiver_accepted_spans", "{span}", "Spans that everything behind the receiver took responsibility for");
        _refused = meter.CreateCounter<long>("otelcol_receiver_refused_spans", "{span}", "Spans that were not valid or that the pipeline pushed back; the sender was told");
        _failed = meter.CreateCounter<long>("otelcol_receiver_failed_spans", "{span}", "Spans that could not be taken because of a fault in this process; the sender was told");
        _requests = meter.CreateCounter<long>("clew_receiver_requests", "{request}", "Requests with spans");
        _receivedBytes = meter.CreateCounter<long>("clew_receiver_received_bytes", "By", "Bytes of requests after decompression");
        _refusedRequests = meter.CreateCounter<long>("clew_receiver_refused_requests", "{request}", "Requests refused before their spans could be counted, by reason");
        _unsupported = meter.CreateCounter<long>("clew_receiver_unsupported_requests", "{request}", "Requests with metrics, logs or profiles, which Clew does not take");
        _repaired = meter.CreateCounter<long>("clew_receiver_repaired_strings", "{string}", "Strings with invalid UTF-8 whose bad bytes became U+FFFD");
    }

    /// <summary>A request with spans was received; the size is after decompression.</summary>
    public void Received(ReceiverTags tags, int bytes)
    {
        _requests.Add(1, tags.Receiver, tags.Transport);
        _receivedBytes.Add(bytes, tags.Receiver, tags.Transport);
    }

    public void Accepted(ReceiverTags tags, int spans) => Count(_accepted, tags, spans);

    public void Refused(ReceiverTags tags, int spans) => Count(_refused, tags, spans);

    public void Failed(ReceiverTags tags, int spans) => Count(_failed, tags, spans);

    public void Repaired(ReceiverTags tags, int strings) => Count(_repaired, tags, strings);

    public void RequestRefused(ReceiverTags tags, RequestFault fault) =>
        _refusedRequests.Add(1, tags.Receiver, tags.Transport, new KeyValuePair<string, object?>("reason", fault.Label()));

    public void Unsupported(ReceiverTags tags, string signal) =>
        _unsupported.Add(1, tags.Receiver, tags.Transport, new KeyValuePair<string, object?>("signal", signal));

    private static void Count(Counter<long> counter, ReceiverTags tags, int count)
    {
        if (count > 0)
        {
            counter.Add(count, tags.Receiver, tags.Transport);
        }
    }
}

/// <summary>The two tags of every instrument, built once.</summary>
internal sealed class ReceiverTags(string receiver, string transport)
{
    public KeyValuePair<string, object?> Receiver { get; } = new("receiver", receiver);

    public KeyValuePair<string, object?> Transport { get; } = new("transport", transport);
}
