using System.Buffers;
using Clew.Otlp.Batches;
using Clew.Otlp.Wire;

namespace Clew.Pipeline.Exporters.Sending;

/// <summary>What the next hop said.</summary>
public enum SendStatus
{
    Delivered,

    /// <summary>Not now: the same request may be sent again.</summary>
    Retry,

    /// <summary>Never: sending again would not help.</summary>
    Refused,
}

/// <summary>The outcome of one attempt.</summary>
/// <param name="Status">What to do with the request.</param>
/// <param name="Reason">The next hop's words, or ours about the connection.</param>
/// <param name="RetryAfter">The delay that the next hop asked for.</param>
/// <param name="RejectedSpans">Spans of a delivered request that the next hop refused.</param>
public readonly record struct SendOutcome(SendStatus Status, string? Reason = null, TimeSpan? RetryAfter = null, long RejectedSpans = 0)
{
    public static SendOutcome Delivered { get; } = new(SendStatus.Delivered);
}

/// <summary>Sends one encoded ExportTraceServiceRequest. Never throws for what a network does; cancelling throws.</summary>
public interface ITraceSender : IAsyncDisposable
{
    /// <summary>Where to, for messages.</summary>
    string Target { get; }

    /// <param name="request">The bytes, the caller's again when the task completes.</param>
    /// <param name="context">Who sent the spans; null for spans of this process's own, and partly empty after a restart.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    Task<SendOutcome> SendAsync(ReadOnlyMemory<byte> request, BatchContext? context, CancellationToken cancellationToken);

    /// <summary>The same for a request in several parts of memory. A sender that does not know better joins them.</summary>
    async Task<SendOutcome> SendPartsAsync(ReadOnlySequence<byte> request, BatchContext? context, CancellationToken cancellationToken)
    {
        if (request.IsSingleSegment)
        {
            return await SendAsync(request.First, context, cancellationToken).ConfigureAwait(false);
        }

        using var joined = new PooledBuffer((int)request.Length);
        foreach (var part in request)
        {
            joined.Write(part.Span);
        }

        return await SendAsync(joined.WrittenMemory, context, cancellationToken).ConfigureAwait(false);
    }
}
