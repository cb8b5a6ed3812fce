using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Storage;
using Clew.Storage.Columns;

namespace Clew.Query.Tests.Support;

/// <summary>A store that only holds sources for reading.</summary>
public sealed class MemoryStore(params ISpanSource[] sources) : ITraceStore
{
    /// <summary>Which tenant the sources belong to; others have none.</summary>
    public TenantId Tenant { get; init; } = TenantId.Single;

    /// <summary>Called when a query has its turn, before it looks at a source.</summary>
    public Action? OnSnapshot { get; init; }

    public IReadOnlyList<TenantId> Tenants => [Tenant];

    public ValueTask<AppendResult> AppendAsync(TraceBatch batch, CancellationToken cancellationToken) => throw new NotSupportedException("this store is for reading");

    public IStoreSnapshot Snapshot(TenantId tenant)
    {
        OnSnapshot?.Invoke();
        return new View(tenant == Tenant ? sources : []);
    }

    private sealed class View(ISpanSource[] sources) : IStoreSnapshot
    {
        public IReadOnlyList<ISpanSource> Sources => sources;

        public void Dispose()
        {
        }
    }
}
