namespace Clew.Storage.Deletion;

/// <summary>A deletion as the manifest keeps it: the traces that nobody shall see again, and how far their bytes are gone.</summary>
public sealed record DeletionRecord
{
    public required string Id { get; init; }

    /// <summary>The TraceQL query that chose the traces, when one did.</summary>
    public string? Query { get; init; }

    public required long CreatedUnixNano { get; init; }

    public required int TraceCount { get; init; }

    /// <summary>Their ids; null when they are many and stand in an object of their own.</summary>
    public IReadOnlyList<string>? Traces { get; init; }

    /// <summary>When no live block and no head had any of them any more; zero while some do.</summary>
    public long CompletedUnixNano { get; init; }
}
