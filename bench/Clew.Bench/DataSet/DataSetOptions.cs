namespace Clew.Bench.DataSet;

/// <summary>
/// What a generated data set looks like. The defaults follow the set that the peers were measured with: 40 services in 160 instances,
/// about 19 spans a trace, 8.5 attributes a span and 19 a resource, 0.5 % errors, events on 3 % and links on 1 % of the spans, about 450
/// bytes a span on the wire.
/// </summary>
public sealed record DataSetOptions
{
    /// <summary>The same seed makes the same bytes.</summary>
    public int Seed { get; init; } = 20260101;

    public int Services { get; init; } = 40;

    public int InstancesPerService { get; init; } = 4;

    /// <summary>Traces begin at random within this window, in order.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Start of the window, nanoseconds since the epoch: 2026-01-01.</summary>
    public long StartUnixNano { get; init; } = 1_767_225_600_000_000_000;

    /// <summary>Traces that the window holds; more begin after it.</summary>
    public int TracesPerWindow { get; init; } = 258_000;

    /// <summary>Distinct users, skewed: a few come often.</summary>
    public int Users { get; init; } = 70_000;

    public double ErrorShare { get; init; } = 0.03;
}
