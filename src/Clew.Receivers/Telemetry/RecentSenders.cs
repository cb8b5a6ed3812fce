namespace Clew.Receivers.Telemetry;

/// <summary>The senders seen last. When full, the one that has been silent longest makes room.</summary>
internal sealed class RecentSenders
{
    /// <summary>Enough for a page that a person reads; a cluster has more pods than that.</summary>
    public const int Capacity = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Peer, string UserAgent), SenderStatus> _senders = [];

    public void Saw(string peer, string userAgent, int accepted, int refused, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (!_senders.TryGetValue((peer, userAgent), out var sender))
            {
                if (_senders.Count == Capacity)
                {
                    _senders.Remove(_senders.MinBy(entry => entry.Value.LastSeen).Key);
                }

                sender = new SenderStatus(peer, userAgent, 0, 0, 0, now);
            }

            _senders[(peer, userAgent)] = sender with
            {
                Requests = sender.Requests + 1,
                AcceptedSpans = sender.AcceptedSpans + accepted,
                RefusedSpans = sender.RefusedSpans + refused,
                LastSeen = now,
            };
        }
    }

    public IReadOnlyList<SenderStatus> Snapshot()
    {
        lock (_lock)
        {
            return [.. _senders.Values.OrderByDescending(sender => sender.LastSeen)];
        }
    }
}
