using System.ComponentModel;

namespace Clew.Api.V1.Saved;

[Description("A search that people of a tenant share.")]
internal sealed record SavedSearch(
    string Id,
    string Name,
    [property: Description("TraceQL.")] string Query,
    [property: Description("What else the page remembers of it, such as columns; the server does not look into it.")] string? State,
    string CreatedUnixNano,
    string ChangedUnixNano);

[Description("A search to be saved.")]
internal sealed record SavedSearchBody(string? Name, string? Query, string? State);

internal sealed record SavedSearches([property: Description("By name.")] IReadOnlyList<SavedSearch> Searches, [property: Description("How many a tenant may have.")] int Limit);

[Description("A short name for a page's address.")]
internal sealed record ShortLink(string Id, [property: Description("From the first / on, with its query string.")] string Path);

internal sealed record ShortLinkBody(string? Path);
