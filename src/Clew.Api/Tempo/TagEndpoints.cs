using System.Text.Json;
using Clew.Api.Http;
using Clew.Model;
using Clew.Otlp.Wire;
using Clew.Query;
using Clew.Query.Tags;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.Tempo;

/// <summary>Names and values of attributes, in Tempo's first form (flat) and second (by scope, typed).</summary>
internal sealed class TagEndpoints(ApiServices services)
{
    private readonly TagQuestions _questions = new(services);

    public async Task NamesAsync(HttpContext context, TenantId tenant)
    {
        var (names, stats) = await _questions.FlatNamesAsync(tenant, Scope(context), Request(context), context.RequestAborted).ConfigureAwait(false);
        await AnswerAsync(context, stats, buffer => TagProto.WriteList(buffer, names, stats), json => WriteList(json, "tagNames", names)).ConfigureAwait(false);
    }

    public async Task NamesByScopeAsync(HttpContext context, TenantId tenant)
    {
        var (scopes, stats) = await _questions.NamesByScopeAsync(tenant, Scope(context), Request(context), context.RequestAborted).ConfigureAwait(false);
        await AnswerAsync(context, stats, buffer => TagProto.WriteScopes(buffer, scopes, stats), json =>
        {
            json.WriteStartArray("scopes");
            foreach (var (name, tags) in scopes)
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                WriteList(json, "tags", tags);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }).ConfigureAwait(false);
    }

    public async Task ValuesAsync(HttpContext context, TenantId tenant)
    {
        var values = await _questions.ValuesAsync(tenant, Tag(context), Request(context), context.RequestAborted).ConfigureAwait(false);
        var texts = values.Values.Select(static value => value.Text);
        await AnswerAsync(context, values.Stats, buffer => TagProto.WriteList(buffer, texts, values.Stats), json => WriteList(json, "tagValues", texts)).ConfigureAwait(false);
    }

    public async Task TypedValuesAsync(HttpContext context, TenantId tenant)
    {
        var values = await _questions.TypedValuesAsync(tenant, Tag(context), Request(context), context.RequestAborted).ConfigureAwait(false);
        await AnswerAsync(context, values.Stats, buffer => TagProto.WriteTyped(buffer, values.Values, values.Stats), json =>
        {
            json.WriteStartArray("tagValues");
            foreach (var value in values.Values)
            {
                json.WriteStartObject();
                json.WriteString("type", value.Type);
                json.WriteString("value", value.Text);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }).ConfigureAwait(false);
    }

    private static string Tag(HttpContext context) => (string)context.Request.RouteValues["tag"]!;

    private static string? Scope(HttpContext context) => new QueryParameters(context.Request).Text("scope");

    private TagRequest Request(HttpContext context)
    {
        var parameters = new QueryParameters(context.Request);
        return new TagRequest
        {
            Filter = TagQuestions.NarrowingFilter(parameters.Text("q")),
            Window = parameters.Window(services.Clock),
            Limit = parameters.Count("limit", least: 0) ?? 0,
        };
    }

    private static async Task AnswerAsync(HttpContext context, QueryStats stats, Action<PooledBuffer> protobuf, Action<Utf8JsonWriter> fields)
    {
        AnswerHeaders.Add(context.Response, stats);
        if (MediaTypes.WantsProtobuf(context.Request))
        {
            await JsonAnswer.SendProtobufAsync(context, protobuf).ConfigureAwait(false);
            return;
        }

        await JsonAnswer.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            fields(json);
            json.WriteStartObject("metrics");
            json.WriteEndObject();
            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private static void WriteList(Utf8JsonWriter json, string name, IEnumerable<string> items)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStringValue(item);
        }

        json.WriteEndArray();
    }
}
