using Clew.Query;
using Clew.Query.Search;

namespace Clew.Api.Tempo;

/// <summary>What JSON and protobuf answers of a search have in common.</summary>
internal static class SearchTempo
{
    public const string RootNotReceived = "<root span not yet received>";

    public static long DurationMs(TraceResult trace) => Math.Min(trace.DurationNanos / 1_000_000, uint.MaxValue);

    /// <summary>Progress in Tempo's words: a job is a source that could hold an answer. An answer that is complete has done all.</summary>
    public static (int Completed, int Total) Jobs(QueryStats stats, bool isLast) =>
        (isLast ? stats.RelevantSources : Math.Min(stats.SearchedSources, stats.RelevantSources), stats.RelevantSources);
}
