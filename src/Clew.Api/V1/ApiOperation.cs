using System.Text.Json.Serialization.Metadata;

namespace Clew.Api.V1;

/// <summary>An endpoint under <c>/api/v1</c> as its OpenAPI document describes it.</summary>
/// <param name="Method">GET, POST, PUT or DELETE.</param>
/// <param name="Path">From <c>/api/v1</c> on, with its parameters in braces.</param>
/// <param name="Id">A name in camelCase, unique in the document: what clients call it.</param>
/// <param name="Summary">One line.</param>
public sealed record ApiOperation(string Method, string Path, string Id, string Summary)
{
    /// <summary>Under which heading it stands.</summary>
    public string Tag { get; init; } = "traces";

    public string? Description { get; init; }

    /// <summary>Those of the path, and those of the query string.</summary>
    public IReadOnlyList<ApiParameter> Parameters { get; init; } = [];

    /// <summary>What the request carries; null for nothing.</summary>
    public ApiContent? Body { get; init; }

    /// <summary>What is answered when all is well, one for each form that can be asked for; empty for an answer without content (204).</summary>
    public IReadOnlyList<ApiContent> Answers { get; init; } = [];

    /// <summary>The same for every tenant: the request need not name one.</summary>
    public bool ForAllTenants { get; init; }
}

/// <summary>A parameter of an operation; in the path when the path names it, else in the query string.</summary>
public sealed record ApiParameter(string Name, string Description, ApiValueType Type = ApiValueType.String, bool Required = false)
{
    /// <summary>What stands in its place when it is left out; null when that needs words.</summary>
    public string? Default { get; init; }
}

/// <summary>The JSON types that parameters can have.</summary>
public enum ApiValueType
{
    String,
    Integer,
    Number,
    Boolean,
}

/// <summary>A form of content. <paramref name="Type"/> is null for what is no JSON, and for JSON that is described elsewhere.</summary>
public sealed record ApiContent(string MediaType, JsonTypeInfo? Type = null)
{
    public string? Description { get; init; }

    public static ApiContent Json(JsonTypeInfo type) => new(Http.MediaTypes.Json, type);
}
