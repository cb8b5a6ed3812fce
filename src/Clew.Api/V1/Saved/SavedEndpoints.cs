using System.Globalization;
using System.Text;
using Clew.Api.Http;
using Clew.Model;
using Clew.TraceQL;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.V1.Saved;

/// <summary>Searches that a tenant's people share, and short links to pages.</summary>
internal sealed class SavedEndpoints(ApiServices services)
{
    public const int MaxSearches = 1_000;
    public const int MaxLinks = 50_000;
    public const int MaxNameLength = 200;
    public const int MaxStateBytes = 64 << 10;
    public const int MaxPathBytes = 16 << 10;

    private const string Searches = "searches";
    private const string Links = "links";
    private const int LinkLength = 10;

    private readonly SavedStore _store = new(services.Objects);

    public void Map(ApiV1 api)
    {
        var id = new ApiParameter("id", "What was answered when it was saved.");
        var saved = ApiContent.Json(V1Json.Default.SavedSearch);
        api.Add(new ApiOperation("GET", "/api/v1/saved-searches", "savedSearches", "The searches that were saved") { Tag = "saved", Answers = [ApiContent.Json(V1Json.Default.SavedSearches)] }, ListAsync);
        api.Add(
            new ApiOperation("POST", "/api/v1/saved-searches", "saveSearch", "Saves a search")
            {
                Tag = "saved", Body = ApiContent.Json(V1Json.Default.SavedSearchBody), Answers = [saved],
                Description = $"A tenant may have {MaxSearches}; names have {MaxNameLength} characters at most, state {MaxStateBytes} bytes.",
            },
            AddAsync);
        api.Add(new ApiOperation("GET", "/api/v1/saved-searches/{id}", "savedSearch", "A search that was saved") { Tag = "saved", Parameters = [id], Answers = [saved] }, FindAsync);
        api.Add(
            new ApiOperation("PUT", "/api/v1/saved-searches/{id}", "changeSavedSearch", "Changes a search that was saved")
            {
                Tag = "saved", Parameters = [id], Body = ApiContent.Json(V1Json.Default.SavedSearchBody), Answers = [saved],
            },
            ChangeAsync);
        api.Add(new ApiOperation("DELETE", "/api/v1/saved-searches/{id}", "deleteSavedSearch", "Deletes a search that was saved") { Tag = "saved", Parameters = [id] }, DeleteAsync);
        api.Add(
            new ApiOperation("POST", "/api/v1/links", "shorten", "A short name for a page's address; the same address has the same name")
            {
                Tag = "saved", Body = ApiContent.Json(V1Json.Default.ShortLinkBody), Answers = [ApiContent.Json(V1Json.Default.ShortLink)],
                Description = $"Addresses of this server only, from the first / on, {MaxPathBytes} bytes at most; a tenant may have {MaxLinks} links.",
            },
            ShortenAsync);
        api.Add(new ApiOperation("GET", "/api/v1/links/{id}", "link", "The address behind a short name") { Tag = "saved", Parameters = [id], Answers = [ApiContent.Json(V1Json.Default.ShortLink)] }, LinkAsync);
    }

    private async Task ListAsync(HttpContext context, TenantId tenant)
    {
        var searches = await _store.ListAsync(tenant, Searches, V1Json.Default.SavedSearch, context.RequestAborted).ConfigureAwait(false);
        var sorted = searches.OrderBy(static search => search.Name, StringComparer.OrdinalIgnoreCase).ThenBy(static search => search.Id, StringComparer.Ordinal);
        await ApiJson.WriteAsync(context, new SavedSearches([.. sorted], MaxSearches), V1Json.Default.SavedSearches).ConfigureAwait(false);
    }

    private async Task AddAsync(HttpContext context, TenantId tenant)
    {
        var (name, query, state) = Checked(await ApiJson.ReadAsync(context, V1Json.Default.SavedSearchBody).ConfigureAwait(false));
        var search = new SavedSearch(SavedStore.NewId(), name, query, state, Now(), Now());
        await _store.AddAsync(tenant, Searches, search.Id, search, V1Json.Default.SavedSearch, MaxSearches, context.RequestAborted).ConfigureAwait(false);
        await ApiJson.WriteAsync(context, search, V1Json.Default.SavedSearch).ConfigureAwait(false);
    }

