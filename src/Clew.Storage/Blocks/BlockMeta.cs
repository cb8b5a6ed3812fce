using System.Text.Json;
using System.Text.Json.Serialization;
using Clew.Model;
using Clew.Storage.Columns;
using Clew.Storage.Rollups;

namespace Clew.Storage.Blocks;

/// <summary>One file of a block: enough to notice that it is short, and to verify it whole.</summary>
public sealed record BlockFile
{
    public required string Name { get; init; }

    public required long Bytes { get; init; }

    /// <summary>CRC-32C of the whole file. Opening a block does not read it; verifying does.</summary>
    public required uint Crc32C { get; init; }
}

/// <summary>An attribute column of a block: what it is, and what it is called in the Parquet file.</summary>
public sealed record BlockColumn
{
    /// <summary>In the Parquet schema.</summary>
    public required string Column { get; init; }

    public required string Key { get; init; }

    [JsonConverter(typeof(JsonStringEnumConverter<AttributeType>))]
    public required AttributeType Type { get; init; }

    /// <summary>Rows with a value.</summary>
    public required long Values { get; init; }
}

/// <summary>The attributes of one scope of a block.</summary>
public sealed record BlockAttributes
{
    public IReadOnlyList<BlockColumn> Columns { get; init; } = [];

    /// <summary>Keys that have a value in the overflow.</summary>
    public IReadOnlyList<string> OverflowKeys { get; init; } = [];

    /// <summary>False when there are more overflow keys than are listed: then any key may have values there.</summary>
    public bool OverflowKeysComplete { get; init; } = true;

    /// <summary>False when no value of the key can be in the overflow.</summary>
    public bool MayOverflow(string key)
    {
        if (!OverflowKeysComplete)
        {
            return true;
        }

        foreach (var listed in OverflowKeys)
        {
            if (listed == key)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>The catalogue of a block's roll-ups.</summary>
public sealed record BlockRollups
{
    /// <summary>Of the table of latency buckets and of the rules by which spans make calls.</summary>
    public const int CurrentVersion = 1;

    public required int Version { get; init; }

    /// <summary>First and last minute since the epoch, both included.</summary>
    public required long FirstMinute { get; init; }

    public required long LastMinute { get; init; }

    public required int SpanSeries { get; init; }

    public required int EdgeSeries { get; init; }
}

/// <summary>The content of <c>meta.json</c> (<c>docs/formats/block.md</c>). It is written last: a block without it does not exist.</summary>
public sealed record BlockMeta
{
    public required int Version { get; init; }

    public required string Tenant { get; init; }

    public required long CreatedUnixNano { get; init; }

    /// <summary>Earliest span start and latest span end, Unix nanoseconds.</summary>
    public required long MinStartUnixNano { get; init; }

    public required long MaxEndUnixNano { get; init; }

    public required int SpanCount { get; init; }

    public required int TraceCount { get; init; }

    public required int ErrorCount { get; init; }

    public required int ResourceCount { get; init; }

    public required int ScopeCount { get; init; }

    /// <summary>Spans left out because the block has one with the same trace, span id and kind.</summary>
    public required long DuplicateSpans { get; init; }

    public required IReadOnlyList<BlockFile> Files { get; init; }

    public required BlockAttributes Spans { get; init; }

    public required BlockAttributes Resources { get; init; }

    public required BlockAttributes Scopes { get; init; }

    /// <summary>Keys that attributes of events have; null when there are too many to list, and in blocks that were written before they were listed.</summary>
    public IReadOnlyList<string>? EventKeys { get; init; }

    /// <summary>The same of links.</summary>
    public IReadOnlyList<string>? LinkKeys { get; init; }

    /// <summary>Ids of the blocks whose spans this one holds instead.</summary>
    public IReadOnlyList<string> Replaces { get; init; } = [];

    /// <summary>
    /// Ids of traces that have parts in blocks which were live when this one was committed. Null in a block whose committer did not look, or
    /// found more than can be listed: then any trace may.
    /// </summary>
    public IReadOnlyList<string>? Overlaps { get; init; }

    /// <summary>What is in rollups.parquet; null in a block that has none.</summary>
    public BlockRollups? Rollups { get; init; }

    /// <summary>Bytes of all files but meta.json.</summary>
    [JsonIgnore]
    public long SizeBytes
    {
        get
        {
            var total = 0L;
            foreach (var file in Files)
            {
                total += file.Bytes;
            }

            return total;
        }
    }

    [JsonIgnore]
    public TimeRange Range => new(MinStartUnixNano, MaxEndUnixNano);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, BlockMetaJson.Default.BlockMeta);

    /// <exception cref="BlockCorruptException">Not the meta.json of a version that this program reads.</exception>
    public static BlockMeta Parse(string file, ReadOnlySpan<byte> json)
    {
        try
        {
            var meta = JsonSerializer.Deserialize(json, BlockMetaJson.Default.BlockMeta);
            if (meta is not { Version: BlockFormat.Version })
            {
                throw new BlockCorruptException(file, 0, $"block format version {meta?.Version}; this program reads version {BlockFormat.Version}");
            }

            meta.Check(file);
            return meta;
        }
        catch (JsonException fault)
        {
            throw new BlockCorruptException(file, fault.BytePositionInLine ?? 0, $"not a readable meta.json: {fault.Message}", fault);
        }
    }

    private void Check(string file)
    {
        if (SpanCount < 0 || TraceCount < 0 || TraceCount > SpanCount || ResourceCount < 0 || ScopeCount < 0 || MinStartUnixNano < 0
            || Files is null || Spans?.Columns is null || Resources?.Columns is null || Scopes?.Columns is null
            || Spans.OverflowKeys is null || Resources.OverflowKeys is null || Scopes.OverflowKeys is null)
        {
            throw new BlockCorruptException(file, 0, $"{SpanCount} spans, {TraceCount} traces from {MinStartUnixNano}, or a missing part, cannot be");
        }

        foreach (var column in (IEnumerable<BlockColumn?>)[.. Spans.Columns, .. Resources.Columns, .. Scopes.Columns])
        {
            if (column is not { Column: not null, Key: not null })
            {
                throw new BlockCorruptException(file, 0, "an entry of 'columns' has no column name or key");
            }
        }

        foreach (var part in Files)
        {
            if (part is not { Name: not null, Bytes: >= 0 })
            {
                throw new BlockCorruptException(file, 0, "an entry of 'files' has no name or a negative size");
            }
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(BlockMeta))]
internal sealed partial class BlockMetaJson : JsonSerializerContext;
