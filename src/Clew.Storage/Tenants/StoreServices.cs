using Clew.Model;
using Clew.Storage.Backends;
using Clew.Storage.Wal;
using Microsoft.Extensions.Logging;

namespace Clew.Storage.Tenants;

/// <summary>What every tenant's store is built from; tests replace single parts.</summary>
internal sealed record StoreServices(
    StoreOptions Options, IObjectStore Objects, Func<TenantId, IBlockFactory> Blocks, IWalFileSystem Files, TimeProvider Clock, StoreMetrics Metrics, ILogger Logger);
