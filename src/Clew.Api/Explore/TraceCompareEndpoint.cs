using System.Globalization;
using System.Text.Json;
using Clew.Api.Http;
using Clew.Api.Tempo;
using Clew.Model;
using Clew.Query.Compare;
using Clew.Query.Values;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.Explore;

/// <summary><c>GET /api/v1/compare/traces</c>: what the traces with a selected span have that other traces of the search have not.</summary>
internal sealed class TraceCompareEndpoint(ApiServices services)
{
    private readonly CompareQueries _compare = new(services.Engine);

    public async Task CompareAsync(HttpContext context, TenantId tenant)
    {
        var parameters = new QueryParameters(context.Request);
        var query = parameters.Text("q") ?? "{ }";
        var selection = parameters.Text("selection") ?? throw ApiException.BadRequest("parameter selection is missing; it holds a condition on spans such as status = error");
        var (from, to) = (parameters.Time("selectionStart"), parameters.Time("selectionEnd"));
        if (from is null != to is null)
        {
            throw ApiException.BadRequest("only one of selectionStart and selectionEnd is given; give both or neither");
        }

        // A filter that closes early would make the rest of the text mean something else; parsing it alone tells.
        QueryText.Parse($"{{ {selection} }}");
        var time = from is { } start && to is { } end ? string.Create(CultureInfo.InvariantCulture, $", 10, {start.UnixNano}, {end.LastUnixNano}") : "";
        var tree = QueryText.Parse($"{query} | compare({{ {selection} }}{time})");
        var result = await _compare.CompareAsync(tenant, tree, parameters.Window(services.Clock), context.RequestAborted).ConfigureAwait(false);
        AnswerHeaders.Add(context.Response, result.Stats);
        await JsonAnswer.WriteAsync(context, json => Write(json, result)).ConfigureAwait(false);
    }

    private static void Write(Utf8JsonWriter json, ComparisonResult result)
    {
        json.WriteStartObject();
        json.WriteNumber("selected", result.Selected);
        json.WriteNumber("rest", result.Rest);
        json.WriteStartArray("differences");
        foreach (var difference in result.Differences)
        {
            json.WriteStartObject();
            if (difference.Service is { } service)
            {
                json.WriteString("service", service);
            }

            json.WriteString("field", difference.Field);
            WriteValue(json, difference.Value);
            json.WriteNumber("selected", difference.Selected);
            json.WriteNumber("rest", difference.Rest);
            json.WriteNumber("selectedWithField", difference.SelectedWithField);
            json.WriteNumber("restWithField", difference.RestWithField);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (result.Together is { } pair)
        {
            json.WriteStartObject("together");
            json.WriteNumber("first", pair.First);
            json.WriteNumber("second", pair.Second);
            json.WriteNumber("selected", pair.Selected);
            json.WriteNumber("rest", pair.Rest);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, in QueryValue value)
    {
        switch (value.Kind)
        {
            case ValueKind.Bool:
                json.WriteBoolean("value", value.AsBool);
                break;
            case ValueKind.Int:
                json.WriteNumber("value", value.AsInt);
                break;
            case ValueKind.Float when double.IsFinite(value.AsFloat):
                json.WriteNumber("value", value.AsFloat);
                break;
            default:
                json.WriteString("value", value.ToString());
                break;
        }
    }
}
