using Clew.Model;
using Clew.Storage.Backends;
using Clew.Storage.Blocks;
using Clew.Storage.Manifest;

namespace Clew.Storage.Offline;

/// <summary>
/// A tenant's blocks without a server: to look at them, to verify them, to add some that come from elsewhere. Log and head are not looked
/// at. With a local store the caller holds the folder's lock (<see cref="DataFolderLock"/>) while it writes.
/// </summary>
public sealed class OfflineStore
{
    private readonly IObjectStore _objects;
    private readonly ManifestLog _manifest;

    private OfflineStore(IObjectStore objects, TenantId tenant)
    {
        _objects = objects;
        Tenant = tenant;
        _manifest = new ManifestLog(objects, tenant.Value + "/");
    }

    public TenantId Tenant { get; }

    /// <summary>Entries of the manifest so far; zero when the tenant has none.</summary>
    public long ManifestSequence => _manifest.State.Sequence;

    /// <summary>The live blocks.</summary>
    public IReadOnlyList<BlockRecord> Blocks => [.. _manifest.State.Blocks.Values];

    /// <summary>Reads a tenant's manifest.</summary>
    /// <exception cref="InvalidDataException">An entry cannot be read.</exception>
    public static async Task<OfflineStore> OpenAsync(IObjectStore objects, TenantId tenant, CancellationToken cancellationToken)
    {
        var store = new OfflineStore(objects, tenant);
        await store._manifest.LoadAsync(cancellationToken).ConfigureAwait(false);
        return store;
    }

    /// <summary>The tenants that have anything in a store.</summary>
    public static async Task<IReadOnlyList<TenantId>> TenantsAsync(IObjectStore objects, CancellationToken cancellationToken)
    {
        var tenants = new List<TenantId>();
        await foreach (var name in objects.ListFoldersAsync("", cancellationToken).ConfigureAwait(false))
        {
            if (!name.StartsWith('.') && TenantId.TryParse(name, out var tenant, out _))
            {
                tenants.Add(tenant);
            }
        }

        return tenants;
    }

    /// <summary>True when a foreign block's spans are in here already.</summary>
    public bool IsImported(string source) => _manifest.State.Imported.Contains(source);

    public ValueTask<BlockReader> OpenBlockAsync(string id, CancellationToken cancellationToken) =>
        BlockReader.OpenAsync(_objects, Prefix(id), cancellationToken: cancellationToken);

    /// <summary>What a block's meta.json says; throws as <see cref="OpenBlockAsync"/> does.</summary>
    public async ValueTask<BlockMeta> MetaAsync(string id, CancellationToken cancellationToken)
    {
        var key = Prefix(id) + BlockFormat.MetaFile;
        return BlockMeta.Parse(key, await _objects.GetAsync(key, cancellationToken).ConfigureAwait(false) ?? throw new FileNotFoundException($"there is no block '{id}': '{key}' is missing"));
    }

    /// <summary>Checks every byte and every count of a block.</summary>
    public Task<BlockVerdict> VerifyBlockAsync(string id, CancellationToken cancellationToken) => new BlockVerifier(_objects, Prefix(id), id).RunAsync(cancellationToken);

    /// <summary>Ids under <c>blocks/</c> that the manifest does not list: left behind by a crash, or on their way in another process.</summary>
    public async Task<IReadOnlyList<string>> UnlistedBlocksAsync(CancellationToken cancellationToken)
    {
        var unlisted = new List<string>();
        await foreach (var id in _objects.ListFoldersAsync($"{Tenant.Value}/blocks/", cancellationToken).ConfigureAwait(false))
        {
            if (!_manifest.State.Blocks.ContainsKey(id))
            {
                unlisted.Add(id);
            }
        }

        return unlisted;
    }

    /// <summary>Begins to add spans that come from elsewhere, as blocks of their own.</summary>
    /// <param name="source">The foreign block's name in the ledger.</param>
    /// <param name="clock">For block ids.</param>
    public ImportBatch BeginImport(string source, TimeProvider clock) => new(_objects, _manifest, Tenant, source, clock);

    private string Prefix(string id) => $"{Tenant.Value}/blocks/{id}/";
}
