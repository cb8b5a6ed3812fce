using Clew.Interchange.Records;
using Clew.Model;
using Clew.Storage;
using Clew.Storage.Backends;
using Clew.Storage.Manifest;
using Clew.Storage.Offline;
using ParquetSharp;

namespace Clew.Interchange.Tempo;

/// <summary>What became of one of Tempo's blocks.</summary>
public enum TempoBlockOutcome
{
    Imported,

    /// <summary>The ledger has it: an earlier run brought its spans.</summary>
    AlreadyThere,

    /// <summary>Tempo replaced it by another block, which holds its spans.</summary>
    Replaced,

    /// <summary>It cannot be read; nothing of it was taken.</summary>
    Failed,
}

/// <summary>The report on one block; <paramref name="Remark"/> is a sentence, or empty.</summary>
public sealed record TempoBlockReport(string Tenant, string BlockId, TempoBlockOutcome Outcome, long Traces, long Spans, int Blocks, string Remark);

/// <summary>
/// Brings the blocks of a Tempo into the store: tenant by tenant, block by block. A block's spans and its line in the ledger are committed in
/// one step, so a run may be stopped anywhere and repeated.
/// </summary>
public sealed class TempoImport(ITempoSource source, IObjectStore target, TimeProvider clock, Action<TempoBlockReport> report)
{
    private const string Meta = "meta.json";
    private const string Compacted = "meta.compacted.json";
    private const string Data = "data.parquet";

    private static readonly HashSet<string> s_columns = ["TraceID", "rs"];

    /// <summary>Imports everything, or one tenant.</summary>
    /// <param name="onlyTenant">A tenant of the source, or null for all.</param>
    /// <param name="into">The tenant to give the spans to, or null to keep their own.</param>
    /// <param name="cancellationToken">Stops between traces; what is committed stays.</param>
    /// <returns>How many blocks failed.</returns>
    public async Task<int> RunAsync(string? onlyTenant, TenantId? into, CancellationToken cancellationToken)
    {
        var failed = 0;
        var seen = false;
        await foreach (var tenant in source.FoldersAsync("", cancellationToken).ConfigureAwait(false))
        {
            if (tenant.StartsWith('.') || (onlyTenant is not null && tenant != onlyTenant))
            {
                continue;
            }

            // A folder of blocks itself: somebody named the tenant's folder.
            if (Guid.TryParse(tenant, out _))
            {
                throw new IOException($"{source.Name} holds blocks directly; name the folder above, which holds a folder for each tenant");
            }

            if (into is null && !TenantId.TryParse(tenant, out _, out var reason))
            {
                throw new IOException($"tenant '{tenant}' of {source.Name} cannot be a tenant here ({reason}); name one with --into");
            }

            seen = true;
            failed += await TenantAsync(tenant, into ?? Tenant(tenant), cancellationToken).ConfigureAwait(false);
        }

        return seen ? failed : throw new IOException(onlyTenant is null ? $"{source.Name} holds no tenant's folder; name the folder or prefix that Tempo's backend has" : $"{source.Name} has no tenant '{onlyTenant}'");
    }

    private static TenantId Tenant(string name) => TenantId.TryParse(name, out var tenant, out var reason) ? tenant : throw new IOException(reason);

    private async Task<int> TenantAsync(string tenant, TenantId into, CancellationToken cancellationToken)
    {
        var store = await OfflineStore.OpenAsync(target, into, cancellationToken).ConfigureAwait(false);
        var failed = 0;
        await foreach (var block in source.FoldersAsync($"{tenant}/", cancellationToken).ConfigureAwait(false))
        {
            if (!Guid.TryParse(block, out _))
            {
                continue;
            }

            TempoBlockReport result;
            try
            {
                result = await BlockAsync(store, tenant, block, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception fault) when (fault is InvalidDataException or ParquetException or FileNotFoundException or ArgumentException or OverflowException)
            {
                result = new TempoBlockReport(tenant, block, TempoBlockOutcome.Failed, 0, 0, 0, fault.Message);
                failed++;
            }

            report(result);
        }

        return failed;
    }

    private async Task<TempoBlockReport> BlockAsync(OfflineStore store, string tenant, string block, CancellationToken cancellationToken)
    {
        var ledgerName = $"tempo:{tenant}/{block}";
        if (store.IsImported(ledgerName))
        {
            return new TempoBlockReport(tenant, block, TempoBlockOutcome.AlreadyThere, 0, 0, 0, "");
        }

        var prefix = $"{tenant}/{block}/";
        if (await source.GetAsync(prefix + Meta, cancellationToken).ConfigureAwait(false) is not { } json)
        {
            return await source.GetAsync(prefix + Compacted, cancellationToken).ConfigureAwait(false) is null
                ? throw new InvalidDataException($"'{prefix}{Meta}' is missing: the block was never completed, or was deleted")
                : new TempoBlockReport(tenant, block, TempoBlockOutcome.Replaced, 0, 0, 0, "");
        }

        var meta = TempoMeta.Parse(prefix + Meta, json);
        using var data = await source.LocalAsync(prefix + Data, cancellationToken).ConfigureAwait(false);
        await using var batch = store.BeginImport(ledgerName, clock);
        using var spans = new TempoSpans(meta);
        var traces = 0L;
        using (var file = new ParquetFileReader(data.Path))
        {
            var root = RecordNode.Of(file.FileMetaData.Schema, s_columns);
            if (root.IndexOf("TraceID") < 0 || root.IndexOf("rs") < 0)
            {
                throw new InvalidDataException($"'{prefix}{Data}' has no columns TraceID and rs: not a block of traces");
            }

            for (var rowGroup = 0; rowGroup < file.FileMetaData.NumRowGroups; rowGroup++)
            {
                using var group = file.RowGroup(rowGroup);
                var cursors = root.Open(group);
                try
                {
                    for (var row = 0L; row < group.MetaData.NumRows; row++)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        traces += spans.Write(root.ReadRow(), batch) > 0 ? 1 : 0;
                        await batch.EndTraceAsync(cancellationToken).ConfigureAwait(false);
                    }
                }
                finally
                {
                    cursors.ForEach(static cursor => cursor.Dispose());
                }
            }
        }

        var arrival = meta.EndUnixNano > 0 ? meta.EndUnixNano : UnixNano.From(clock.GetUtcNow());
        try
        {
            var blocks = await batch.CommitAsync(arrival, cancellationToken).ConfigureAwait(false);
            return new TempoBlockReport(tenant, block, TempoBlockOutcome.Imported, traces, batch.Spans, blocks, Remark(meta, traces, spans));
        }
        catch (AlreadyImportedException)
        {
            return new TempoBlockReport(tenant, block, TempoBlockOutcome.AlreadyThere, 0, 0, 0, "another process imported it meanwhile");
        }
    }

    private static string Remark(TempoMeta meta, long traces, TempoSpans spans)
    {
        var remarks = new List<string>();
        if (meta.Traces > 0 && meta.Traces != traces)
        {
            remarks.Add($"its meta.json says {meta.Traces} traces");
        }

        if (spans.Refused > 0)
        {
            remarks.Add($"{spans.Refused} spans without a usable trace or span id were left out");
        }

        if (spans.KeptAsText > 0)
        {
            remarks.Add($"{spans.KeptAsText} values could not be read and are kept as text");
        }

        return string.Join("; ", remarks);
    }
}
