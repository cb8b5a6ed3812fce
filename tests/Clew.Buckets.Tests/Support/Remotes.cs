using System.Diagnostics.Metrics;
using Clew.Storage.Backends.Remote;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Buckets.Tests.Support;

/// <summary>Remote stores with a test's patience.</summary>
internal static class Remotes
{
    public static IMeterFactory Meters { get; } = new MeterSource();

    public static RemoteMetrics Metrics { get; } = new(Meters);

    /// <summary>Tries again without a pause worth the name.</summary>
    public static RemoteStoreOptions Options { get; } = new()
    {
        BackoffInitial = TimeSpan.FromMilliseconds(1), BackoffMax = TimeSpan.FromMilliseconds(2), HedgeAfter = TimeSpan.Zero, PartBytes = RemoteStoreOptions.MinPartBytes, Seed = 1,
    };

    public static RemoteObjectStore Over(IObjectClient client, RemoteStoreOptions? options = null, ILogger? logger = null, TimeProvider? clock = null) =>
        new(client, options ?? Options, clock ?? TimeProvider.System, Metrics, logger ?? NullLogger.Instance);

    private sealed class MeterSource : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}
