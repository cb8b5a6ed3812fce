using System.ComponentModel;

namespace Clew.Api.V1;

[Description("What the configuration has for the pages.")]
internal sealed record UiReport(
    [property: Description("Links from spans to other programs.")] IReadOnlyList<UiLinkReport> Links,
    [property: Description("Requests have to name a tenant in X-Scope-OrgID.")] bool TenantsEnabled);

internal sealed record UiLinkReport(
    string Title,
    [property: Description("With ${trace.id}, ${span.id}, ${span.KEY}, ${resource.KEY}, ${start} and ${end} (unix milliseconds) to be filled in, percent-encoded.")] string Url);

/// <summary>Answers <see cref="UiSettings"/>.</summary>
internal sealed class UiEndpoint(ApiServices services)
{
    public void Map(ApiV1 api) => api.Add(
        new ApiOperation("GET", "/api/v1/ui", "uiSettings", "What the configuration has for the pages") { Tag = "server", Answers = [ApiContent.Json(V1Json.Default.UiReport)] },
        context => ApiJson.WriteAsync(
            context,
            new UiReport([.. services.Ui.Links.Select(static link => new UiLinkReport(link.Title, link.Url))], services.TenantsEnabled),
            V1Json.Default.UiReport));
}
