using System.Text.Json.Serialization;
using Clew.Storage.Deletion;

namespace Clew.Storage.Manifest;

/// <summary>A live block, as the manifest lists it: enough to decide whether a query or retention needs it without opening it.</summary>
public sealed record BlockRecord
{
    /// <summary>The block's folder under <c>blocks/</c>.</summary>
    public required string Id { get; init; }

    public required long SpanCount { get; init; }

    public required long TraceCount { get; init; }

    public required long SizeBytes { get; init; }

    /// <summary>Earliest span start and latest span end, Unix nanoseconds.</summary>
    public required long MinStartUnixNano { get; init; }

    public required long MaxEndUnixNano { get; init; }

    /// <summary>Arrival of the newest span: retention counts from here.</summary>
    public required long MaxArrivalUnixNano { get; init; }

    /// <summary>Arrival of the oldest span; zero in entries that do not say.</summary>
    public long MinArrivalUnixNano { get; init; }

    /// <summary>Names the retention rules by which the block was sampled; null when it was not.</summary>
    public string? SampledBy { get; init; }

    /// <summary>Arrival of the oldest span as far as it is known.</summary>
    [JsonIgnore]
    public long FirstArrival => MinArrivalUnixNano == 0 ? MaxArrivalUnixNano : MinArrivalUnixNano;
}

/// <summary>Roll-ups that are kept when the spans of their block have expired.</summary>
public sealed record RollupRecord
{
    /// <summary>The block's; the object is <c>rollups/&lt;id&gt;.parquet</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Minutes since the epoch, both included.</summary>
    public required long FirstMinute { get; init; }

    public required long LastMinute { get; init; }

    /// <summary>As the block had it: retention of roll-ups counts from here.</summary>
    public required long MaxArrivalUnixNano { get; init; }

    public required long SizeBytes { get; init; }
}

/// <summary>
/// One numbered step of a tenant's manifest (<c>docs/formats/manifest.md</c>). Applied in order, the steps give the live blocks and the
/// log generations whose spans are in them.
/// </summary>
internal sealed record ManifestEntry
{
    public const int CurrentVersion = 1;

    public required int Version { get; init; }

    public required long Sequence { get; init; }

    /// <summary>Tells the writer of this entry, after a time-out or a lost race, whether it was the one who wrote it.</summary>
    public required string Nonce { get; init; }

    public IReadOnlyList<BlockRecord> AddBlocks { get; init; } = [];

    public IReadOnlyList<string> RemoveBlocks { get; init; } = [];

    /// <summary>Roll-ups that stay though their block goes.</summary>
    public IReadOnlyList<RollupRecord> AddRollups { get; init; } = [];

    public IReadOnlyList<string> RemoveRollups { get; init; } = [];

    /// <summary>Deletions that are new or have changed.</summary>
    public IReadOnlyList<DeletionRecord> Deletions { get; init; } = [];

    public IReadOnlyList<string> RemoveDeletions { get; init; } = [];

    /// <summary>Generations of one log (<see cref="RetiredLogs"/>) up to and including this one are in blocks; zero for none.</summary>
    public ulong RetireThrough { get; init; }

    /// <summary>Foreign blocks whose spans this entry's blocks hold, by a name that says where they are from: an import is not done twice.</summary>
    public IReadOnlyList<string> Imported { get; init; } = [];

    /// <summary>With <see cref="Checkpoint"/>: everything imported so far.</summary>
    public IReadOnlyList<string>? ImportedSoFar { get; init; }

    /// <summary>The state after this entry: present on every <see cref="ManifestLog.CheckpointEvery"/>th, so that a start reads few entries.</summary>
    public IReadOnlyList<BlockRecord>? Checkpoint { get; init; }

    /// <summary>Beside <see cref="Checkpoint"/>: <see cref="RetireThrough"/> of every log.</summary>
    public IReadOnlyList<ulong>? CheckpointRetired { get; init; }

    /// <summary>Beside <see cref="Checkpoint"/>: every deletion that is remembered.</summary>
    public IReadOnlyList<DeletionRecord>? CheckpointDeletions { get; init; }

    /// <summary>Beside <see cref="Checkpoint"/>: all roll-ups that are kept without their block.</summary>
    public IReadOnlyList<RollupRecord>? CheckpointRollups { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ManifestEntry))]
internal sealed partial class ManifestJson : JsonSerializerContext;
