using System.Text.Json;
using Clew.Model;
using Clew.Storage.Rollups;

namespace Clew.Api.Prometheus;

/// <summary>Traces to open from a series: of each minute the slowest one.</summary>
internal static class PromExemplars
{
    /// <summary>Exemplars of an answer at most.</summary>
    private const int MaxExemplars = 1000;

    public static List<PromSelector> Selectors(PromExpression expression) => expression switch
    {
        PromSelector selector => [selector],
        PromNegation negation => Selectors(negation.Operand),
        PromCall call => [.. call.Arguments.SelectMany(Selectors)],
        PromAggregate aggregate => Selectors(aggregate.Operand),
        PromBinary binary => [.. Selectors(binary.Left), .. Selectors(binary.Right)],
        _ => [],
    };

    public static async ValueTask<Dictionary<PromLabels, List<Exemplar>>> FindAsync(
        IRollupSource rollups, TenantId tenant, List<PromSelector> selectors, TimeRange range, CancellationToken cancellationToken)
    {
        var result = await rollups.QueryAsync(
            tenant,
            new RollupQuery { Range = range, Step = TimeSpan.FromMinutes(1), SpanGrouping = TraceMetrics.Group, EdgeGrouping = TraceMetrics.Group },
            cancellationToken).ConfigureAwait(false);
        var found = new Dictionary<PromLabels, List<Exemplar>>();
        var count = 0;
        foreach (var (labels, exemplars) in TraceMetrics.Exemplars(result))
        {
            // A histogram's series share its exemplars: le is not asked of them.
            if (selectors.Exists(selector => selector.Name == labels[PromLabels.MetricName]
                    && selector.Matchers.All(matcher => matcher.Label == PromLabels.Le || matcher.Matches(labels[matcher.Label]))))
            {
                foreach (var exemplar in exemplars.Where(exemplar => exemplar.IsSet && range.Overlaps(exemplar.StartUnixNano, exemplar.StartUnixNano)))
                {
                    if (count++ < MaxExemplars)
                    {
                        if (!found.TryGetValue(labels, out var list))
                        {
                            found.Add(labels, list = []);
                        }

                        list.Add(exemplar);
                    }
                }
            }
        }

        return found;
    }

    public static void Write(Utf8JsonWriter json, Dictionary<PromLabels, List<Exemplar>> found)
    {
        json.WriteStartArray();
        foreach (var (labels, exemplars) in found)
        {
            json.WriteStartObject();
            json.WritePropertyName("seriesLabels");
            PrometheusJson.WriteLabels(json, labels);
            json.WriteStartArray("exemplars");
            foreach (var exemplar in exemplars)
            {
                json.WriteStartObject();
                json.WriteStartObject("labels");
                json.WriteString("traceID", exemplar.TraceId.ToString());
                json.WriteEndObject();
                json.WriteString("value", PromNumberText.Of(exemplar.DurationNanos / 1e9));
                json.WriteNumber("timestamp", Math.Round((exemplar.StartUnixNano + exemplar.DurationNanos) / 1e6) / 1e3);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
