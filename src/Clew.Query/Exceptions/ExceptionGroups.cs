using Clew.Model;

namespace Clew.Query.Exceptions;

/// <summary>Exceptions of a search's spans, the most frequent first.</summary>
public sealed record ExceptionGroups(IReadOnlyList<ExceptionGroup> Groups, int MoreGroups, long Exceptions, string? Cut, QueryStats Stats);

/// <summary>Exceptions of one type, with one message but for ids and numbers in it, that were thrown at one place.</summary>
public sealed record ExceptionGroup
{
    /// <summary>Empty when the span failed without saying with what.</summary>
    public required string Type { get; init; }

    /// <summary>That of the newest.</summary>
    public required string Message { get; init; }

    /// <summary>The whole stack trace of the newest; null when it has none.</summary>
    public required string? StackTrace { get; init; }

    /// <summary>The lines of the stack trace that the group has in common.</summary>
    public required string StackPrefix { get; init; }

    public required long Count { get; init; }

    /// <summary>Traces that have it.</summary>
    public required int Traces { get; init; }

    public required long FirstUnixNano { get; init; }

    public required long LastUnixNano { get; init; }

    /// <summary>Services and operations that it was seen in, the most frequent first.</summary>
    public required IReadOnlyList<(string Service, string Operation, long Count)> Places { get; init; }

    /// <summary>The newest that have it.</summary>
    public required IReadOnlyList<(TraceId Trace, SpanId Span)> Examples { get; init; }
}
