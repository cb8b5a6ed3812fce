using Clew.Api.Http;
using Clew.Model;
using Clew.Query.Metrics;
using Clew.Query.Tags;
using Clew.Query.Values;
using Clew.TraceQL;
using Clew.TraceQL.Analysis;
using Clew.TraceQL.Syntax;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.V1.Analysis;

/// <summary>
/// A selection of a search's spans against the rest: the engine's <c>compare()</c> counts every value of every attribute on both sides, and here
/// they are ranked by how different their shares are.
/// </summary>
internal sealed class CompareEndpoint(ApiServices services)
{
    private const int DefaultLimit = 20;
    private const int MaxLimit = 200;
    private const int DefaultValues = 10;

    /// <summary>Values of an attribute and side that are counted by name; the 51st of a side has at most a fiftieth of its spans.</summary>
    private const int CountedValues = 50;

    private const string TypeLabel = "__meta_type";
    private const string ErrorLabel = "__meta_error";

    public void Map(ApiV1 api) => api.Add(
        new ApiOperation("GET", "/api/v1/compare", "compare", "Attributes ranked by how differently a selection and the rest have them")
        {
            Tag = "analysis",
            Parameters =
            [
                V1Parameters.Query,
                new("selection", "Which of the spans are selected: one filter in TraceQL, such as { duration > 1s }.") { Default = "{}" },
                new("selectionStart", "Only spans that start at or after this are selected; with selectionEnd, or not at all."),
                new("selectionEnd", "Only spans that start at or before this are selected."),
                new("limit", $"Attributes in the answer; {MaxLimit} at most.", ApiValueType.Integer) { Default = "20" },
                new("values", $"Values of each; {CountedValues} at most.", ApiValueType.Integer) { Default = "10" },
                .. V1Parameters.Window,
            ],
            Answers = [ApiContent.Json(V1Json.Default.Comparison)],
        },
        CompareAsync);

    private async Task CompareAsync(HttpContext context, TenantId tenant)
    {
        var parameters = new QueryParameters(context.Request);
        var selection = Queries.Filter("selection", parameters.Text("selection") ?? "{}");
        var (start, end) = (parameters.Time("selectionStart"), parameters.Time("selectionEnd"));
        if ((start is null) != (end is null))
        {
            throw ApiException.BadRequest("give selectionStart and selectionEnd, or neither");
        }

        var pipeline = Queries.Search(parameters);
        var window = await services.Data.BoundedAsync(tenant, parameters.Window(services.Clock), context.RequestAborted).ConfigureAwait(false);
        var query = Queries.Metrics(pipeline, new MetricsCompare(selection, CountedValues, start?.UnixNano, end?.LastUnixNano));
        var result = await services.Engine.MetricsAsync(
            tenant, new MetricsRequest { Query = query, Grid = TimeGrid.Instant(window.StartUnixNano, window.EndUnixNano), Exemplars = 0 }, context.RequestAborted).ConfigureAwait(false);
        var limit = Math.Min(parameters.Count("limit", least: 1) ?? DefaultLimit, MaxLimit);
        var values = Math.Min(parameters.Count("values", least: 1) ?? DefaultValues, CountedValues);
        var answer = Rank(result, AskedFor(selection), limit, values);
        await ApiJson.WriteAsync(context, answer, V1Json.Default.Comparison).ConfigureAwait(false);
    }

    private static HashSet<string> AskedFor(SpansetFilter selection) =>
        [.. QueryFields.In(new Pipeline([new SpansetStage(selection)])).Select(static field => field.ToString())];

    internal static Comparison Rank(MetricsResult result, HashSet<string> askedFor, int limit, int values)
    {
        var attributes = new Dictionary<string, Counts>();
        foreach (var series in result.Series)
        {
            Add(attributes, series);
        }

        // Every span has a kind, so its totals are the totals.
        var all = attributes.GetValueOrDefault("kind") ?? new Counts();
        var (selected, rest) = (all.Selection.Total, all.Rest.Total);
        var ranked = attributes.Select(attribute => Attribute(attribute.Key, attribute.Value, selected, rest, askedFor.Contains(attribute.Key), values))
            .OrderBy(static attribute => attribute.IsPartOfSelection).ThenByDescending(static attribute => attribute.Difference)
            .ThenBy(static attribute => attribute.Name, StringComparer.Ordinal);
        return new Comparison(selected, rest, [.. ranked.Take(limit)], result.Stats.Incomplete);
    }

    private static void Add(Dictionary<string, Counts> attributes, Series series)
    {
        if (series.Labels.Labels is not [{ Name: TypeLabel, Value: var type }, var label, ..])
        {
            return;
        }

        if (!attributes.TryGetValue(label.Name, out var counts))
        {
            attributes.Add(label.Name, counts = new Counts());
        }

        var side = type.ToString().StartsWith("selection", StringComparison.Ordinal) ? counts.Selection : counts.Rest;
        if (type.ToString().EndsWith("_total", StringComparison.Ordinal))
        {
            side.Total = (long)series.Values[0];
        }
        else if (series.Labels.Labels.Any(static other => other.Name == ErrorLabel))
        {
            side.IsCut = true;
        }
        else
        {
            side.Values[label.Value] = (long)series.Values[0];
        }
    }

    private static ComparedAttribute Attribute(string name, Counts counts, long selected, long rest, bool isPartOfSelection, int limit)
    {
        TraceQl.TryParseField(name, out var field);
        var values = counts.Selection.Values.Keys.Union(counts.Rest.Values.Keys).Select(value =>
        {
            var (inSelection, isSelectionBound) = counts.Selection.Of(value);
            var (inRest, isRestBound) = counts.Rest.Of(value);
            return new ComparedValue(
                value.ToString(),
                TagValue.Of(value)?.Type ?? "string",
                field is null ? null : Queries.ConditionText(field, value),
                inSelection,
                inRest,
                Share(inSelection, selected),
                Share(inRest, rest),
                isSelectionBound || isRestBound);
        }).OrderByDescending(static value => Math.Abs(value.SelectionShare - value.RestShare)).ThenByDescending(static value => value.Selection + value.Rest)
            .ThenBy(static value => value.Value, StringComparer.Ordinal).ToList();
        var difference = values.Count == 0 ? 0 : Math.Abs(values[0].SelectionShare - values[0].RestShare);
        return new ComparedAttribute(
            name, difference, isPartOfSelection, counts.Selection.Total, counts.Rest.Total, [.. values.Take(limit)], Math.Max(0, values.Count - limit));
    }

    private static double Share(long count, long of) => of == 0 ? 0 : (double)count / of;

    private sealed class Counts
    {
        public Side Selection { get; } = new();

        public Side Rest { get; } = new();
    }

    private sealed class Side
    {
        public long Total { get; set; }

        public bool IsCut { get; set; }

        public Dictionary<QueryValue, long> Values { get; } = [];

        /// <summary>The count; of a value that was not among the counted ones, the most that it can be.</summary>
        public (long Count, bool IsBound) Of(QueryValue value) =>
            Values.TryGetValue(value, out var count) ? (count, false) : IsCut && Values.Count > 0 ? (Values.Values.Min(), true) : (0, false);
    }
}
