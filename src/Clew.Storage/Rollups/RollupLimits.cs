namespace Clew.Storage.Rollups;

/// <summary>Limits of roll-ups. What passes them is counted under the name "other", where everybody can see it.</summary>
public sealed record RollupLimits
{
    public static RollupLimits Default { get; } = new();

    /// <summary>For what was counted within limits before.</summary>
    public static RollupLimits Unlimited { get; } = new() { SpanSeriesPerMinute = int.MaxValue / 4, EdgeSeriesPerMinute = int.MaxValue / 4, Minutes = int.MaxValue };

    /// <summary>Series of spans a minute. The next operation is counted as "other" of its service; with twice as many, so is the service.</summary>
    public int SpanSeriesPerMinute { get; init; } = 10_000;

    /// <summary>Series of calls a minute.</summary>
    public int EdgeSeriesPerMinute { get; init; } = 10_000;

    /// <summary>Minutes of one table; spans of further ones (clocks that are far off) are counted in the minute that is nearest.</summary>
    public int Minutes { get; init; } = 20_000;
}
