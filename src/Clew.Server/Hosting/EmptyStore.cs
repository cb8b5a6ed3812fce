using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Storage;
using Clew.Storage.Columns;

namespace Clew.Server.Hosting;

/// <summary>The store of a process without a data folder: a collector. It takes nothing and has nothing.</summary>
internal sealed class EmptyStore : ITraceStore
{
    public IReadOnlyList<TenantId> Tenants => [];

    public ValueTask<AppendResult> AppendAsync(TraceBatch batch, CancellationToken cancellationToken) =>
        new(new AppendResult(AppendStatus.Unavailable, "this process has no data folder (--data none)"));

    public IStoreSnapshot Snapshot(TenantId tenant) => new Nothing();

    private sealed class Nothing : IStoreSnapshot
    {
        public IReadOnlyList<ISpanSource> Sources => [];

        public void Dispose()
        {
        }
    }
}
