using System.Collections.Immutable;
using Clew.Storage.Deletion;

namespace Clew.Storage.Manifest;

/// <summary>What the entries up to <see cref="Sequence"/> add up to. Immutable.</summary>
internal sealed record ManifestState(
    long Sequence, ImmutableSortedDictionary<string, BlockRecord> Blocks, ulong RetiredThrough, ImmutableSortedDictionary<string, DeletionRecord> Deletions)
{
    public static ManifestState Empty { get; } = new(
        0, ImmutableSortedDictionary.Create<string, BlockRecord>(StringComparer.Ordinal), 0,
        ImmutableSortedDictionary.Create<string, DeletionRecord>(StringComparer.Ordinal));

    public ManifestState Apply(ManifestEntry entry)
    {
        var blocks = entry.Checkpoint is { } checkpoint
            ? checkpoint.ToImmutableSortedDictionary(block => block.Id, block => block, StringComparer.Ordinal)
            : Blocks.RemoveRange(entry.RemoveBlocks).SetItems(entry.AddBlocks.Select(block => KeyValuePair.Create(block.Id, block)));
        // Entries of earlier versions have no deletions; the generated reader leaves null where a property is missing.
        var deletions = entry.CheckpointDeletions is { } all
            ? all.ToImmutableSortedDictionary(record => record.Id, record => record, StringComparer.Ordinal)
            : Deletions.RemoveRange(entry.RemoveDeletions ?? []).SetItems((entry.Deletions ?? []).Select(record => KeyValuePair.Create(record.Id, record)));
        return new ManifestState(entry.Sequence, blocks, Math.Max(RetiredThrough, entry.RetireThrough), deletions);
    }
}

/// <summary>A change that somebody wants to commit.</summary>
internal sealed record ManifestChange
{
    public IReadOnlyList<BlockRecord> AddBlocks { get; init; } = [];

    public IReadOnlyList<string> RemoveBlocks { get; init; } = [];

    public IReadOnlyList<DeletionRecord> Deletions { get; init; } = [];

    public IReadOnlyList<string> RemoveDeletions { get; init; } = [];

    public ulong RetireThrough { get; init; }
}
