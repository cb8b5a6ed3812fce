using Clew.Model;
using Clew.Storage.Backends;
using Clew.Storage.Blocks;
using Clew.Storage.Columns;
using Clew.Storage.Manifest;

namespace Clew.Storage.Offline;

/// <summary>
/// The spans of one foreign block on their way into blocks of ours. Nothing of it is visible before <see cref="CommitAsync"/>, which lists
/// the blocks and writes the ledger in one manifest entry; a batch that is disposed before leaves nothing behind.
/// </summary>
public sealed class ImportBatch : IStoredSpanSink, IAsyncDisposable
{
    private readonly IObjectStore _objects;
    private readonly ManifestLog _manifest;
    private readonly TenantId _tenant;
    private readonly string _source;
    private readonly TimeProvider _clock;
    private readonly List<(string Id, BlockMeta Meta)> _written = [];
    private BlockBuilder _builder;
    private bool _committed;

    internal ImportBatch(IObjectStore objects, ManifestLog manifest, TenantId tenant, string source, TimeProvider clock)
    {
        _objects = objects;
        _manifest = manifest;
        _tenant = tenant;
        _source = source;
        _clock = clock;
        _builder = new BlockBuilder(tenant);
    }

    /// <summary>Spans taken so far.</summary>
    public long Spans { get; private set; }

    public void Add(in StoredSpan span)
    {
        _builder.Add(span);
        Spans++;
    }

    /// <summary>Says that the next span belongs to another trace: a block that is full is written now.</summary>
    public async ValueTask EndTraceAsync(CancellationToken cancellationToken)
    {
        if (_builder.IsFull)
        {
            await WriteAsync(cancellationToken).ConfigureAwait(false);
            _builder = new BlockBuilder(_tenant);
        }
    }

    /// <summary>Makes the spans part of the store; answers how many blocks they are in.</summary>
    /// <param name="arrivalUnixNano">When they arrived, which is where retention counts from.</param>
    /// <param name="cancellationToken">Stops before the commit; the commit itself is not interrupted.</param>
    /// <exception cref="AlreadyImportedException">Another process imported the same block meanwhile.</exception>
    public async Task<int> CommitAsync(long arrivalUnixNano, CancellationToken cancellationToken)
    {
        if (_builder.SpanCount > 0)
        {
            await WriteAsync(cancellationToken).ConfigureAwait(false);
        }

        var records = _written.ConvertAll(block => new BlockRecord
        {
            Id = block.Id, SpanCount = block.Meta.SpanCount, TraceCount = block.Meta.TraceCount, SizeBytes = block.Meta.SizeBytes,
            MinStartUnixNano = block.Meta.MinStartUnixNano, MaxEndUnixNano = block.Meta.MaxEndUnixNano,
            MinArrivalUnixNano = arrivalUnixNano, MaxArrivalUnixNano = arrivalUnixNano,
        });
        try
        {
            await _manifest.CommitAsync(new ManifestChange { AddBlocks = records, Imported = [_source] }, CancellationToken.None).ConfigureAwait(false);
            _committed = true;
        }
        catch (AlreadyImportedException)
        {
            throw;
        }
        catch
        {
            // Whether the entry was written is not known, so the blocks must stay.
            _committed = true;
            throw;
        }

        return records.Count;
    }

    public async ValueTask DisposeAsync()
    {
        _builder.Dispose();
        if (_committed)
        {
            return;
        }

        foreach (var (id, meta) in _written)
        {
            foreach (var name in (IEnumerable<string>)[BlockFormat.MetaFile, .. meta.Files.Select(static file => file.Name)])
            {
                try
                {
                    await _objects.DeleteAsync(Prefix(id) + name, CancellationToken.None).ConfigureAwait(false);
                }
                catch (IOException)
                {
                    // The store's next start removes what no manifest lists.
                }
            }
        }
    }

    private string Prefix(string id) => $"{_tenant.Value}/blocks/{id}/";

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        var id = Guid.CreateVersion7(now).ToString("N");
        var meta = await _builder.WriteAsync(_objects, Prefix(id), UnixNano.From(now), cancellationToken: cancellationToken).ConfigureAwait(false);
        _written.Add((id, meta));
    }
}
