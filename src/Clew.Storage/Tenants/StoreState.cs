using System.Collections.Immutable;
using Clew.Model;
using Clew.Storage.Columns;
using Clew.Storage.Deletion;
using Clew.Storage.Head;
using Clew.Storage.Rollups;

namespace Clew.Storage.Tenants;

/// <summary>
/// What a tenant's queries see: head segments, oldest first, and blocks. Immutable and swapped whole, so that a cut moves spans from
/// head to block in one step.
/// </summary>
internal sealed record StoreState(ImmutableArray<HeadSegment> Heads, ImmutableArray<BlockHandle> Blocks)
{
    /// <summary>Traces that no snapshot shows; null for none.</summary>
    public DeletedTraces? Deleted { get; init; }

    /// <summary>Roll-ups of blocks that have expired.</summary>
    public ImmutableArray<KeptRollups> KeptRollups { get; init; } = [];

    private IReadOnlySet<TraceId>? _split;
    private bool _splitKnown;

    public static StoreState Empty { get; } = new([], []);

    /// <summary>See <see cref="IStoreSnapshot.SplitTraces"/>; put together when it is first asked for.</summary>
    public IReadOnlySet<TraceId>? SplitTraces
    {
        get
        {
            if (!Volatile.Read(ref _splitKnown))
            {
                _split = Blocks.Length <= 1 ? new HashSet<TraceId>() : Union();
                Volatile.Write(ref _splitKnown, true);
            }

            return _split;
        }
    }

    // A copy of this record has other blocks, so it starts without what was put together.
    private StoreState(StoreState original)
    {
        Heads = original.Heads;
        Blocks = original.Blocks;
        Deleted = original.Deleted;
        KeptRollups = original.KeptRollups;
    }

    private HashSet<TraceId>? Union()
    {
        var split = new HashSet<TraceId>();
        foreach (var block in Blocks)
        {
            if (block.Overlaps is not { } overlaps)
            {
                return null;
            }

            split.UnionWith(overlaps);
        }

        return split;
    }
}

/// <summary>Holds every head segment and block of one moment until disposed.</summary>
internal sealed class StoreSnapshot : IStoreSnapshot
{
    private readonly StoreState _state;
    private readonly Action<Exception>? _report;
    private int _disposed;

    /// <summary>Takes over references that the caller has already retained.</summary>
    public StoreSnapshot(StoreState retained, Action<Exception>? report = null)
    {
        (_state, _report) = (retained, report);
        var sources = new List<ISpanSource>(retained.Blocks.Length + retained.Heads.Length);
        foreach (var block in retained.Blocks)
        {
            if (block.Visible(retained.Deleted) is { } visible)
            {
                sources.Add(visible);
            }
        }

        foreach (var head in retained.Heads)
        {
            if (head.PublishedRows > 0)
            {
                sources.Add(head.Visible());
            }
        }

        Sources = sources;
    }

    public IReadOnlyList<ISpanSource> Sources { get; }

    public IReadOnlySet<TraceId>? SplitTraces => _state.SplitTraces;

    public IReadOnlyList<IKeptRollups> KeptRollups => _state.KeptRollups;

    public void Report(Exception fault) => _report?.Invoke(fault);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            foreach (var head in _state.Heads)
            {
                head.Release();
            }

            foreach (var block in _state.Blocks)
            {
                block.Release();
            }
        }
    }
}
