namespace Clew.Pipeline.Processors.Tail;

/// <summary>Settings of <c>tail_sampling</c>.</summary>
public sealed record TailSamplingOptions
{
    /// <summary>From the first span of a trace to its decision.</summary>
    public TimeSpan DecisionWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The decision comes this long after the root if that is earlier; null waits for <see cref="DecisionWait"/>.</summary>
    public TimeSpan? DecisionWaitAfterRoot { get; init; }

    /// <summary>Undecided traces at most: the oldest are decided early.</summary>
    public int MaxTraces { get; init; } = 50_000;

    /// <summary>A trace with more bytes is dropped, and counted; 0 is no limit.</summary>
    public long MaxTraceBytes { get; init; }

    /// <summary>Later policies are not asked once one has sampled.</summary>
    public bool SampleOnFirstMatch { get; init; }

    /// <summary>Decisions that are remembered for late spans.</summary>
    public int RememberedDecisions { get; init; } = 100_000;

    public IReadOnlyList<(string Name, Func<TailPolicy> Create)> Policies { get; init; } = [];
}
