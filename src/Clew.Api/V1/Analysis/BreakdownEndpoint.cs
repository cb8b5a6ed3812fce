using System.Globalization;
using Clew.Api.Http;
using Clew.Model;
using Clew.Query;
using Clew.Query.Metrics;
using Clew.Query.Tags;
using Clew.Query.Values;
using Clew.TraceQL.Syntax;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.V1.Analysis;

/// <summary>Rate, errors and durations of a search's spans by the values of any attribute: three metrics queries of the engine, put side by side.</summary>
internal sealed class BreakdownEndpoint(ApiServices services)
{
    private const int DefaultLimit = 20;
    private const int MaxLimit = 1000;

    public void Map(ApiV1 api) => api.Add(
        new ApiOperation("GET", "/api/v1/breakdown", "breakdown", "Rate, errors and durations by the values of an attribute")
        {
            Tag = "analysis",
            Parameters =
            [
                V1Parameters.Query,
                new("by", "The attribute, as in resource.service.name or status.") { Default = "resource.service.name" },
                new("sort", "spans, errors, errorShare, p50, p90 or p99, greatest first.") { Default = "spans" },
                new("limit", $"Values in the answer; {MaxLimit} at most.", ApiValueType.Integer) { Default = "20" },
                .. V1Parameters.Window,
            ],
            Answers = [ApiContent.Json(V1Json.Default.Breakdown)],
        },
        BreakdownAsync);

    private async Task BreakdownAsync(HttpContext context, TenantId tenant)
    {
        var parameters = new QueryParameters(context.Request);
        var by = Queries.Field("by", parameters.Text("by") ?? "resource.service.name");
        var limit = Math.Min(parameters.Count("limit", least: 1) ?? DefaultLimit, MaxLimit);
        var sort = SortKey(parameters.Text("sort") ?? "spans");
        var pipeline = Queries.Search(parameters);
        var window = await services.Data.BoundedAsync(tenant, parameters.Window(services.Clock), context.RequestAborted).ConfigureAwait(false);
        var answer = await AnswerAsync(services.Engine, tenant, pipeline, by, window, sort, limit, context.RequestAborted).ConfigureAwait(false);
        await ApiJson.WriteAsync(context, answer, V1Json.Default.Breakdown).ConfigureAwait(false);
    }

    public static async Task<Breakdown> AnswerAsync(
        QueryEngine engine, TenantId tenant, Pipeline pipeline, FieldReference by, TimeRange window, Func<BreakdownRow, double> sort, int limit, CancellationToken cancellationToken)
    {
        var red = await RedAsync(engine, tenant, pipeline, by, window, cancellationToken).ConfigureAwait(false);
        var total = await RedAsync(engine, tenant, pipeline, null, window, cancellationToken).ConfigureAwait(false);
        var seconds = Math.Max((window.EndUnixNano - window.StartUnixNano) / 1e9, 1e-9);
        var all = red.Values.Sum(static row => row.Spans);
        var rows = red.Where(static row => row.Key is not null).Select(row => Row(by, row.Key!.Value, row.Value, all, seconds))
            .OrderByDescending(sort).ThenBy(static row => row.Value, StringComparer.Ordinal).ToList();
        var missing = red.FirstOrDefault(static row => row.Key is null).Value;
        return new Breakdown(
            by.ToString(),
            window.StartUnixNano.ToString(CultureInfo.InvariantCulture),
            window.EndUnixNano.ToString(CultureInfo.InvariantCulture),
            Row(by, null, total.Values.FirstOrDefault() ?? new Red(), all, seconds),
            missing is null ? null : Row(by, null, missing, all, seconds) with { Condition = $"{by} = nil" },
            [.. rows.Take(limit)],
            Math.Max(0, rows.Count - limit),
            red.Incomplete ?? total.Incomplete);
    }

    /// <summary>Counts, errors and durations over a window, by a field or of everything. A key of null stands for spans without a value.</summary>
    public static async Task<RedTable> RedAsync(
        QueryEngine engine, TenantId tenant, Pipeline pipeline, FieldReference? by, TimeRange window, CancellationToken cancellationToken)
    {
        FieldReference[] keys = by is null ? [] : [by];
        var table = new RedTable();
        var grid = TimeGrid.Instant(window.StartUnixNano, window.EndUnixNano);
        await AddAsync(Queries.Count(pipeline, keys), static (row, value, _) => row.Spans = (long)value).ConfigureAwait(false);
        await AddAsync(Queries.Count(Queries.And(pipeline, Queries.StatusIs(SpanStatus.Error)), keys), static (row, value, _) => row.Errors = (long)value).ConfigureAwait(false);
        await AddAsync(Queries.Durations(pipeline, keys), static (row, value, bound) => row.Durations.Add(bound, value)).ConfigureAwait(false);
        return table;

        async Task AddAsync(TraceQL.Syntax.Query query, Action<Red, double, double> set)
        {
            var result = await engine.MetricsAsync(tenant, new MetricsRequest { Query = query, Grid = grid, Exemplars = 0 }, cancellationToken).ConfigureAwait(false);
            table.Incomplete ??= result.Stats.Incomplete;
            foreach (var series in result.Series)
            {
                if (double.IsNaN(series.Values[0]))
                {
                    continue;
                }

                QueryValue? key = null;
                var bound = 0.0;
                foreach (var label in series.Labels.Labels)
                {
                    if (label.Name == DurationBuckets.Label)
                    {
                        bound = label.Value.AsNumber;
                    }
                    else if (label.Name != LabelSet.NameLabel && !label.Value.Equals(QueryValue.String("nil")))
                    {
                        key = label.Value;
                    }
                }

                set(table.Of(key), series.Values[0], bound);
            }
        }
    }

    private static BreakdownRow Row(FieldReference by, QueryValue? key, Red red, long all, double seconds) => new(
        key?.ToString(),
        key is { } value && TagValue.Of(value) is { } tag ? tag.Type : null,
        key is { } known ? Queries.ConditionText(by, known) : null,
        red.Spans,
        red.Errors,
        red.Spans / seconds,
        all == 0 ? 0 : (double)red.Spans / all,
        red.Spans == 0 ? 0 : (double)red.Errors / red.Spans,
        red.Durations.QuantileNanos(0.5),
        red.Durations.QuantileNanos(0.9),
        red.Durations.QuantileNanos(0.99));

    private static Func<BreakdownRow, double> SortKey(string sort) => sort switch
    {
        "spans" => static row => row.Spans,
        "errors" => static row => row.Errors,
        "errorShare" => static row => row.ErrorShare,
        "p50" => static row => row.P50Nanos,
        "p90" => static row => row.P90Nanos,
        "p99" => static row => row.P99Nanos,
        _ => throw ApiException.BadRequest($"invalid sort: '{sort}'; use spans, errors, errorShare, p50, p90 or p99"),
    };

    internal sealed class Red
    {
        public long Spans { get; set; }

        public long Errors { get; set; }

        public DurationBuckets Durations { get; } = new();
    }

    /// <summary>By value; null is the key of spans without one.</summary>
    internal sealed class RedTable : List<KeyValuePair<QueryValue?, Red>>
    {
        private readonly Dictionary<QueryValue, Red> _rows = [];

        public string? Incomplete { get; set; }

        public IEnumerable<Red> Values => this.Select(static row => row.Value);

        public Red Of(QueryValue? key)
        {
            if (!_rows.TryGetValue(key ?? QueryValue.Nil, out var row))
            {
                _rows.Add(key ?? QueryValue.Nil, row = new Red());
                Add(new(key, row));
            }

            return row;
        }
    }
}
