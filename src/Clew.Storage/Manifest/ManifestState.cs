using System.Collections.Immutable;
using Clew.Storage.Deletion;

namespace Clew.Storage.Manifest;

/// <summary>What the entries up to <see cref="Sequence"/> add up to. Immutable.</summary>
internal sealed record ManifestState(
    long Sequence, ImmutableSortedDictionary<string, BlockRecord> Blocks, RetiredLogs Retired, ImmutableSortedDictionary<string, DeletionRecord> Deletions)
{
    public static ManifestState Empty { get; } = new(
        0, ImmutableSortedDictionary.Create<string, BlockRecord>(StringComparer.Ordinal), RetiredLogs.None,
        ImmutableSortedDictionary.Create<string, DeletionRecord>(StringComparer.Ordinal));

    /// <summary>Foreign blocks whose spans are in here: grows by 60 bytes each, and nothing is ever taken out.</summary>
    public ImmutableSortedSet<string> Imported { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>Roll-ups of blocks whose spans have expired.</summary>
    public ImmutableSortedDictionary<string, RollupRecord> Rollups { get; init; } = ImmutableSortedDictionary.Create<string, RollupRecord>(StringComparer.Ordinal);

    public ManifestState Apply(ManifestEntry entry)
    {
        var blocks = entry.Checkpoint is { } checkpoint
            ? checkpoint.ToImmutableSortedDictionary(block => block.Id, block => block, StringComparer.Ordinal)
            : Blocks.RemoveRange(entry.RemoveBlocks).SetItems(entry.AddBlocks.Select(block => KeyValuePair.Create(block.Id, block)));
        // Entries of earlier versions have no deletions and no imports; the generated reader leaves null where a property is missing.
        var deletions = entry.CheckpointDeletions is { } all
            ? all.ToImmutableSortedDictionary(record => record.Id, record => record, StringComparer.Ordinal)
            : Deletions.RemoveRange(entry.RemoveDeletions ?? []).SetItems((entry.Deletions ?? []).Select(record => KeyValuePair.Create(record.Id, record)));
        var retired = (entry.CheckpointRetired is { } logs ? RetiredLogs.Of(logs) : Retired).With(entry.RetireThrough);
        var imported = entry.ImportedSoFar is { } ledger ? ledger.ToImmutableSortedSet(StringComparer.Ordinal) : Imported.Union(entry.Imported ?? []);
        var rollups = entry.CheckpointRollups is { } kept
            ? kept.ToImmutableSortedDictionary(record => record.Id, record => record, StringComparer.Ordinal)
            : Rollups.RemoveRange(entry.RemoveRollups ?? []).SetItems((entry.AddRollups ?? []).Select(record => KeyValuePair.Create(record.Id, record)));
        return new ManifestState(entry.Sequence, blocks, retired, deletions) { Imported = imported, Rollups = rollups };
    }
}

/// <summary>A change that somebody wants to commit.</summary>
internal sealed record ManifestChange
{
    public IReadOnlyList<BlockRecord> AddBlocks { get; init; } = [];

    public IReadOnlyList<string> RemoveBlocks { get; init; } = [];

    public IReadOnlyList<RollupRecord> AddRollups { get; init; } = [];

    public IReadOnlyList<string> RemoveRollups { get; init; } = [];

    public IReadOnlyList<DeletionRecord> Deletions { get; init; } = [];

    public IReadOnlyList<string> RemoveDeletions { get; init; } = [];

    public ulong RetireThrough { get; init; }

    /// <summary>Names for the ledger of imports. A commit fails when one of them is in it already.</summary>
    public IReadOnlyList<string> Imported { get; init; } = [];
}

/// <summary>Somebody else imported the same foreign block first; nothing was committed.</summary>
public sealed class AlreadyImportedException(string source) : IOException($"'{source}' was imported already");
