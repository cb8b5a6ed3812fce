namespace Clew.Pipeline.Components;

/// <summary>What became of a batch. One taxonomy for all protocols; receivers map it to gRPC and HTTP in a single table.</summary>
public enum ConsumeStatus
{
    /// <summary>Responsibility was taken: the spans are durable here, or were dropped on purpose by sampling or a filter.</summary>
    Accepted,

    /// <summary>Over a rate or a queue limit: try again after <see cref="ConsumeResult.RetryAfter"/>.</summary>
    Overloaded,

    /// <summary>Cannot be taken now (disk full, next hop down, shutting down): try again.</summary>
    Unavailable,

    /// <summary>Will never be taken: the sender must not try again.</summary>
    Invalid,
}

/// <summary>
/// The answer of a consumer, carried back through the pipeline to the sender. <see cref="ConsumeStatus.Accepted"/> with
/// <see cref="RejectedSpans"/> above zero is a partial success.
/// </summary>
public readonly record struct ConsumeResult(ConsumeStatus Status, string? Reason = null, int RejectedSpans = 0, TimeSpan RetryAfter = default)
{
    public static ConsumeResult Accepted { get; } = new(ConsumeStatus.Accepted);

    public bool IsAccepted => Status == ConsumeStatus.Accepted;

    public static ConsumeResult Unavailable(string reason, TimeSpan? retryAfter = null) =>
        new(ConsumeStatus.Unavailable, reason, 0, retryAfter ?? TimeSpan.FromSeconds(1));

    public static ConsumeResult Overloaded(string reason, TimeSpan? retryAfter = null) =>
        new(ConsumeStatus.Overloaded, reason, 0, retryAfter ?? TimeSpan.FromSeconds(1));

    public static ConsumeResult Invalid(string reason) => new(ConsumeStatus.Invalid, reason);

    /// <summary>
    /// The answer for a batch that went to several consumers: the worst status wins, because a success tells the sender that
    /// everyone has taken responsibility.
    /// </summary>
    public static ConsumeResult Combine(ConsumeResult left, ConsumeResult right)
    {
        var worst = left.Status >= right.Status ? left : right;
        return worst with
        {
            RejectedSpans = Math.Max(left.RejectedSpans, right.RejectedSpans),
            Reason = worst.Reason ?? left.Reason ?? right.Reason,
            RetryAfter = left.RetryAfter > right.RetryAfter ? left.RetryAfter : right.RetryAfter,
        };
    }
}
