namespace Clew.Storage.Rollups;

/// <summary>The part of the spans and calls that a table keeps: a range of starts, to the nanosecond and both ends included.</summary>
internal sealed record RollupScope
{
    public static RollupScope All { get; } = new();

    public long StartUnixNano { get; init; } = long.MinValue;

    public long EndUnixNano { get; init; } = long.MaxValue;

    public bool WithSpans { get; init; } = true;

    public bool WithEdges { get; init; } = true;

    /// <summary>The minute that all others are counted in, where only the sum is asked for; null keeps them apart.</summary>
    public long? FoldsInto { get; init; }

    public bool Contains(long unixNano) => unixNano >= StartUnixNano && unixNano <= EndUnixNano;

    public long Into(long minute) => FoldsInto ?? minute;
}
