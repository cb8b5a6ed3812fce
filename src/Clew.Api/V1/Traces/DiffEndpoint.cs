using System.Globalization;
using Clew.Api.Http;
using Clew.Api.Tempo;
using Clew.Model;
using Clew.Query.Diff;
using Clew.Query.Values;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.V1.Traces;

/// <summary>Two traces side by side.</summary>
internal sealed class DiffEndpoint(ApiServices services)
{
    private readonly DiffQueries _diffs = new(services.Engine);

    public void Map(ApiV1 api) => api.Add(
        new ApiOperation("GET", "/api/v1/diff", "traceDiff", "What differs between two traces")
        {
            Description = "Below matching spans, the n-th call of the same service, name and kind in one trace is the n-th in the other.",
            Parameters = [new("base", "The id of the first trace.", Required: true), new("compare", "The id of the second.", Required: true)],
            Answers = [ApiContent.Json(V1Json.Default.DiffReport)],
        },
        DiffAsync);

    private async Task DiffAsync(HttpContext context, TenantId tenant)
    {
        var parameters = new QueryParameters(context.Request);
        var (first, second) = (Id(parameters, "base"), Id(parameters, "compare"));
        var diff = await _diffs.CompareAsync(
            tenant, first, second, static id => throw ApiException.NotFound($"trace {id} not found"), context.RequestAborted).ConfigureAwait(false);
        var report = new DiffReport(
            Side(diff!.Base),
            Side(diff.Compare),
            Count(SpanChange.Same),
            Count(SpanChange.Changed),
            Count(SpanChange.Added),
            Count(SpanChange.Removed),
            [.. diff.Nodes.Select(Row)],
            diff.Cut);
        await ApiJson.WriteAsync(context, report, V1Json.Default.DiffReport).ConfigureAwait(false);

        int Count(SpanChange change) => diff.Nodes.Count(node => node.Change == change);
    }

    private static TraceId Id(QueryParameters parameters, string name)
    {
        var text = parameters.Text(name) ?? throw ApiException.BadRequest($"parameter {name} is missing; it is the id of a trace");
        return TypedTraceId.TryRead(text, out var id) ? id : TraceIdText.Parse(text);
    }

    private static DiffSide Side(DiffSummary side) => new(
        side.Id.ToString(), side.RootService, side.RootName, side.StartUnixNano.ToString(CultureInfo.InvariantCulture), side.DurationNanos, side.Spans, side.Errors);

    private static DiffRow Row(DiffNode node) => new(
        node.Parent, node.Depth, node.Service, node.Name, QueryValue.KindText(node.Kind), node.Change, Side(node.Base), Side(node.Compare),
        [.. node.Attributes.Select(static change => new DiffAttribute(change.Key, Text(change.Base), Text(change.Compare)))]);

    private static string? Text(in QueryValue value) => value.IsNil ? null : value.ToString();

    private static DiffRowSide? Side(DiffSpan? span) =>
        span is null ? null : new DiffRowSide(span.Id.ToString(), span.OffsetNanos, span.DurationNanos, span.SelfNanos, QueryValue.StatusText(span.Status));
}
