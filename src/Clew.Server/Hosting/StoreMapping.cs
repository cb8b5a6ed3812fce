using Clew.Query;
using Clew.Server.Configuration;
using Clew.Storage;
using Clew.Storage.Compaction;

namespace Clew.Server.Hosting;

/// <summary>From the configuration to the options of store and queries.</summary>
internal static class StoreMapping
{
    public static StoreOptions Options(ClewConfig config, string path) => new()
    {
        Path = path,
        WalSegmentBytes = config.Storage.Wal.SegmentBytes.Bytes,
        WalQueueBytes = config.Storage.Wal.QueueBytes.Bytes,
        HeadMemoryBytes = config.Storage.Head.MemoryBytes.Bytes,
        TraceIdle = config.Storage.Head.TraceIdle,
        TraceMaxAge = config.Storage.Head.TraceMaxAge,
        BlockMinInterval = config.Storage.Block.MinInterval,
        BlockMaxSpans = config.Storage.Block.MaxSpans,
        Retention = config.Retention.Default,
        RollupRetention = config.Retention.Rollups,
        RetentionOf = tenant => (config.Tenants.Overrides.TryGetValue(tenant.Value, out var limits) ? limits.Retention : null) ?? config.Tenants.Defaults.Retention,
        Rules = [.. config.Retention.Rules.Select(static rule => new Clew.Storage.Retention.RetentionRule(rule.Match, rule.Keep, rule.Sample))],
        DeletionMemory = config.Retention.DeletionMemory,
        Compaction = new CompactionOptions { CpuShare = config.Storage.Compaction.CpuShare, MaxSpans = config.Storage.Compaction.MaxSpans, Window = config.Storage.Compaction.Window },
    };

    public static QueryLimits Limits(ClewConfig config) => new()
    {
        Timeout = config.Query.Timeout,
        MaxBytes = config.Query.MaxBytes.Bytes,
        MaxRequests = config.Query.MaxRequests,
        MaxConcurrent = config.Query.MaxConcurrent,
    };
}
