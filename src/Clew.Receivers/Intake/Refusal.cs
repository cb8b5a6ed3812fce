using Clew.Pipeline.Components;
using Grpc.Core;

namespace Clew.Receivers.Intake;

/// <summary>
/// A refusal in both protocols. This file is the one table of codes (OTLP specification: only the retryable codes make a sender try
/// again, and RESOURCE_EXHAUSTED does so only with RetryInfo).
/// </summary>
internal readonly record struct Refusal(StatusCode Grpc, int Http, string Reason, TimeSpan? RetryAfter = null)
{
    // A consumer that names no time means "soon"; without a time some senders would not try again at all.
    private static readonly TimeSpan DefaultRetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>Whole seconds for the HTTP header, at least one.</summary>
    public int RetryAfterSeconds => (int)Math.Clamp(Math.Ceiling(RetryAfter?.TotalSeconds ?? 0), 1, 3600);

    /// <summary>The answer for a batch that was not accepted.</summary>
    public static Refusal Of(ConsumeResult result)
    {
        var reason = result.Reason ?? "the spans were not accepted";
        var retryAfter = result.RetryAfter > TimeSpan.Zero ? result.RetryAfter : DefaultRetryAfter;
        return result.Status switch
        {
            ConsumeStatus.Overloaded => new Refusal(StatusCode.ResourceExhausted, 429, reason, retryAfter),
            ConsumeStatus.Unavailable => new Refusal(StatusCode.Unavailable, 503, reason, retryAfter),
            ConsumeStatus.Invalid => new Refusal(StatusCode.InvalidArgument, 400, reason),
            _ => throw new ArgumentException("an accepted batch is not refused", nameof(result)),
        };
    }

    public static Refusal Malformed(string reason) => new(StatusCode.InvalidArgument, 400, reason);

    public static Refusal TooLarge(string reason) => new(StatusCode.ResourceExhausted, 413, reason);

    public static Refusal NoTenant(string reason) => new(StatusCode.Unauthenticated, 401, reason);

    /// <summary>Clew takes traces only; the sender must not try again.</summary>
    public static Refusal Unsupported(string reason) => new(StatusCode.Unimplemented, 404, reason);
}
