namespace Clew.Query;

/// <summary>What a query may cost. Passing a limit ends the query with what was found so far, and the answer says which limit it was.</summary>
public sealed record QueryLimits
{
    /// <summary>Time from the first step of a query to its answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes at rest of the row groups and traces that one query may read; 0 means no limit.</summary>
    public long MaxBytes { get; init; }

    /// <summary>
    /// Requests to a bucket that one query may cause; 0 means no limit. Looked at between two steps, so one step's requests may come on top.
    /// At 20 ms each and 16 at a time this many take 12 s.
    /// </summary>
    public long MaxRequests { get; init; } = 10_000;

    /// <summary>Queries that run at the same time; more wait in line until their own timeout ends.</summary>
    public int MaxConcurrent { get; init; } = 16;

    /// <summary>Queries that may wait for their turn. What comes on top is refused at once.</summary>
    public int MaxWaiting { get; init; } = 256;

    /// <summary>Traces that one search may read as a whole and check exactly.</summary>
    public int MaxTracesRead { get; init; } = 1_000_000;

    /// <summary>Spans of one trace that a search or a lookup takes into memory. About 1 kB a span: 500 MB at most.</summary>
    public int MaxSpansPerTrace { get; init; } = 500_000;

    /// <summary>Spans of one trace that a skeleton takes; 72 bytes each in memory and about as much again while it is built.</summary>
    public int MaxSpansPerSkeleton { get; init; } = 2_000_000;

    /// <summary>Bytes of skeletons that are kept between requests for windows of them.</summary>
    public long MaxSkeletonCacheBytes { get; init; } = 192L << 20;

    /// <summary>The greatest <c>limit</c> that a search may ask for.</summary>
    public int MaxResults { get; init; } = 262_144;

    /// <summary>The greatest <c>spss</c> that a search may ask for.</summary>
    public int MaxSpansPerSpanset { get; init; } = 100;

    /// <summary>Bytes of distinct values in one answer of tag values; further values are left out.</summary>
    public int MaxTagValueBytes { get; init; } = 1_000_000;

    /// <summary>Series of one metrics answer; further series are left out and the answer says so.</summary>
    public int MaxSeries { get; init; } = 10_000;

    /// <summary>Intervals of one metrics answer.</summary>
    public int MaxIntervals { get; init; } = 10_000;
}
