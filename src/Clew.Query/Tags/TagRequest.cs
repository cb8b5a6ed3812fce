using Clew.Model;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Tags;

/// <summary>A question about names or values.</summary>
public sealed record TagRequest
{
    /// <summary>Only of spans that match; null: of all.</summary>
    public SpansetFilter? Filter { get; init; }

    public TimeRange Window { get; init; } = TimeRange.All;

    /// <summary>Names of a scope, or values, at most; 0: as many as <see cref="QueryLimits"/> allows.</summary>
    public int Limit { get; init; }

    /// <summary>Counts spans by value: rows are read even where a dictionary alone would do. Copies of a span count each.</summary>
    public bool WithCounts { get; init; }
}
