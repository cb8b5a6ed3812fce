using Clew.Pipeline.Components;
using Clew.Receivers.Rpc;

namespace Clew.Receivers.Intake;

/// <summary>
/// A refusal in both protocols. This file is the one table of codes (OTLP specification: only the retryable codes make a sender try
/// again, and RESOURCE_EXHAUSTED does so only with RetryInfo).
/// </summary>
internal readonly record struct Refusal(GrpcCode Grpc, int Http, string Reason, TimeSpan? RetryAfter = null)
{
    // Reasons quote what senders sent, which is not bounded, and travel in headers.
    private const int MaxReasonLength = 1024;

    // A consumer that names no time means "soon"; without a time some senders would not try again at all.
    private static readonly TimeSpan DefaultRetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>In words, for the sender.</summary>
    public string Reason { get; } = Shortened(Reason);

    /// <summary>Whole seconds for the HTTP header, at least one.</summary>
    public int RetryAfterSeconds => (int)Math.Clamp(Math.Ceiling(RetryAfter?.TotalSeconds ?? 0), 1, 3600);

    /// <summary>The answer for a batch that was not accepted.</summary>
    public static Refusal Of(ConsumeResult result)
    {
        var reason = result.Reason ?? "the spans were not accepted";
        var retryAfter = result.RetryAfter > TimeSpan.Zero ? result.RetryAfter : DefaultRetryAfter;
        return result.Status switch
        {
            ConsumeStatus.Overloaded => new Refusal(GrpcCode.ResourceExhausted, 429, reason, retryAfter),
            ConsumeStatus.Unavailable => new Refusal(GrpcCode.Unavailable, 503, reason, retryAfter),
            ConsumeStatus.Invalid => new Refusal(GrpcCode.InvalidArgument, 400, reason),
            _ => throw new ArgumentException("an accepted batch is not refused", nameof(result)),
        };
    }

    public static string Shortened(string reason) => reason.Length <= MaxReasonLength ? reason : reason[..MaxReasonLength] + "…";

    public static Refusal Malformed(string reason) => new(GrpcCode.InvalidArgument, 400, reason);

    public static Refusal TooLarge(string reason) => new(GrpcCode.ResourceExhausted, 413, reason);

    public static Refusal NotKnown(string reason) => new(GrpcCode.Unauthenticated, 401, reason);

    public static Refusal NoTenant(string reason) => new(GrpcCode.Unauthenticated, 401, reason);

    /// <summary>Clew takes traces only; the sender must not try again.</summary>
    public static Refusal Unsupported(string reason) => new(GrpcCode.Unimplemented, 404, reason);
}
