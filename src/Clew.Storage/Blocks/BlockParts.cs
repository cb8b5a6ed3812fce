using Clew.Model;
using Clew.Storage.Backends;
using Clew.Storage.Blocks.Building;
using Clew.Storage.Rollups;

namespace Clew.Storage.Blocks;

/// <summary>
/// What a block consists of while it is made, by whoever makes it: the builder from spans, the merger from other blocks. Knows how the
/// files follow each other, meta.json last.
/// </summary>
internal sealed class BlockParts : IDisposable
{
    private readonly TenantId _tenant;
    private readonly BlockBuilderOptions _options;
    private long _minStart = long.MaxValue;
    private long _maxEnd;
    private int _errors;

    public BlockParts(TenantId tenant, BlockBuilderOptions options)
    {
        _tenant = tenant;
        _options = options;
        SpanKeys = new AttributeKeys(options.MaxTrackedKeys);
        EventKeys = new AttributeKeys(options.MaxTrackedKeys);
        LinkKeys = new AttributeKeys(options.MaxTrackedKeys);
        File = new SpansFile(new ScratchStream(options.ScratchFolder), Traces, options.MaxAttributeColumns);
    }

    public AttributeKeys SpanKeys { get; }

    /// <summary>Of attributes of events: only noted, for meta.json. So are those of links.</summary>
    public AttributeKeys EventKeys { get; }

    public AttributeKeys LinkKeys { get; }

    public ContextTable Resources { get; } = new(isScope: false);

    public ContextTable Scopes { get; } = new(isScope: true);

    public TraceRows Traces { get; } = new();

    public SpansFile File { get; }

    public int SpanCount { get; set; }

    public long DuplicateSpans { get; set; }

    /// <summary>What was counted of exactly these spans.</summary>
    public RollupTable Rollups { get; set; } = new();

    /// <summary>Writes the roll-ups instead, where they are no table in memory; answers their catalogue.</summary>
    public Func<ScratchStream, CancellationToken, ValueTask<BlockRollups?>>? WriteRollups { get; set; }

    public long AllocatedBytes => Traces.AllocatedBytes + Resources.AllocatedBytes + Scopes.AllocatedBytes + File.File.Stream.AllocatedBytes;

    /// <summary>Takes a trace, or a part of one, into the totals of the block.</summary>
    public void Count(in TraceRecord record)
    {
        _minStart = Math.Min(_minStart, record.Start);
        _maxEnd = Math.Max(_maxEnd, record.End);
        _errors += record.ErrorCount;
    }

    /// <summary>Writes the files under a prefix; until meta.json is there, there is no block.</summary>
    public async ValueTask<BlockMeta> WriteAsync(
        IObjectStore store, string prefix, long createdUnixNano, IReadOnlyList<string>? replaces, CancellationToken cancellationToken)
    {
        File.File.Finish();
        var files = new List<BlockFile>();
        await PutAsync(store, prefix, BlockFormat.SpansFile, File.File.Stream, files, cancellationToken).ConfigureAwait(false);

        var (resourceKeys, scopeKeys) = (new AttributeKeys(_options.MaxTrackedKeys), new AttributeKeys(_options.MaxTrackedKeys));
        ColumnCatalogue resources, scopes;
        using (var stream = new ScratchStream(_options.ScratchFolder))
        {
            resources = Resources.Write(stream, resourceKeys, _options);
            await PutAsync(store, prefix, BlockFormat.ResourcesFile, stream, files, cancellationToken).ConfigureAwait(false);
        }

        using (var stream = new ScratchStream(_options.ScratchFolder))
        {
            scopes = Scopes.Write(stream, scopeKeys, _options);
            await PutAsync(store, prefix, BlockFormat.ScopesFile, stream, files, cancellationToken).ConfigureAwait(false);
        }

        using (var stream = new ScratchStream(_options.ScratchFolder))
        {
            TracesFile.Write(stream, Traces, _options.RowGroupRows);
            await PutAsync(store, prefix, BlockFormat.TracesFile, stream, files, cancellationToken).ConfigureAwait(false);
        }

        using (var stream = new ScratchStream(_options.ScratchFolder))
        {
            TraceIndexWriter.Write(stream, Traces);
            await PutAsync(store, prefix, BlockFormat.TraceIndexFile, stream, files, cancellationToken).ConfigureAwait(false);
        }

        BlockRollups? rollups;
        using (var stream = new ScratchStream(_options.ScratchFolder))
        {
            rollups = WriteRollups is null ? RollupsWriter.Write(stream, Rollups) : await WriteRollups(stream, cancellationToken).ConfigureAwait(false);
            await PutAsync(store, prefix, RollupColumns.File, stream, files, cancellationToken).ConfigureAwait(false);
        }

        var meta = new BlockMeta
        {
            Version = BlockFormat.Version,
            Tenant = _tenant.Value,
            CreatedUnixNano = createdUnixNano,
            MinStartUnixNano = _minStart,
            MaxEndUnixNano = _maxEnd,
            SpanCount = SpanCount,
            TraceCount = Traces.Count,
            ErrorCount = _errors,
            ResourceCount = Resources.Count,
            ScopeCount = Scopes.Count,
            DuplicateSpans = DuplicateSpans,
            Files = files,
            Spans = Describe(File.Catalogue, SpanKeys),
            Resources = Describe(resources, resourceKeys),
            Scopes = Describe(scopes, scopeKeys),
            EventKeys = Names(EventKeys),
            LinkKeys = Names(LinkKeys),
            Replaces = replaces ?? [],
            Overlaps = [],
            Rollups = rollups,
        };
        await store.PutAsync(prefix + BlockFormat.MetaFile, new MemoryStream(meta.ToJson()), cancellationToken).ConfigureAwait(false);
        return meta;
    }

    public void Dispose() => File.Dispose();

    private BlockAttributes Describe(ColumnCatalogue catalogue, AttributeKeys keys)
    {
        var overflow = new List<string>();
        var isComplete = !keys.IsFull;
        foreach (var key in keys.All)
        {
            if (key.InOverflow)
            {
                if (overflow.Count == _options.MaxOverflowKeys)
                {
                    isComplete = false;
                    break;
                }

                overflow.Add(key.Name);
            }
        }

        return new BlockAttributes
        {
            Columns = [.. catalogue.Columns.Select(column => new BlockColumn { Column = column.Name, Key = column.Key.Name, Type = column.Type, Values = column.ValueCount })],
            OverflowKeys = overflow,
            OverflowKeysComplete = isComplete,
        };
    }

    private string[]? Names(AttributeKeys keys) =>
        keys.IsFull || keys.All.Count > _options.MaxOverflowKeys ? null : [.. keys.All.Select(static key => key.Name)];

    private static async ValueTask PutAsync(
        IObjectStore store, string prefix, string name, ScratchStream stream, List<BlockFile> files, CancellationToken cancellationToken)
    {
        files.Add(new BlockFile { Name = name, Bytes = stream.Length, Crc32C = stream.Checksum });
        stream.Rewind();
        await store.PutAsync(prefix + name, stream, cancellationToken).ConfigureAwait(false);
    }
}