    private async Task FindAsync(HttpContext context, TenantId tenant) =>
        await ApiJson.WriteAsync(context, await SearchAsync(context, tenant).ConfigureAwait(false), V1Json.Default.SavedSearch).ConfigureAwait(false);

    private async Task ChangeAsync(HttpContext context, TenantId tenant)
    {
        var present = await SearchAsync(context, tenant).ConfigureAwait(false);
        var (name, query, state) = Checked(await ApiJson.ReadAsync(context, V1Json.Default.SavedSearchBody).ConfigureAwait(false));
        var changed = present with { Name = name, Query = query, State = state, ChangedUnixNano = Now() };
        await _store.ReplaceAsync(tenant, Searches, changed.Id, changed, V1Json.Default.SavedSearch, context.RequestAborted).ConfigureAwait(false);
        await ApiJson.WriteAsync(context, changed, V1Json.Default.SavedSearch).ConfigureAwait(false);
    }

    private async Task DeleteAsync(HttpContext context, TenantId tenant)
    {
        var search = await SearchAsync(context, tenant).ConfigureAwait(false);
        await _store.DeleteAsync(tenant, Searches, search.Id, context.RequestAborted).ConfigureAwait(false);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task ShortenAsync(HttpContext context, TenantId tenant)
    {
        var path = (await ApiJson.ReadAsync(context, V1Json.Default.ShortLinkBody).ConfigureAwait(false)).Path ?? "";

        // "//host" and "/\host" lead browsers to another server.
        if (!path.StartsWith('/') || path.StartsWith("//", StringComparison.Ordinal) || path.StartsWith("/\\", StringComparison.Ordinal) || path.Any(char.IsControl))
        {
            throw ApiException.BadRequest($"invalid path: '{(path.Length > 80 ? path[..80] + "…" : path)}' is no address on this server; it begins with one /");
        }

        if (Encoding.UTF8.GetByteCount(path) > MaxPathBytes)
        {
            throw ApiException.BadRequest($"invalid path: it is longer than {MaxPathBytes} bytes");
        }

        for (var length = LinkLength; ; length++)
        {
            var link = new ShortLink(SavedStore.IdOf(path, length), path);
            var present = await _store.FindAsync(tenant, Links, link.Id, V1Json.Default.ShortLink, context.RequestAborted).ConfigureAwait(false);
            if (present?.Path == path
                || (present is null && await _store.AddAsync(tenant, Links, link.Id, link, V1Json.Default.ShortLink, MaxLinks, context.RequestAborted).ConfigureAwait(false)))
            {
                await ApiJson.WriteAsync(context, link, V1Json.Default.ShortLink).ConfigureAwait(false);
                return;
            }
        }
    }

    private async Task LinkAsync(HttpContext context, TenantId tenant)
    {
        var id = (string)context.Request.RouteValues["id"]!;
        var link = await _store.FindAsync(tenant, Links, id, V1Json.Default.ShortLink, context.RequestAborted).ConfigureAwait(false)
            ?? throw ApiException.NotFound($"link '{id}' not found");
        await ApiJson.WriteAsync(context, link, V1Json.Default.ShortLink).ConfigureAwait(false);
    }

    private async Task<SavedSearch> SearchAsync(HttpContext context, TenantId tenant)
    {
        var id = (string)context.Request.RouteValues["id"]!;
        return await _store.FindAsync(tenant, Searches, id, V1Json.Default.SavedSearch, context.RequestAborted).ConfigureAwait(false)
            ?? throw ApiException.NotFound($"saved search '{id}' not found");
    }

    private static (string Name, string Query, string? State) Checked(SavedSearchBody body)
    {
        var name = body.Name?.Trim() ?? "";
        if (name.Length is 0 or > MaxNameLength)
        {
            throw ApiException.BadRequest($"invalid name: it has {name.Length} characters; 1 to {MaxNameLength} are fine");
        }

        var query = body.Query ?? "";
        if (Encoding.UTF8.GetByteCount(query) > TraceQlLimits.MaxQueryBytes)
        {
            throw ApiException.BadRequest($"invalid query: it is longer than {TraceQlLimits.MaxQueryBytes} bytes");
        }

        return body.State is null || Encoding.UTF8.GetByteCount(body.State) <= MaxStateBytes
            ? (name, query, body.State)
            : throw ApiException.BadRequest($"invalid state: it is longer than {MaxStateBytes} bytes");
    }

    private string Now() => UnixNano.Now(services.Clock).ToString(CultureInfo.InvariantCulture);
}
