using Clew.Api.Http;
using Clew.Api.Tempo;
using Clew.Model;
using Clew.Otlp.Json;
using Clew.Otlp.Wire;
using Clew.Query.Skeletons;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.V1.Traces;

/// <summary>A trace for looking at: its tree in columns, and the full spans of the rows in view.</summary>
internal sealed class TraceViewEndpoints(ApiServices services)
{
    /// <summary>Rows in one answer: 70 bytes each, 70 MB at most.</summary>
    public const int MaxRows = 1_000_000;

    /// <summary>Spans in one answer of details; a screen shows about fifty.</summary>
    public const int MaxSpans = 5_000;

    private readonly SkeletonQueries _skeletons = new(services.Engine);

    public void Map(ApiV1 api)
    {
        api.Add(
            new ApiOperation("GET", "/api/v1/traces/{id}/skeleton", "traceSkeleton", "The tree of a trace in binary columns, whole or a window of its rows")
            {
                Description = "The format is described in docs/formats/skeleton.md.",
                Parameters =
                [
                    V1Parameters.TraceId,
                    new("from", "The first row.", ApiValueType.Integer) { Default = "0" },
                    new("count", $"Rows from there on; {MaxRows} at most, which is also the default.", ApiValueType.Integer),
                    new("depth", "Only rows at most this deep; roots are 0. Counted before count cuts.", ApiValueType.Integer),
                    .. V1Parameters.OpenWindow,
                ],
                Answers = [new ApiContent(SkeletonFormat.MediaType)],
            },
            SkeletonAsync);
        api.Add(
            new ApiOperation("GET", "/api/v1/traces/{id}/spans", "traceSpans", "Some spans of a trace in full, as OTLP")
            {
                Parameters =
                [
                    V1Parameters.TraceId,
                    new("ids", $"Span ids in hex, joined by commas; {MaxSpans} at most. Ids that the trace does not have are passed over."),
                    new("from", "Instead of ids: the first row of the skeleton.", ApiValueType.Integer),
                    new("count", $"Rows from there on; {MaxSpans} at most.", ApiValueType.Integer),
                    .. V1Parameters.OpenWindow,
                ],
                Answers = [new ApiContent(MediaTypes.Json) { Description = "OTLP/JSON TracesData with just these spans." }, new ApiContent(MediaTypes.Protobuf)],
            },
            SpansAsync);
    }

    private async Task SkeletonAsync(HttpContext context, TenantId tenant)
    {
        var parameters = new QueryParameters(context.Request);
        var (from, count, depth) = (parameters.Count("from", least: 0) ?? 0, parameters.Count("count", least: 0) ?? MaxRows, parameters.Count("depth", least: 0));
        var skeleton = await FindAsync(context, tenant, parameters).ConfigureAwait(false);
        var rows = Rows(skeleton, from, Math.Min(count, MaxRows), depth);
        using var buffer = new PooledBuffer((80 * rows.Length) + (64 << 10));
        SkeletonFormat.Write(buffer, skeleton, rows, from);
        await JsonAnswer.SendAsync(context, SkeletonFormat.MediaType, buffer.WrittenMemory).ConfigureAwait(false);
    }

    private static int[] Rows(TraceSkeleton skeleton, int from, int count, int? depth)
    {
        if (depth is not { } deepest)
        {
            var first = Math.Min(from, skeleton.Count);
            return [.. Enumerable.Range(first, Math.Min(count, skeleton.Count - first))];
        }

        var rows = new List<int>();
        for (var row = from; row < skeleton.Count && rows.Count < count; row++)
        {
            if (skeleton.Depths[row] <= deepest)
            {
                rows.Add(row);
            }
            else
            {
                // A row that is too deep, and all below it.
                row += (int)skeleton.Descendants[row];
            }
        }

        return [.. rows];
    }

    private async Task SpansAsync(HttpContext context, TenantId tenant)
    {
        var parameters = new QueryParameters(context.Request);
        var ids = parameters.Text("ids") is { } text ? Ids(text) : await IdsOfRowsAsync(context, tenant, parameters).ConfigureAwait(false);
        using var spans = await _skeletons.SpansAsync(tenant, Id(context), ids, parameters.OpenWindow(), context.RequestAborted).ConfigureAwait(false);
        if (MediaTypes.WantsProtobuf(context.Request))
        {
            await JsonAnswer.SendAsync(context, MediaTypes.Protobuf, spans.Traces).ConfigureAwait(false);
            return;
        }

        await JsonAnswer.WriteAsync(context, json => OtlpJsonWriter.WriteTraces(json, spans.Traces.Span, OtlpJsonDialect.OtlpHex)).ConfigureAwait(false);
    }

    private static HashSet<ulong> Ids(string text)
    {
        var ids = new HashSet<ulong>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            ids.Add(SpanId.TryParse(part, out var id) ? id.Value : throw ApiException.BadRequest($"invalid ids: '{part}' is not a span id; ids are up to 16 hex digits"));
            if (ids.Count > MaxSpans)
            {
                throw ApiException.BadRequest($"invalid ids: more than {MaxSpans} at once; ask for those in view");
            }
        }

        return ids;
    }

    private async Task<HashSet<ulong>> IdsOfRowsAsync(HttpContext context, TenantId tenant, QueryParameters parameters)
    {
        var from = parameters.Count("from", least: 0) ?? throw ApiException.BadRequest("which spans? give ids, or from and count");
        var count = parameters.Count("count", least: 0) ?? MaxSpans;
        if (count > MaxSpans)
        {
            throw ApiException.BadRequest($"invalid count: {count} is more than {MaxSpans}; ask for the rows in view");
        }

        var skeleton = await FindAsync(context, tenant, parameters).ConfigureAwait(false);
        var first = Math.Min(from, skeleton.Count);
        return [.. skeleton.SpanIds.AsSpan(first, Math.Min(count, skeleton.Count - first))];
    }

    private async Task<TraceSkeleton> FindAsync(HttpContext context, TenantId tenant, QueryParameters parameters) =>
        await _skeletons.FindAsync(tenant, Id(context), parameters.OpenWindow(), context.RequestAborted).ConfigureAwait(false)
            ?? throw ApiException.NotFound("trace not found");

    private static TraceId Id(HttpContext context)
    {
        var text = (string)context.Request.RouteValues["id"]!;
        return TypedTraceId.TryRead(text, out var id) ? id : TraceIdText.Parse(text);
    }
}
