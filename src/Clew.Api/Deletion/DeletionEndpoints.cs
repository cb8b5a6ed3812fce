using System.Globalization;
using System.Text.Json;
using Clew.Api.Http;
using Clew.Api.Tempo;
using Clew.Api.V1;
using Clew.Model;
using Clew.Query;
using Clew.Query.Search;
using Clew.Storage.Deletion;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.Deletion;

/// <summary>
/// <c>POST /api/v1/deletions</c> with <c>{"traceIds": ["…"]}</c> or <c>{"query": "{ … }", "start": 1700000000, "end": 1700003600}</c> (seconds since
/// the epoch) answers 202 with the receipt; <c>GET /api/v1/deletions</c> lists receipts, <c>GET /api/v1/deletions/{id}</c> shows one.
/// </summary>
internal sealed class DeletionEndpoints
{
    /// <summary>A million ids with quotes and commas take 35 MB.</summary>
    private const int MaxBodyBytes = 40 << 20;

    /// <summary>Traces that one query may choose: their summaries are held in memory, about 1 kB each.</summary>
    private const int MaxChosen = 100_000;

    private readonly ITraceDeletion _deletion;
    private readonly QueryEngine _engine;

    private DeletionEndpoints(ITraceDeletion deletion, QueryEngine engine) => (_deletion, _engine) = (deletion, engine);

    public static void Map(ApiV1 api, ApiServices services)
    {
        if (services.Deletion is not { } deletion)
        {
            return;
        }

        var endpoints = new DeletionEndpoints(deletion, services.Engine);
        ApiContent[] answers = [new ApiContent(MediaTypes.Json)];
        api.Add(new ApiOperation("POST", "/api/v1/deletions", "deleteTraces", "Delete traces by id or by a TraceQL query") { Tag = "storage", Answers = answers }, endpoints.DeleteAsync);
        api.Add(new ApiOperation("GET", "/api/v1/deletions", "listDeletions", "The receipts of deletions") { Tag = "storage", Answers = answers }, endpoints.ListAsync);
        api.Add(
            new ApiOperation("GET", "/api/v1/deletions/{id}", "showDeletion", "The receipt of one deletion")
            {
                Tag = "storage", Parameters = [new("id", "The receipt's id.")], Answers = answers,
            },
            endpoints.ShowAsync);
    }

    private async Task DeleteAsync(HttpContext context, TenantId tenant)
    {
        var request = await ChooseAsync(tenant, await ReadAsync(context).ConfigureAwait(false), context.RequestAborted).ConfigureAwait(false);
        DeletionReceipt receipt;
        try
        {
            receipt = await _deletion.DeleteAsync(tenant, request, context.RequestAborted).ConfigureAwait(false);
        }
        catch (DeletionRefusedException refused)
        {
            throw ApiException.BadRequest(refused.Message);
        }

        context.Response.StatusCode = StatusCodes.Status202Accepted;
        context.Response.Headers.Location = $"/api/v1/deletions/{receipt.Id}";
        await JsonAnswer.WriteAsync(context, json => Write(json, receipt)).ConfigureAwait(false);
    }

    /// <summary>
    /// Runs the query as a search, exact and over whole traces. An answer that a limit cut short would leave traces behind, so it is refused.
    /// </summary>
    private async Task<DeletionRequest> ChooseAsync(TenantId tenant, DeletionRequest request, CancellationToken cancellationToken)
    {
        if (request.Query is not { } query)
        {
            return request;
        }

        var limit = Math.Min(_engine.Limits.MaxResults, MaxChosen);
        var search = new SearchRequest
        {
            Query = QueryText.Parse(query), Window = new TimeRange(request.StartUnixNano, request.EndUnixNano), Limit = limit, SpansPerSpanset = 1,
        };
        var found = await _engine.SearchAsync(tenant, search, cancellationToken).ConfigureAwait(false);
        if (found.Traces.Count >= limit || found.Stats.Incomplete is not null)
        {
            throw ApiException.BadRequest(
                $"nothing is deleted: the query finds {limit} traces or more, or a limit ended it ({found.Stats.Incomplete ?? "none did"}); give start and end, and delete piece by piece");
        }

        return new DeletionRequest { Traces = [.. found.Traces.Select(static trace => trace.Id)], ChosenBy = query };
    }

