namespace Clew.Pipeline.Components;

/// <summary>A component that holds spans or talks to somebody, and can tell how that goes.</summary>
public interface IComponentStatusSource
{
    ComponentStatus Status { get; }
}

/// <summary>How a component is doing. Counts are since it was started.</summary>
public sealed record ComponentStatus
{
    /// <summary>Spans delivered, or written for good.</summary>
    public long? SentSpans { get; init; }

    /// <summary>Spans given up for good after they were taken.</summary>
    public long? FailedSpans { get; init; }

    /// <summary>What waits, in <see cref="QueueUnit"/>; null without a queue.</summary>
    public long? QueueSize { get; init; }

    public long? QueueCapacity { get; init; }

    /// <summary><c>requests</c>, <c>spans</c> or <c>bytes</c>.</summary>
    public string? QueueUnit { get; init; }

    /// <summary>Where it sends to.</summary>
    public string? Target { get; init; }

    /// <summary>What went wrong last; null after a success.</summary>
    public string? LastError { get; init; }
}
