using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Clew.Api.V1;

/// <summary>The OpenAPI 3.1 document of <c>/api/v1</c>, made from the operations that were added.</summary>
internal static class OpenApiDocument
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(IReadOnlyList<ApiOperation> operations, string version)
    {
        var schemas = new OpenApiSchemas();
        var paths = new JsonObject();
        foreach (var ofPath in operations.GroupBy(static operation => operation.Path).OrderBy(static group => group.Key, StringComparer.Ordinal))
        {
            var methods = new JsonObject();
            foreach (var operation in ofPath.OrderBy(static operation => operation.Method, StringComparer.Ordinal))
            {
                methods[operation.Method.ToLowerInvariant()] = Operation(operation, schemas);
            }

            paths[ofPath.Key.Replace("{**", "{", StringComparison.Ordinal)] = methods;
        }

        var document = new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Clew",
                ["version"] = version,
                ["description"] = "What Clew answers beside Tempo's API. Errors are plain text: one sentence that names the thing, the value and the way out.",
            },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = schemas.Components },
        };
        return JsonSerializer.SerializeToUtf8Bytes(document, Indented);
    }

    private static JsonObject Operation(ApiOperation operation, OpenApiSchemas schemas)
    {
        var json = new JsonObject
        {
            ["operationId"] = operation.Id,
            ["summary"] = operation.Summary,
            ["tags"] = new JsonArray(operation.Tag),
        };
        if (operation.Description is { } description)
        {
            json["description"] = description;
        }

        var parameters = new JsonArray([.. operation.Parameters.Select(parameter => Parameter(operation, parameter))]);
        if (!operation.ForAllTenants)
        {
            parameters.Add(new JsonObject
            {
                ["name"] = Http.RequestTenant.Header, ["in"] = "header", ["required"] = false, ["schema"] = new JsonObject { ["type"] = "string" },
                ["description"] = "The tenant, where tenants are enabled.",
            });
        }

        if (parameters.Count > 0)
        {
            json["parameters"] = parameters;
        }

        if (operation.Body is { } body)
        {
            json["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Content([body], schemas) };
        }

        var responses = new JsonObject();
        if (operation.Answers.Count > 0)
        {
            responses["200"] = new JsonObject { ["description"] = operation.Answers[0].Description ?? "The answer.", ["content"] = Content(operation.Answers, schemas) };
        }
        else
        {
            responses["204"] = new JsonObject { ["description"] = "Done." };
        }

        responses["default"] = new JsonObject
        {
            ["description"] = "Why it could not be answered.",
            ["content"] = new JsonObject { ["text/plain"] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "string" } } },
        };
        json["responses"] = responses;
        return json;
    }

    private static JsonObject Parameter(ApiOperation operation, ApiParameter parameter)
    {
        var isInPath = ApiV1.PathParameter().Matches(operation.Path).Any(match => match.Groups[1].Value == parameter.Name);
        var schema = new JsonObject
        {
            ["type"] = parameter.Type switch
            {
                ApiValueType.Integer => "integer",
                ApiValueType.Number => "number",
                ApiValueType.Boolean => "boolean",
                _ => "string",
            },
        };
        if (parameter.Default is { } value)
        {
            schema["default"] = parameter.Type is ApiValueType.String ? value : JsonNode.Parse(value);
        }

        return new JsonObject
        {
            ["name"] = parameter.Name,
            ["in"] = isInPath ? "path" : "query",
            ["required"] = isInPath || parameter.Required,
            ["description"] = parameter.Description,
            ["schema"] = schema,
        };
    }

    private static JsonObject Content(IEnumerable<ApiContent> contents, OpenApiSchemas schemas)
    {
        var json = new JsonObject();
        foreach (var content in contents)
        {
            json[content.MediaType] = new JsonObject { ["schema"] = content.Type is { } type ? schemas.Of(type) : Untyped(content.MediaType) };
        }

        return json;
    }

    private static JsonObject Untyped(string mediaType) => mediaType switch
    {
        Http.MediaTypes.Json => [],
        _ when mediaType.StartsWith("text/", StringComparison.Ordinal) || mediaType.EndsWith("ndjson", StringComparison.Ordinal) => new JsonObject { ["type"] = "string" },
        _ => new JsonObject { ["type"] = "string", ["format"] = "binary" },
    };
}
