using System.CommandLine;
using System.Diagnostics.Metrics;
using Clew.Model;
using Clew.Server.Configuration;
using Clew.Server.Hosting;
using Clew.Storage;
using Clew.Storage.Backends;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Server.Commands;

/// <summary>The store that the configuration names, opened by a command rather than by a server.</summary>
internal sealed class StorageAccess : IDisposable
{
    private readonly ServiceProvider _services;
    private readonly BucketStore? _bucket;
    private readonly DataFolderLock? _lock;

    private StorageAccess(ClewConfig config, IObjectStore objects, BucketStore? bucket, DataFolderLock? folderLock, ServiceProvider services)
    {
        Config = config;
        Objects = objects;
        _bucket = bucket;
        _lock = folderLock;
        _services = services;
    }

    public ClewConfig Config { get; }

    /// <summary>Manifests and blocks.</summary>
    public IObjectStore Objects { get; }

    /// <summary>The bucket behind <see cref="Objects"/>; null when they are files.</summary>
    public IObjectStore? Bucket => _bucket?.Objects;

    public IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    /// <summary>For people: where the store is.</summary>
    public string Name => _bucket?.Remote.Name ?? $"folder '{Config.Storage.Path}'";

    /// <summary>
    /// Runs a command over the store; what goes wrong is told in a sentence and becomes the exit code.
    /// </summary>
    /// <param name="request">What the configuration is.</param>
    /// <param name="writes">Takes the data folder's lock, so that no server writes at the same time, and makes the folder when it is missing.</param>
    /// <param name="console">Where to speak.</param>
    /// <param name="command">Answers the exit code.</param>
    public static async Task<int> RunAsync(ConfigRequest request, bool writes, InvocationConfiguration console, Func<StorageAccess, Task<int>> command)
    {
        if (await ServeCommand.LoadAsync(request, ProcessEnvironment.Instance, console.Error).ConfigureAwait(false) is not { Config: { } config })
        {
            return ExitCode.ConfigurationError;
        }

        try
        {
            using var access = Open(config, writes);
            return await command(access).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            await console.Error.WriteLineAsync($"clew: {fault.Message}").ConfigureAwait(false);
            return ExitCode.RuntimeFailure;
        }
    }

    public void Dispose()
    {
        _bucket?.Dispose();
        _lock?.Dispose();
        _services.Dispose();
    }

    private static StorageAccess Open(ClewConfig config, bool writes)
    {
        var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        if (BucketStore.Open(config.Storage, cacheFolder: null, TimeProvider.System, services.GetRequiredService<IMeterFactory>(), NullLoggerFactory.Instance) is { } bucket)
        {
            return new StorageAccess(config, bucket.Objects, bucket, null, services);
        }

        var folder = config.Storage.Path ?? throw new IOException($"storage.path is '{StorageConfig.NoPath}': there is no store; name its folder with --data");
        var store = Path.Combine(folder, "store");
        if (!writes && !Directory.Exists(store))
        {
            throw new DirectoryNotFoundException($"there is no store in folder '{folder}'; name the data folder with --data, or the configuration that names its bucket with --config");
        }

        var folderLock = writes ? DataFolderLock.Take(folder) : null;
        return new StorageAccess(config, new LocalObjectStore(store), null, folderLock, services);
    }
}
