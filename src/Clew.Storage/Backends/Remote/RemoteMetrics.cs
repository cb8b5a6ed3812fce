using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Clew.Storage.Backends.Remote;

/// <summary>Instruments of the requests to an object service. Tags come from closed sets: the operation and its result.</summary>
public sealed class RemoteMetrics
{
    private readonly Counter<long> _requests;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _hedges;
    private readonly Histogram<double> _duration;

    public RemoteMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(StoreMetrics.MeterName);
        _requests = meter.CreateCounter<long>("clew.storage.requests", "{request}", "Requests to the bucket, by operation and result.");
        _bytes = meter.CreateCounter<long>("clew.storage.bytes", "By", "Bytes to and from the bucket.");
        _retries = meter.CreateCounter<long>("clew.storage.retries", "{request}", "Requests to the bucket that were sent again.");
        _hedges = meter.CreateCounter<long>("clew.storage.hedges", "{request}", "Reads that were asked a second time because the first was slow.");

        // From a fast store in the same rack to the time-out.
        _duration = meter.CreateHistogram(
            "clew.storage.request.duration", "s", "Time of one request to the bucket.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] });
    }

    internal void Request(RemoteOperation operation, string result, long startedAt, long sent, long received)
    {
        var name = new KeyValuePair<string, object?>("operation", Name(operation));
        _requests.Add(1, name, new KeyValuePair<string, object?>("result", result));
        _duration.Record(Stopwatch.GetElapsedTime(startedAt).TotalSeconds, name);
        if (sent > 0)
        {
            _bytes.Add(sent, new KeyValuePair<string, object?>("direction", "sent"));
        }

        if (received > 0)
        {
            _bytes.Add(received, new KeyValuePair<string, object?>("direction", "received"));
        }
    }

    internal void Retried(RemoteOperation operation) => _retries.Add(1, new KeyValuePair<string, object?>("operation", Name(operation)));

    internal void Hedged() => _hedges.Add(1);

    private static string Name(RemoteOperation operation) => operation.ToString().ToLowerInvariant();
}

/// <summary>Requests as metrics and errors name them.</summary>
internal enum RemoteOperation
{
    Put,
    PutIfAbsent,
    Part,
    Read,
    Get,
    Size,
    List,
    Delete,
}
