using System.Net;

namespace Clew.Receivers.Telemetry;

/// <summary>Counts and remembers what one protocol of one receiver sees. Thread-safe.</summary>
internal sealed class ReceiverActivity(string receiver, string transport, ReceiverMetrics metrics, TimeProvider clock)
{
    private readonly ReceiverTags _tags = new(receiver, transport);
    private readonly RecentSenders _senders = new();
    private long _requests;
    private long _accepted;
    private long _refused;
    private long _failed;
    private long _refusedRequests;
    private long _unsupported;
    private Tuple<DateTimeOffset, string>? _lastRefusal;
    private Tuple<DateTimeOffset, string?>? _lastReceived;
    private Tuple<DateTimeOffset>? _firstReceived;

    public string Receiver => receiver;

    public string Transport => transport;

    public void Received(string? peer, int bytes)
    {
        Interlocked.Increment(ref _requests);
        metrics.Received(_tags, bytes);
        var received = Tuple.Create(clock.GetUtcNow(), peer);
        Volatile.Write(ref _lastReceived, received);
        if (Volatile.Read(ref _firstReceived) is null)
        {
            Interlocked.CompareExchange(ref _firstReceived, Tuple.Create(received.Item1), null);
        }
    }

    /// <summary>What became of a request's spans; <paramref name="reason"/> is kept when any was refused or failed.</summary>
    public void Answered(string? peer, string userAgent, int accepted, int refused, int failed, int repairedStrings, string? reason)
    {
        Interlocked.Add(ref _accepted, accepted);
        Interlocked.Add(ref _refused, refused);
        Interlocked.Add(ref _failed, failed);
        metrics.Accepted(_tags, accepted);
        metrics.Refused(_tags, refused);
        metrics.Failed(_tags, failed);
        metrics.Repaired(_tags, repairedStrings);
        _senders.Saw(peer ?? "", userAgent, accepted, refused + failed, clock.GetUtcNow());
        if (refused + failed > 0 && reason is not null)
        {
            Remember(reason);
        }
    }

    public void RequestRefused(RequestFault fault, string reason)
    {
        Interlocked.Increment(ref _refusedRequests);
        metrics.RequestRefused(_tags, fault);
        Remember(reason);
    }

    public void Unsupported(string signal)
    {
        Interlocked.Increment(ref _unsupported);
        metrics.Unsupported(_tags, signal);
    }

    public ReceiverStatus Snapshot(IEnumerable<IPEndPoint> endPoints)
    {
        var lastReceived = Volatile.Read(ref _lastReceived);
        var lastRefusal = Volatile.Read(ref _lastRefusal);
        return new ReceiverStatus
        {
            Receiver = receiver,
            Transport = transport,
            EndPoints = [.. endPoints.Select(endPoint => endPoint.ToString())],
            Requests = Interlocked.Read(ref _requests),
            AcceptedSpans = Interlocked.Read(ref _accepted),
            RefusedSpans = Interlocked.Read(ref _refused),
            FailedSpans = Interlocked.Read(ref _failed),
            RefusedRequests = Interlocked.Read(ref _refusedRequests),
            UnsupportedRequests = Interlocked.Read(ref _unsupported),
            FirstReceived = Volatile.Read(ref _firstReceived)?.Item1,
            LastReceived = lastReceived?.Item1,
            LastPeer = lastReceived?.Item2,
            LastRefusalTime = lastRefusal?.Item1,
            LastRefusal = lastRefusal?.Item2,
            Senders = _senders.Snapshot(),
        };
    }

    private void Remember(string reason) => Volatile.Write(ref _lastRefusal, Tuple.Create(clock.GetUtcNow(), reason));
}
