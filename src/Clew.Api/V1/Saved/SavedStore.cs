using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Clew.Api.Http;
using Clew.Model;
using Clew.Storage.Backends;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.V1.Saved;

/// <summary>
/// Small things that people keep on the server, an object each under <c>{tenant}/ui/</c>, durable once answered. What is counted against a
/// limit is counted by this process; two processes on one bucket may pass it by what both add at once.
/// </summary>
internal sealed class SavedStore(IObjectStore? objects)
{
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Dictionary<string, int> _counts = [];

    private IObjectStore Objects => objects
        ?? throw new ApiException(StatusCodes.Status501NotImplemented, "this process keeps no data (--data none), so it cannot keep searches or links either");

    public async Task<T?> FindAsync<T>(TenantId tenant, string kind, string id, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class =>
        IsId(id) && await Objects.GetAsync(Key(tenant, kind, id), cancellationToken).ConfigureAwait(false) is { } bytes ? JsonSerializer.Deserialize(bytes, type) : null;

    public async Task<List<T>> ListAsync<T>(TenantId tenant, string kind, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        var found = new List<T>();
        await foreach (var key in Objects.ListAsync(Folder(tenant, kind), cancellationToken).ConfigureAwait(false))
        {
            if (await Objects.GetAsync(key, cancellationToken).ConfigureAwait(false) is { } bytes && JsonSerializer.Deserialize(bytes, type) is { } item)
            {
                found.Add(item);
            }
        }

        return found;
    }

    /// <summary>Adds an object unless the id is taken (false). A 400 when the tenant has <paramref name="limit"/> already.</summary>
    public async Task<bool> AddAsync<T>(TenantId tenant, string kind, string id, T item, JsonTypeInfo<T> type, int limit, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var folder = Folder(tenant, kind);
            if (!_counts.TryGetValue(folder, out var count))
            {
                await foreach (var _ in Objects.ListAsync(folder, cancellationToken).ConfigureAwait(false))
                {
                    count++;
                }
            }

            if (count >= limit)
            {
                throw ApiException.BadRequest($"there are {limit} {kind} already, which is as many as a tenant may have; delete some first");
            }

            var added = await Objects.PutIfAbsentAsync(Key(tenant, kind, id), JsonSerializer.SerializeToUtf8Bytes(item, type), cancellationToken).ConfigureAwait(false);
            _counts[folder] = added ? count + 1 : count;
            return added;
        }
        finally
        {
            _writing.Release();
        }
    }

    public async Task ReplaceAsync<T>(TenantId tenant, string kind, string id, T item, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        await Objects.PutAsync(Key(tenant, kind, id), new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(item, type)), cancellationToken).ConfigureAwait(false);

    public async Task DeleteAsync(TenantId tenant, string kind, string id, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await Objects.DeleteAsync(Key(tenant, kind, id), cancellationToken).ConfigureAwait(false);

            // Counted again when it matters.
            _counts.Remove(Folder(tenant, kind));
        }
        finally
        {
            _writing.Release();
        }
    }

    public static string NewId() => IdOf(RandomNumberGenerator.GetBytes(32), length: 12);

    /// <summary>The same text has the same id.</summary>
    public static string IdOf(string text, int length) => IdOf(SHA256.HashData(Encoding.UTF8.GetBytes(text)), length);

    // Letters and digits that are not mistaken for each other when read aloud; 32 of them, so a byte's low five bits pick one.
    private static string IdOf(byte[] bytes, int length) => string.Create(length, bytes, static (id, from) =>
    {
        const string Alphabet = "23456789abcdefghjkmnpqrstuvwxyz0";
        for (var i = 0; i < id.Length; i++)
        {
            id[i] = Alphabet[from[i] & 31];
        }
    });

    private static bool IsId(string id) => id.Length is > 0 and <= 64 && id.All(char.IsAsciiLetterOrDigit);

    private static string Folder(TenantId tenant, string kind) => $"{tenant.Value}/ui/{kind}/";

    private static string Key(TenantId tenant, string kind, string id) => $"{Folder(tenant, kind)}{id}.json";
}
