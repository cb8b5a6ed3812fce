using Clew.Model;

namespace Clew.Storage.Deletion;

/// <summary>Which traces to delete: by id, or those that match a TraceQL query now, within times if given.</summary>
public sealed record DeletionRequest
{
    public IReadOnlyList<TraceId> Traces { get; init; } = [];

    public string? Query { get; init; }

    /// <summary>The query that gave <see cref="Traces"/>, for the receipt, when the one who asks has run it.</summary>
    public string? ChosenBy { get; init; }

    /// <summary>Traces that overlap these times, nanoseconds since the epoch; for <see cref="Query"/>.</summary>
    public long StartUnixNano { get; init; }

    public long EndUnixNano { get; init; } = long.MaxValue;
}

/// <summary>How far a deletion is.</summary>
public enum DeletionState
{
    /// <summary>The traces are invisible everywhere; their bytes are still in blocks or in the log.</summary>
    Pending,

    /// <summary>No block and no log file that is in use has their bytes any more.</summary>
    Done,
}

/// <summary>What the one who asked for a deletion gets, at once and whenever asked again.</summary>
public sealed record DeletionReceipt(string Id, DeletionState State, int Traces, string? Query, DateTimeOffset Created, DateTimeOffset? Completed);

/// <summary>A deletion that cannot be: the sentence says why and what to do.</summary>
public sealed class DeletionRefusedException(string message) : Exception(message);

/// <summary>Deletes traces for good.</summary>
public interface ITraceDeletion
{
    /// <summary>
    /// When this returns, the traces are in no answer any more, and that survives a crash. Late spans of them are taken and dropped as long
    /// as the deletion is remembered.
    /// </summary>
    /// <exception cref="DeletionRefusedException">Too many traces, no query language at hand, a query that is none.</exception>
    ValueTask<DeletionReceipt> DeleteAsync(TenantId tenant, DeletionRequest request, CancellationToken cancellationToken);

    /// <summary>Null when there is no such deletion, or when it is so long ago that it is forgotten.</summary>
    DeletionReceipt? Find(TenantId tenant, string id);

    /// <summary>The newest first.</summary>
    IReadOnlyList<DeletionReceipt> List(TenantId tenant);
}
