using Microsoft.Extensions.Logging;

namespace Clew.Storage;

/// <summary>The store's log messages. Next id: 2121.</summary>
internal static partial class StoreLog
{
    [LoggerMessage(2100, LogLevel.Information, "Tenant {Tenant}: {Blocks} blocks with {BlockSpans} spans, {LogSpans} spans replayed from the log in {ElapsedMs} ms")]
    public static partial void TenantOpened(this ILogger logger, string tenant, int blocks, long blockSpans, long logSpans, long elapsedMs);

    [LoggerMessage(2101, LogLevel.Warning, "{Reason}")]
    public static partial void ReplayEnded(this ILogger logger, string reason);

    [LoggerMessage(2102, LogLevel.Error, "Log of tenant {Tenant} cannot be written; senders are told to retry")]
    public static partial void AppendFailed(this ILogger logger, Exception fault, string tenant);

    [LoggerMessage(2103, LogLevel.Information, "Block {BlockId} of tenant {Tenant}: {SpanCount} spans, {TraceCount} traces, {SizeBytes} bytes")]
    public static partial void BlockWritten(this ILogger logger, string blockId, string tenant, long spanCount, long traceCount, long sizeBytes);

    [LoggerMessage(2104, LogLevel.Error, "Cutting a block of tenant {Tenant} failed; the spans stay in the log and in memory, next try in {RetrySeconds} s")]
    public static partial void CutFailed(this ILogger logger, Exception fault, string tenant, double retrySeconds);

    [LoggerMessage(2105, LogLevel.Information, "Retention removed {Count} blocks of tenant {Tenant}: older than {Retention}")]
    public static partial void BlocksExpired(this ILogger logger, int count, string tenant, TimeSpan retention);

    [LoggerMessage(2106, LogLevel.Error, "Block {BlockId} of tenant {Tenant} cannot be opened and is left out of every answer until it is repaired")]
    public static partial void BlockNotOpened(this ILogger logger, Exception fault, string blockId, string tenant);

    [LoggerMessage(2107, LogLevel.Critical, "A batch of tenant {Tenant} could not be added to memory; its sender is told to retry")]
    public static partial void PublishFailed(this ILogger logger, Exception fault, string tenant);

    [LoggerMessage(2108, LogLevel.Error, "Maintenance of tenant {Tenant} failed and is tried again")]
    public static partial void MaintenanceFailed(this ILogger logger, Exception fault, string tenant);

    [LoggerMessage(2109, LogLevel.Warning, "Files of block {BlockId} could not be removed; they are no longer part of the store")]
    public static partial void BlockNotRemoved(this ILogger logger, Exception fault, string blockId);

    [LoggerMessage(2110, LogLevel.Error, "Queue of {Name} cannot be written; senders are told to retry")]
    public static partial void QueueNotWritten(this ILogger logger, Exception fault, string name);

    [LoggerMessage(2112, LogLevel.Information, "{Count} blocks of tenant {Tenant} became block {BlockId} with {SpanCount} spans: {Duplicates} second copies dropped, {Joined} traces joined, {Deleted} traces deleted")]
    public static partial void BlocksMerged(this ILogger logger, int count, string tenant, string blockId, long spanCount, long duplicates, int joined, long deleted);

    [LoggerMessage(2113, LogLevel.Error, "Block {BlockId} of tenant {Tenant} is damaged and takes part in no merge until it is repaired; what is readable of it is still served")]
    public static partial void BlockSetAside(this ILogger logger, Exception fault, string blockId, string tenant);

    [LoggerMessage(2114, LogLevel.Information, "{Count} traces of tenant {Tenant} are deleted and invisible from now on (deletion {Id}); their bytes go with the next rewrite")]
    public static partial void TracesDeleted(this ILogger logger, int count, string tenant, string id);

    [LoggerMessage(2115, LogLevel.Information, "Deletion {Id} is done: no block and no log has bytes of its {Count} traces of tenant {Tenant}")]
    public static partial void DeletionDone(this ILogger logger, string id, int count, string tenant);

    [LoggerMessage(2116, LogLevel.Information, "Tenant {Tenant}: entry {Sequence} of the manifest was written by another process; {Added} blocks came, {Removed} went")]
    public static partial void ManifestAdopted(this ILogger logger, string tenant, long sequence, int added, int removed);

    [LoggerMessage(2117, LogLevel.Warning, "The manifest of tenant {Tenant} could not be read; what other processes have committed shows later")]
    public static partial void ManifestNotRead(this ILogger logger, Exception fault, string tenant);

    [LoggerMessage(2118, LogLevel.Critical, "The manifest of tenant {Tenant} is damaged: nothing of the tenant is shown and its spans are refused until it is repaired and the server started again; other tenants are served")]
    public static partial void TenantSetAside(this ILogger logger, Exception fault, string tenant);

    [LoggerMessage(2119, LogLevel.Warning, "The clock jumped by {Jump}; after a jump forwards nothing is dropped for its age for {Grace}")]
    public static partial void ClockJumped(this ILogger logger, TimeSpan jump, TimeSpan grace);

    [LoggerMessage(2120, LogLevel.Warning, "The disk is full: block {BlockId} of tenant {Tenant} expires together with its figures per minute")]
    public static partial void RollupsNotKept(this ILogger logger, Exception fault, string blockId, string tenant);

    [LoggerMessage(2111, LogLevel.Error, "{Damage}")]
    public static partial void LogDamaged(this ILogger logger, string damage);
}
