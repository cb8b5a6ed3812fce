using Clew.Model;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Search;

/// <summary>A search for traces.</summary>
public sealed record SearchRequest
{
    public const int DefaultLimit = 20;

    public const int DefaultSpansPerSpanset = 3;

    /// <summary>What to find.</summary>
    public required TraceQL.Syntax.Query Query { get; init; }

    /// <summary>A trace qualifies when a matching span overlaps this window. All retained data unless set.</summary>
    public TimeRange Window { get; init; } = TimeRange.All;

    /// <summary>Traces in the answer.</summary>
    public int Limit { get; init; } = DefaultLimit;

    /// <summary>Spans that are listed of each spanset; all are counted.</summary>
    public int SpansPerSpanset { get; init; } = DefaultSpansPerSpanset;

    /// <summary>Is told of traces as soon as they are certain; null for nobody.</summary>
    public ISearchObserver? Observer { get; init; }

    /// <summary>The pipeline of a search query; null for metrics.</summary>
    internal Pipeline? Pipeline => (Query.Body as SearchQuery)?.Pipeline;
}
