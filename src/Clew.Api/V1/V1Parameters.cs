namespace Clew.Api.V1;

/// <summary>Parameters that many operations take.</summary>
internal static class V1Parameters
{
    private const string Time = "unix seconds, unix nanoseconds (more than ten digits) or RFC 3339";

    public static readonly ApiParameter TraceId = new("id", "The trace's id: 1 to 32 hex digits of either case.");

    public static readonly ApiParameter Query = new("q", "A TraceQL query that finds spans; everything when left out.") { Default = "{}" };

    /// <summary>Both bounds or none.</summary>
    public static readonly ApiParameter[] Window =
    [
        new("start", $"From when: {Time}. With end, or not at all."),
        new("end", $"Until when: {Time}. With start, or not at all."),
        new("since", "Instead of start and end: how far back from now, such as 1h."),
    ];

    /// <summary>Which parts of the store are opened for a trace; one bound alone is fine.</summary>
    public static readonly ApiParameter[] OpenWindow =
    [
        new("start", $"Look only at what was stored for this time: {Time}."),
        new("end", $"Look only at what was stored for this time: {Time}."),
    ];
}