    private Task ListAsync(HttpContext context, TenantId tenant) => JsonAnswer.WriteAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("deletions");
        foreach (var receipt in _deletion.List(tenant))
        {
            Write(json, receipt);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    private Task ShowAsync(HttpContext context, TenantId tenant)
    {
        var id = context.Request.RouteValues["id"] as string ?? "";
        var receipt = _deletion.Find(tenant, id)
            ?? throw new ApiException(StatusCodes.Status404NotFound, $"there is no deletion '{id}', or it was done so long ago that it is forgotten");
        return JsonAnswer.WriteAsync(context, json => Write(json, receipt));
    }

    private static async Task<DeletionRequest> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength > MaxBodyBytes)
        {
            throw new ApiException(StatusCodes.Status413PayloadTooLarge, $"a deletion request has at most {MaxBodyBytes} bytes; split it");
        }

        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted).ConfigureAwait(false);
            return Parse(body.RootElement);
        }
        catch (JsonException fault)
        {
            throw ApiException.BadRequest($"the body is not JSON: {fault.Message}");
        }
    }

    private static DeletionRequest Parse(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            throw ApiException.BadRequest("""the body must be an object such as {"traceIds": ["0af7651916cd43dd8448eb211c80319c"]} or {"query": "{ … }"}""");
        }

        var request = new DeletionRequest();
        foreach (var property in body.EnumerateObject())
        {
            request = property.Name switch
            {
                "traceIds" when property.Value.ValueKind == JsonValueKind.Array => request with { Traces = [.. property.Value.EnumerateArray().Select(Id)] },
                "query" when property.Value.ValueKind == JsonValueKind.String => request with { Query = property.Value.GetString() },
                "start" => request with { StartUnixNano = Seconds(property) },
                "end" => request with { EndUnixNano = Seconds(property) },
                _ => throw ApiException.BadRequest($"'{property.Name}' is not known here or has the wrong type; use traceIds (texts), query (text), start and end (seconds since the epoch)"),
            };
        }

        return request.Traces.Count > 0 != request.Query is not null
            ? request
            : throw ApiException.BadRequest("give either traceIds or query: which traces are to be deleted?");
    }

    private static TraceId Id(JsonElement element)
    {
        var id = element.ValueKind == JsonValueKind.String ? TraceIdText.Parse(element.GetString()!) : throw ApiException.BadRequest("traceIds holds texts of hex digits");
        return id.IsZero ? throw ApiException.BadRequest("a trace id is not all zeros") : id;
    }

    private static long Seconds(JsonProperty property) =>
        property.Value.ValueKind == JsonValueKind.Number && property.Value.TryGetDouble(out var seconds) && seconds is >= 0 and < 9_000_000_000
            ? (long)(seconds * 1e9)
            : throw ApiException.BadRequest($"'{property.Name}' must be a number of seconds since the epoch");

    private static void Write(Utf8JsonWriter json, DeletionReceipt receipt)
    {
        json.WriteStartObject();
        json.WriteString("id", receipt.Id);
        json.WriteString("state", receipt.State == DeletionState.Done ? "done" : "pending");
        json.WriteNumber("traces", receipt.Traces);
        if (receipt.Query is not null)
        {
            json.WriteString("query", receipt.Query);
        }

        json.WriteString("created", receipt.Created.ToString("O", CultureInfo.InvariantCulture));
        if (receipt.Completed is { } completed)
        {
            json.WriteString("completed", completed.ToString("O", CultureInfo.InvariantCulture));
        }

        json.WriteEndObject();
    }
}
