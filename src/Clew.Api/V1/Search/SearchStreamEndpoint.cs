using System.Text.Json;
using Clew.Api.Http;
using Clew.Api.Streaming;
using Clew.Api.Tempo;
using Clew.Model;
using Clew.Otlp.Json;
using Clew.Otlp.Wire;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.V1.Search;

/// <summary>A search whose answer comes in lines while it is found: for pages that show the first traces at once.</summary>
internal sealed class SearchStreamEndpoint(ApiServices services)
{
    private const string MediaType = "application/x-ndjson";

    private readonly SearchEndpoints _search = new(services);

    public void Map(ApiV1 api) => api.Add(
        new ApiOperation("GET", "/api/v1/search", "searchStream", "A search whose traces come as they are found, a line of JSON each time")
        {
            Tag = "search",
            Description = """
                Every line is an object: traces (as /api/search has them, each once; they do not change any more), searched (sources searched,
                sources that could hold an answer, inspectedTraces, inspectedSpans, inspectedBytes) and, on the last line alone, done: true with incomplete, a
                sentence, when a limit ended the search. A failure after the first line is a line with error.
                """,
            Parameters =
            [
                V1Parameters.Query,
                new("limit", "Traces in the answer.", ApiValueType.Integer) { Default = "20" },
                new("spss", "Spans that are listed of each spanset.", ApiValueType.Integer) { Default = "3" },
                .. V1Parameters.Window,
            ],
            Answers = [new ApiContent(MediaType)],
        },
        SearchAsync);

    private async Task SearchAsync(HttpContext context, TenantId tenant)
    {
        var request = _search.Parse(context.Request);
        using var line = new PooledBuffer(16 << 10);
        try
        {
            await foreach (var update in new SearchStream(services.Engine, services.Clock).RunAsync(tenant, request, context.RequestAborted).ConfigureAwait(false))
            {
                if (!context.Response.HasStarted)
                {
                    context.Response.ContentType = MediaType;
                }

                await WriteAsync(context, line, json => Write(json, update)).ConfigureAwait(false);
            }
        }
        catch (Query.QueryException error) when (context.Response.HasStarted)
        {
            await WriteAsync(context, line, json =>
            {
                json.WriteStartObject();
                json.WriteString("error", error.Message);
                json.WriteEndObject();
            }).ConfigureAwait(false);
        }
    }

    private static void Write(Utf8JsonWriter json, in SearchUpdate update)
    {
        json.WriteStartObject();
        json.WriteStartArray("traces");
        var forms = SearchJson.Forms(update.Traces);
        foreach (var trace in update.Traces)
        {
            SearchJson.WriteTrace(json, trace, forms);
        }

        json.WriteEndArray();
        var (completed, total) = SearchTempo.Jobs(update.Stats, update.IsLast && update.Stats.Incomplete is null);
        json.WriteStartObject("searched");
        json.WriteNumber("sources", completed);
        json.WriteNumber("ofSources", total);
        json.WriteNumber("inspectedTraces", update.Stats.InspectedTraces);
        json.WriteNumber("inspectedSpans", update.Stats.InspectedSpans);
        json.WriteNumber("inspectedBytes", update.Stats.InspectedBytes);
        json.WriteEndObject();
        if (update.IsLast)
        {
            json.WriteBoolean("done", true);
            if (update.Stats.Incomplete is { } reason)
            {
                json.WriteString("incomplete", reason);
            }
        }

        json.WriteEndObject();
    }

    private static async Task WriteAsync(HttpContext context, PooledBuffer line, Action<Utf8JsonWriter> write)
    {
        line.Clear();
        using (var json = new Utf8JsonWriter(line, OtlpJsonWriter.Options))
        {
            write(json);
        }

        line.Write("\n"u8);
        await context.Response.Body.WriteAsync(line.WrittenMemory, context.RequestAborted).ConfigureAwait(false);
        await context.Response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }
}
