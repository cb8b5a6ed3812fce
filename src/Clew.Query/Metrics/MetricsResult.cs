using Clew.Query.Search;

namespace Clew.Query.Metrics;

/// <summary>A metrics query over a time range.</summary>
public sealed record MetricsRequest
{
    public const int DefaultExemplars = 100;

    /// <summary>More than this no chart can show, and each takes labels.</summary>
    public const int MaxExemplars = 10_000;

    public required TraceQL.Syntax.Query Query { get; init; }

    public required TimeGrid Grid { get; init; }

    /// <summary>Exemplars in the whole answer; 0 for none.</summary>
    public int Exemplars { get; init; } = DefaultExemplars;

    /// <summary>Series in the answer; 0 for as many as the server allows.</summary>
    public int MaxSeries { get; init; }

    /// <summary>Is given the statistics when the query begins, to look at while it runs: they grow, and are read without a lock.</summary>
    public Action<QueryStats>? OnStart { get; init; }

    /// <summary>
    /// Is given what was counted so far, from time to time and from any thread: the series of the answer, as far as they are found, with numbers that
    /// still grow, without exemplars. Only of functions whose series, once found, stay: not of <c>compare()</c>, of ranks or of arithmetic.
    /// </summary>
    public Action<IReadOnlyList<Series>>? OnPartial { get; init; }

    /// <summary>How long <see cref="OnPartial"/> waits at least.</summary>
    public TimeSpan PartialInterval { get; init; } = TimeSpan.FromMilliseconds(400);
}

/// <summary>The answer: series in order of their labels.</summary>
public sealed record MetricsResult(TimeGrid Grid, IReadOnlyList<Series> Series, QueryStats Stats);

/// <summary>A value an interval; NaN where there is none.</summary>
public sealed record Series(LabelSet Labels, double[] Values)
{
    public IReadOnlyList<Exemplar> Exemplars { get; init; } = [];
}

/// <summary>A span that stands for others in a series. The labels hold <c>trace:id</c> among the fields that the query touched.</summary>
public sealed record Exemplar(long UnixNano, double Value, IReadOnlyList<NamedValue> Labels)
{
    /// <summary>Where the labels are read from while they are not there.</summary>
    internal IExemplarOrigin? Origin { get; init; }

    /// <summary>Where in the origin.</summary>
    internal long Place { get; init; }
}
