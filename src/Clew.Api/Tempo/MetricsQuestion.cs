using Clew.Api.Http;
using Clew.Model;
using Clew.Query.Metrics;
using Clew.Query.Values;

namespace Clew.Api.Tempo;

/// <summary>A metrics query as it was asked, before what was left open is decided: Tempo's rules, whichever protocol asks.</summary>
internal sealed record MetricsQuestion
{
    private const long DefaultSinceNanos = 3600 * UnixNano.PerSecond;

    public required string? Text { get; init; }

    public long? StartUnixNano { get; init; }

    public long? EndUnixNano { get; init; }

    /// <summary>How far back when no start is given.</summary>
    public long? SinceNanos { get; init; }

    public long? StepNanos { get; init; }

    public int? Exemplars { get; init; }

    public int MaxSeries { get; init; }

    /// <summary>One value over the whole range instead of one a step.</summary>
    public bool IsInstant { get; init; }

    public MetricsRequest ToRequest(ApiServices services)
    {
        var end = EndUnixNano ?? UnixNano.Now(services.Clock);
        var start = StartUnixNano ?? end - (SinceNanos ?? DefaultSinceNanos);
        if (end <= start)
        {
            throw ApiException.BadRequest($"end must be greater than start. received start={start} end={end}");
        }

        var query = QueryText.Parse(Text ?? throw ApiException.BadRequest("parameter q is missing; it holds the TraceQL metrics query"));
        var exemplars = query.HintBool("exemplars") == false ? 0 : (int?)query.HintInt("exemplars") ?? Exemplars ?? 0;
        return new MetricsRequest
        {
            Query = query,
            Grid = IsInstant ? TimeGrid.Instant(start, end) : Grid(start, end, services.Engine.Limits.MaxIntervals),
            Exemplars = IsInstant ? 0
                : exemplars == 0 && query.HintBool("exemplars") != false ? MetricsRequest.DefaultExemplars
                : Math.Min(exemplars, MetricsRequest.MaxExemplars),
            MaxSeries = MaxSeries,
        };
    }

    private TimeGrid Grid(long start, long end, int maxIntervals)
    {
        var step = StepNanos ?? DefaultStep.Nanos(end - start);
        return TimeGrid.CountAligned(start, end, step) <= maxIntervals
            ? TimeGrid.Aligned(start, end, step)
            : throw ApiException.BadRequest(
                $"step of {QueryValue.Duration(step)} is too small, minimum step for given range is {QueryValue.Duration((end - start) / maxIntervals)}");
    }
}
