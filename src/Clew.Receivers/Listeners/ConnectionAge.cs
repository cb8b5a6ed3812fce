using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Clew.Receivers.Listeners;

/// <summary>
/// Asks connections to end after some time, so that senders behind a load balancer spread over new instances. The farewell (GOAWAY in
/// HTTP/2) is sent while a request of the connection is being answered: its sender then knows before it sends the next one. A silent
/// connection hurts nobody and is left alone until its grace is over, when it is cut. Ages differ by up to a tenth either way, so that
/// connections that were opened together do not all return together.
/// </summary>
internal sealed class ConnectionAge(TimeSpan age, TimeSpan? grace, TimeProvider clock)
{
    /// <summary>Gives each connection its age.</summary>
    public ConnectionDelegate Watch(ConnectionDelegate next) => async connection =>
    {
        var ownAge = age * (0.9 + (0.2 * Spread(connection.ConnectionId)));
        connection.Features.Set(new Age(clock.GetTimestamp(), ownAge));
        await using var cut = clock.CreateTimer(
            _ => connection.Abort(new ConnectionAbortedException("the connection outlived its maximum age and grace")),
            null, grace is { } more ? ownAge + more : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        await next(connection);
    };

    /// <summary>Called at the start of each request.</summary>
    public void Check(HttpContext request)
    {
        if (request.Features.Get<Age>() is { } own && clock.GetElapsedTime(own.Since) >= own.Limit)
        {
            request.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }
    }

    /// <summary>From 0 to 1. Ids end in a counter, so that neighbours are a golden ratio apart: any few of them are evenly spread.</summary>
    private static double Spread(string connectionId)
    {
        const double goldenRatio = 0.6180339887498949;
        var sum = 0;
        foreach (var c in connectionId)
        {
            sum = (31 * sum) + c;
        }

        var product = (uint)sum * goldenRatio;
        return product - Math.Floor(product);
    }

    private sealed record Age(long Since, TimeSpan Limit);
}
