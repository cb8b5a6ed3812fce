using System.Collections.Immutable;

namespace Clew.Storage.Manifest;

/// <summary>What the entries up to <see cref="Sequence"/> add up to. Immutable.</summary>
internal sealed record ManifestState(long Sequence, ImmutableSortedDictionary<string, BlockRecord> Blocks, ulong RetiredThrough)
{
    public static ManifestState Empty { get; } = new(0, ImmutableSortedDictionary.Create<string, BlockRecord>(StringComparer.Ordinal), 0);

    public ManifestState Apply(ManifestEntry entry)
    {
        var blocks = entry.Checkpoint is { } checkpoint
            ? checkpoint.ToImmutableSortedDictionary(block => block.Id, block => block, StringComparer.Ordinal)
            : Blocks.RemoveRange(entry.RemoveBlocks).SetItems(entry.AddBlocks.Select(block => KeyValuePair.Create(block.Id, block)));
        return new ManifestState(entry.Sequence, blocks, Math.Max(RetiredThrough, entry.RetireThrough));
    }
}

/// <summary>A change that somebody wants to commit.</summary>
internal sealed record ManifestChange
{
    public IReadOnlyList<BlockRecord> AddBlocks { get; init; } = [];

    public IReadOnlyList<string> RemoveBlocks { get; init; } = [];

    public ulong RetireThrough { get; init; }
}
