using System.Globalization;
using Clew.Model;
using Clew.Query.Search;
using Clew.Query.Values;
using Clew.TraceQL;

namespace Clew.Query.Traces;

/// <summary>A span as <see cref="TraceScan"/> hands it out.</summary>
public readonly struct ScannedSpan
{
    private readonly SpanData _span;

    internal ScannedSpan(SpanData span) => _span = span;

    public SpanId Id => _span.Id;

    public SpanId ParentId => _span.ParentId;

    public string Name => _span.Name;

    public SpanKind Kind => _span.Kind;

    public bool IsError => _span.Status == SpanStatus.Error;

    public long StartUnixNano => _span.StartUnixNano;

    public long DurationNanos => _span.DurationNanos;

    public string ServiceName => _span.Resource.ServiceName;

    /// <summary>The text of a span's attribute, or null when it has none of the name.</summary>
    public string? Attribute(string key) => Text(AttributeData.Find(_span.Attributes, key));

    public string? ResourceAttribute(string key) => Text(AttributeData.Find(_span.Resource.Attributes, key));

    private static string? Text(in QueryValue value) => value.Kind switch
    {
        ValueKind.Nil => null,
        ValueKind.Int => value.AsInt.ToString(CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };
}

/// <summary>Reads whole traces of a time range, the newest first, for work that no query expresses.</summary>
public static class TraceScan
{
    private const int Batch = 64;

    /// <summary>The spans of one trace, each once; empty when no source has it.</summary>
    public static async Task<IReadOnlyList<ScannedSpan>> ReadAsync(QueryEngine engine, TenantId tenant, TraceId id, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(engine);
        IReadOnlyList<ScannedSpan> found = [];
        await engine.RunAsync(
            tenant,
            TimeRange.All,
            async (sources, budget, token) =>
            {
                var traces = await new TraceLoader(sources, budget).LoadAsync([id], token).ConfigureAwait(false);
                found = traces[0] is { } trace ? Array.ConvertAll(trace.Spans, static span => new ScannedSpan(span)) : [];
            },
            cancellationToken).ConfigureAwait(false);
        return found;
    }

    /// <summary>
    /// Hands at most <paramref name="maxTraces"/> traces to <paramref name="visit"/>, each whole and with every span once. The answer says
    /// what was read, and which limit ended it if one did.
    /// </summary>
    public static async Task<QueryStats> VisitAsync(
        QueryEngine engine, TenantId tenant, TimeRange window, int maxTraces, Action<TraceId, IReadOnlyList<ScannedSpan>> visit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(engine);
        var all = ((TraceQL.Syntax.SearchQuery)TraceQl.Parse("{ }").Root!.Body).Pipeline;
        return await engine.RunAsync(
            tenant,
            window,
            async (sources, budget, token) =>
            {
                var candidates = new CandidateStream(sources, SearchPlan.Of(all), window, budget);
                var loader = new TraceLoader(sources, budget);
                var batch = new List<Candidate>();
                for (var taken = 0; taken < maxTraces; taken += batch.Count)
                {
                    batch.Clear();
                    await candidates.TakeAsync(batch, Math.Min(Batch, maxTraces - taken), token).ConfigureAwait(false);
                    if (batch.Count == 0)
                    {
                        return;
                    }

                    budget.TracesRead(batch.Count);
                    foreach (var trace in await loader.LoadAsync(batch.ConvertAll(static candidate => candidate.Id), token).ConfigureAwait(false))
                    {
                        if (trace is not null)
                        {
                            visit(trace.Id, Array.ConvertAll(trace.Spans, static span => new ScannedSpan(span)));
                        }
                    }
                }

                budget.Stats.Incomplete ??= $"the newest {maxTraces} traces were read";
            },
            cancellationToken).ConfigureAwait(false);
    }
}
