using Amazon.S3;
using Azure.Storage;
using Azure.Storage.Blobs;
using Clew.Buckets.Azure;
using Clew.Buckets.S3;
using Clew.Buckets.Tests.Support;
using Clew.Storage.Backends;
using Clew.Storage.Backends.Remote;
using Clew.Storage.Tests.Support;

namespace Clew.Buckets.Tests.Conformance;

public sealed class LocalConformanceTests : ObjectStoreConformance
{
    private readonly TempFolder _folder = new();
    private readonly LocalObjectStore _store;

    public LocalConformanceTests() => _store = new LocalObjectStore(_folder.Path);

    public override IObjectStore Store => _store;

    public override ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return base.DisposeAsync();
    }
}

public sealed class RemoteConformanceTests : ObjectStoreConformance
{
    private readonly MemoryClient _client = new();

    public RemoteConformanceTests() => Store = Remotes.Over(_client, Remotes.Options with { Prefix = "some/prefix" });

    public override IObjectStore Store { get; }
}

/// <summary>A service that fails every third call, before or after it did what was asked: retries must make that invisible.</summary>
public sealed class FailingServiceConformanceTests : ObjectStoreConformance
{
    private readonly MemoryClient _client = new();
    private readonly Random _random = new(20_261);

    public FailingServiceConformanceTests()
    {
        _client.Before = (verb, _, token) =>
        {
            token.ThrowIfCancellationRequested();
            return Hit() ? throw Fault(verb) : Task.CompletedTask;
        };
        _client.After = (verb, _) => Hit() ? throw Fault(verb) : Task.CompletedTask;
        Store = Remotes.Over(_client, Remotes.Options with { MaxAttempts = 60 });
    }

    public override IObjectStore Store { get; }

    private bool Hit()
    {
        lock (_random)
        {
            return _random.Next(6) == 0;
        }
    }

    private static ObjectStoreException Fault(string verb) => new(ObjectStoreFault.Unreachable, $"injected at {verb} (seed 20261)");
}

/// <summary>The faulty store of the scenarios, without faults, is a store like any other; late listings apart.</summary>
public sealed class FaultyWrapperConformanceTests : ObjectStoreConformance
{
    public override IObjectStore Store { get; } = new FaultyObjects(new CheckedObjects(), 7, new Faults { MaxYields = 3 });

    /// <summary>Memory with the key rule and the cancellation of real stores.</summary>
    private sealed class CheckedObjects : IObjectStore
    {
        private readonly RemoteObjectStore _inner = Remotes.Over(new MemoryClient());

        public ValueTask PutAsync(string key, Stream content, CancellationToken cancellationToken) => _inner.PutAsync(key, content, cancellationToken);

        public ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => _inner.PutIfAbsentAsync(key, content, cancellationToken);

        public ValueTask<int> ReadRangeAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken) => _inner.ReadRangeAsync(key, offset, destination, cancellationToken);

        public ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken) => _inner.GetAsync(key, cancellationToken);

        public ValueTask<long?> SizeAsync(string key, CancellationToken cancellationToken) => _inner.SizeAsync(key, cancellationToken);

        public IAsyncEnumerable<string> ListAsync(string prefix, CancellationToken cancellationToken) => _inner.ListAsync(prefix, cancellationToken);

        public ValueTask DeleteAsync(string key, CancellationToken cancellationToken) => _inner.DeleteAsync(key, cancellationToken);
    }
}

[Trait("area", "storage")]
public sealed class S3ConformanceTests(CephGateway gateway) : ObjectStoreConformance, IClassFixture<CephGateway>
{
    private RemoteObjectStore? _store;

    public override IObjectStore Store => _store!;

    public override async ValueTask InitializeAsync() => _store = await gateway.StoreAsync();

    public override ValueTask DisposeAsync()
    {
        _store?.Dispose();
        return base.DisposeAsync();
    }
}

[Trait("area", "storage")]
public sealed class AzureConformanceTests(Azurite azurite) : ObjectStoreConformance, IClassFixture<Azurite>
{
    private RemoteObjectStore? _store;

    public override IObjectStore Store => _store!;

    public override async ValueTask InitializeAsync() => _store = await azurite.StoreAsync();

    public override ValueTask DisposeAsync()
    {
        _store?.Dispose();
        return base.DisposeAsync();
    }
}
