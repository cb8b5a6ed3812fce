namespace Clew.Storage.Backends.Remote;

/// <summary>
/// Counts the requests that one piece of work sends to an object service, wherever below it they are made: it flows with the
/// asynchronous call. A query opens one and reports it.
/// </summary>
public sealed class RequestScope : IDisposable
{
    private static readonly AsyncLocal<RequestScope?> s_current = new();

    private readonly RequestScope? _outer = s_current.Value;
    private long _requests;
    private long _bytes;

    private RequestScope()
    {
    }

    /// <summary>The scope of the running work, or null.</summary>
    public static RequestScope? Current => s_current.Value;

    /// <summary>Requests sent, retries and hedges included.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>Bytes that came back.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Begins to count; dispose it where it was begun.</summary>
    public static RequestScope Begin() => s_current.Value = new RequestScope();

    public void Dispose() => s_current.Value = _outer;

    internal static void Count(long bytes)
    {
        for (var scope = s_current.Value; scope is not null; scope = scope._outer)
        {
            Interlocked.Increment(ref scope._requests);
            Interlocked.Add(ref scope._bytes, bytes);
        }
    }
}
