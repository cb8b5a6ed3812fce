namespace Clew.Storage.Backends.Remote;

/// <summary>Limits and patience of requests to an object service. The defaults suit a bucket in the same region.</summary>
public sealed record RemoteStoreOptions
{
    /// <summary>S3 accepts no smaller parts, but for the last.</summary>
    public const int MinPartBytes = 5 << 20;

    /// <summary>In front of every key; empty, or without slashes at its ends.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Requests in flight at once; others wait for their turn.</summary>
    public int MaxConcurrent { get; init; } = 32;

    /// <summary>Tries of one request, the first included.</summary>
    public int MaxAttempts { get; init; } = 6;

    /// <summary>Pause after the first failed try; it doubles from try to try, and a random half of it is left out.</summary>
    public TimeSpan BackoffInitial { get; init; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>One try without an answer for so long has failed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A read without an answer for so long is asked a second time, and the first answer counts. Zero: never.</summary>
    public TimeSpan HedgeAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Reads of one range at once, the first included.</summary>
    public int HedgeUpTo { get; init; } = 2;

    /// <summary>Larger objects are sent in parts of this size; the memory of one upload is one part.</summary>
    public int PartBytes { get; init; } = 16 << 20;

    /// <summary>Largest object that is read whole into memory.</summary>
    public int MaxGetBytes { get; init; } = 64 << 20;

    /// <summary>Seeds the backoff's randomness; null takes a random seed.</summary>
    public int? Seed { get; init; }
}
