using Microsoft.AspNetCore.Connections;

namespace Clew.Receivers.Listeners;

/// <summary>A connection whose first bytes have not arrived. Exactly one of finishing and aborting wins.</summary>
internal sealed class WaitingConnection(ConnectionContext connection, long since)
{
    private int _decided;

    public ConnectionContext Connection { get; } = connection;

    public long Since { get; } = since;

    public Task Routing { get; set; } = Task.CompletedTask;

    /// <summary>True when the caller may hand the connection on: nobody has aborted it, and nobody will.</summary>
    public bool TryFinish() => Interlocked.Exchange(ref _decided, 1) == 0;

    public bool TryAbort()
    {
        if (!TryFinish())
        {
            return false;
        }

        // Ends the read that the routing waits in; it then disposes the connection.
        Connection.Abort(new ConnectionAbortedException("the connection sent no request in time"));
        Connection.Transport.Input.CancelPendingRead();
        return true;
    }
}

/// <summary>The connections that wait for their first bytes, oldest first; bounded in number and in time.</summary>
internal sealed class WaitingConnections(SharedPortOptions options, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<WaitingConnection> _oldestFirst = [];
    private int _abortedByNumber;

    public void Add(ConnectionContext connection, Func<WaitingConnection, Task> route)
    {
        var waiting = new WaitingConnection(connection, clock.GetTimestamp());
        var node = new LinkedListNode<WaitingConnection>(waiting);
        WaitingConnection? tooMany = null;
        lock (_lock)
        {
            if (_oldestFirst.Count >= options.MaxWaiting)
            {
                tooMany = _oldestFirst.First!.Value;
                _oldestFirst.RemoveFirst();
            }

            _oldestFirst.AddLast(node);
        }

        if (tooMany?.TryAbort() == true)
        {
            Interlocked.Increment(ref _abortedByNumber);
        }

        waiting.Routing = RouteAsync(node, route);
    }

    /// <summary>Ends those that have waited too long; answers how many were ended since the last call, for whatever reason.</summary>
    public int AbortOverdue()
    {
        var overdue = new List<WaitingConnection>();
        lock (_lock)
        {
            while (_oldestFirst.First is { } first && clock.GetElapsedTime(first.Value.Since) >= options.FirstBytesTimeout)
            {
                overdue.Add(first.Value);
                _oldestFirst.RemoveFirst();
            }
        }

        return overdue.Count(waiting => waiting.TryAbort()) + Interlocked.Exchange(ref _abortedByNumber, 0);
    }

    public async Task AbortAllAsync()
    {
        WaitingConnection[] all;
        lock (_lock)
        {
            all = [.. _oldestFirst];
        }

        foreach (var waiting in all)
        {
            waiting.TryAbort();
        }

        await Task.WhenAll(all.Select(waiting => waiting.Routing));
    }

    private async Task RouteAsync(LinkedListNode<WaitingConnection> node, Func<WaitingConnection, Task> route)
    {
        await route(node.Value);
        lock (_lock)
        {
            if (node.List is not null)
            {
                _oldestFirst.Remove(node);
            }
        }
    }
}
