using Clew.Model;
using Clew.Parquet;
using Clew.Storage.Backends;
using Clew.Storage.Blocks.Reading;
using Clew.Storage.Columns;
using Clew.Storage.Rollups;

namespace Clew.Storage.Blocks;

/// <summary>
/// An open block. Opening reads meta.json and the footers; columns, dictionaries and pages are read when they are asked for. Immutable,
/// safe for any number of threads; dispose it when nobody reads it any more.
/// </summary>
public sealed class BlockReader : ISpanSource, IDisposable
{
    private static readonly HashSet<string> NoKeys = [];

    private readonly List<IByteSource> _sources;
    private readonly BlockReaderOptions _options;
    private readonly BlockTable _spans;
    private readonly BlockTable _resources;
    private readonly BlockTable _scopes;
    private readonly TraceTable _traces;
    private readonly Func<CancellationToken, ValueTask<IByteSource>>? _openRollups;
    private readonly HashSet<string>? _eventKeys;
    private readonly HashSet<string>? _linkKeys;
    private readonly HashSet<string>?[] _overflowKeys;

    private BlockReader(
        string name, BlockMeta meta, BlockReaderOptions options, List<IByteSource> sources, BlockTable spans, BlockTable resources, BlockTable scopes, TraceTable traces,
        Func<CancellationToken, ValueTask<IByteSource>>? openRollups)
    {
        Name = name;
        Meta = meta;
        _options = options;
        _sources = sources;
        _spans = spans;
        _resources = resources;
        _scopes = scopes;
        _traces = traces;
        OverlappedTraces = Ids(meta.Overlaps);
        _openRollups = openRollups;
        _eventKeys = meta.EventKeys is { } eventKeys ? [.. eventKeys] : null;
        _linkKeys = meta.LinkKeys is { } linkKeys ? [.. linkKeys] : null;
        _overflowKeys = [OverflowKeys(meta.Spans), OverflowKeys(meta.Resources), OverflowKeys(meta.Scopes)];
    }

    /// <summary>The last part of the prefix: the block's id.</summary>
    public string Name { get; }

    public BlockMeta Meta { get; }

    /// <summary>Hears of damage that the block works around: roll-ups that are counted anew.</summary>
    internal Action<Exception>? OnDamage { get; set; }

    public bool IsHead => false;

    public int SpanCount => Meta.SpanCount;

    public long SizeBytes => Meta.SizeBytes;

    public TimeRange Range => Meta.Range;

    public IColumnSource Spans => _spans;

    public IColumnSource Resources => _resources;

    public IColumnSource Scopes => _scopes;

    public ITraceTable Traces => _traces;

    /// <summary>What compaction copies from.</summary>
    internal BlockTable SpanTable => _spans;

    internal BlockTable ResourceTable => _resources;

    internal BlockTable ScopeTable => _scopes;

    internal TraceTable TraceRows => _traces;

    internal ParquetReader TracesFile => _traces.Parquet;

    public IReadOnlyList<TraceId>? OverlappedTraces { get; }

    public IReadOnlySet<string>? UncolumnedKeys(AttributeScope scope) => scope switch
    {
        AttributeScope.Span => _overflowKeys[0],
        AttributeScope.Resource => _overflowKeys[1],
        AttributeScope.Instrumentation => _overflowKeys[2],
        AttributeScope.Event when !_spans.TryColumn(IntrinsicColumns.EventCount, out _) => NoKeys,
        AttributeScope.Link when !_spans.TryColumn(IntrinsicColumns.LinkCount, out _) => NoKeys,
        AttributeScope.Event => _eventKeys,
        AttributeScope.Link => _linkKeys,
        _ => null,
    };

    /// <summary>Opens the block under a prefix (which ends in a slash).</summary>
    /// <exception cref="FileNotFoundException">There is no meta.json: no such block.</exception>
    /// <exception cref="BlockCorruptException">A file is missing, short, damaged, or of another version. Also thrown by every later read.</exception>
    public static async ValueTask<BlockReader> OpenAsync(
        IObjectStore store, string prefix, BlockReaderOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= BlockReaderOptions.Default;
        var metaKey = prefix + BlockFormat.MetaFile;

        // A bucket answers a whole object within its own limit, and asking its size first would be a request more.
        if (store is ILocalObjectStore && await store.SizeAsync(metaKey, cancellationToken).ConfigureAwait(false) is { } metaSize and > BlockFormat.MaxMetaBytes)
        {
            throw new BlockCorruptException(metaKey, 0, $"{metaSize} bytes; the limit is {BlockFormat.MaxMetaBytes}");
        }

        var json = await store.GetAsync(metaKey, cancellationToken).ConfigureAwait(false)
            ?? throw new FileNotFoundException($"there is no block '{prefix}': '{metaKey}' is missing", metaKey);
        var opening = new BlockOpening(store, prefix, BlockMeta.Parse(metaKey, json), options);
        try
        {
            return await opening.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            opening.Close();
            if (fault is ParquetCorruptException parquet)
            {
                throw new BlockCorruptException(parquet.File, parquet.Offset, parquet.What, parquet);
            }

            throw;
        }
    }

    public async ValueTask ReadTracesAsync(IReadOnlyList<int> traces, IStoredSpanSink sink, CancellationToken cancellationToken)
    {
        using var assembler = new SpanAssembler(_spans, _resources, _scopes);
        var windows = new RowWindows(_spans.Parquet, _traces, traces);
        while (windows.Next())
        {
            cancellationToken.ThrowIfCancellationRequested();
            await _spans.PrefetchAllAsync(windows.Rows, cancellationToken).ConfigureAwait(false);
            assembler.Load(windows.Rows);
            for (var row = 0; row < windows.Rows.RowCount; row++)
            {
                windows.TraceOf(row, out var traceIndex, out var traceId);
                assembler.Emit(row, traceId, traceIndex, sink);
            }
        }
    }

    public async ValueTask ReadSpansAsync(int trace, IReadOnlyList<int> places, IStoredSpanSink sink, CancellationToken cancellationToken)
    {
        var (firstRow, rowCount) = _traces.Rows(trace);
        var id = _traces[trace].Id;
        using var assembler = new SpanAssembler(_spans, _resources, _scopes);
        for (var next = 0; next < places.Count && places[next] < rowCount;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var window = RowWindows.WindowFrom(_spans.Parquet, firstRow + places[next], firstRow + rowCount);
            var first = places[next];
            var end = next;
            while (end < places.Count && places[end] < rowCount && places[end] - first < window.RowCount)
            {
                end++;
            }

            // Up to the last row that is wanted.
            window = window with { RowCount = places[end - 1] - first + 1 };
            await _spans.PrefetchAllAsync(window, cancellationToken).ConfigureAwait(false);
            assembler.Load(window);
            for (; next < end; next++)
            {
                assembler.Emit(places[next] - first, id, traceIndex: 0, sink);
            }
        }
    }

    private static List<TraceId>? Ids(IReadOnlyList<string>? texts)
    {
        if (texts is null)
        {
            return null;
        }

        var ids = new List<TraceId>(texts.Count);
        foreach (var text in texts)
        {
            if (!TraceId.TryParse(text, out var id))
            {
                return null;
            }

            ids.Add(id);
        }

        return ids;
    }

    /// <summary>
    /// What was counted of the block's spans, from its file, or from the spans themselves in a block that has none or counted them by other
    /// rules. Shared: nobody may change it.
    /// </summary>
    public async ValueTask<RollupTable> RollupsAsync(CancellationToken cancellationToken)
    {
        if (_options.Cache.TryGet<RollupTable>(this, RollupKind, 0, out var known))
        {
            return known;
        }

        // Derived data: where the file is not there, of other rules, or damaged, the spans say the same.
        var table = await TryReadRollupsAsync(RollupsReader.ReadAsync, cancellationToken).ConfigureAwait(false)
            ?? await StoreRollups.OfSpansAsync(this, cancellationToken).ConfigureAwait(false);
        return _options.Cache.GetOrAdd(this, RollupKind, 0, _ => (table, table.MemoryBytes));
    }

    /// <summary>
    /// The calls among <see cref="RollupsAsync"/>, all minutes as one: what a graph of a long time adds up. Of the file only the calls are read, and a
    /// cell is made a series instead of a series and minute. Shared: nobody may change it.
    /// </summary>
    internal async ValueTask<RollupTable> FoldedEdgesAsync(CancellationToken cancellationToken)
    {
        if (_options.Cache.TryGet<RollupTable>(this, FoldedEdgesKind, 0, out var known))
        {
            return known;
        }

        var isCounted = _options.Cache.TryGet<RollupTable>(this, RollupKind, 0, out _);
        var table = isCounted ? null : await TryReadRollupsAsync(RollupsReader.FoldedEdgesAsync, cancellationToken).ConfigureAwait(false);
        table ??= (await RollupsAsync(cancellationToken).ConfigureAwait(false)).FoldedEdges();
        return _options.Cache.GetOrAdd(this, FoldedEdgesKind, 0, _ => (table, table.MemoryBytes));
    }

    private async ValueTask<RollupTable?> TryReadRollupsAsync(
        Func<IByteSource, BlockCache, CancellationToken, ValueTask<RollupTable>> read, CancellationToken cancellationToken)
    {
        if (_openRollups is null || Meta.Rollups is not { Version: BlockRollups.CurrentVersion })
        {
            return null;
        }

        try
        {
            return await read(await _openRollups(cancellationToken).ConfigureAwait(false), _options.Cache, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (Damage.Is(fault))
        {
            OnDamage?.Invoke(fault);
            return null;
        }
    }

    /// <summary>What was counted of the block's spans, to be read some minutes at a time.</summary>
    internal async ValueTask<IRollupMinutes> OpenRollupsAsync(CancellationToken cancellationToken) =>
        _openRollups is not null && Meta.Rollups is { Version: BlockRollups.CurrentVersion }
            ? await RollupsReader.OpenAsync(await _openRollups(cancellationToken).ConfigureAwait(false), _options.Cache, cancellationToken).ConfigureAwait(false)
            : new TableMinutes(await RollupsAsync(cancellationToken).ConfigureAwait(false));

    private const int RollupKind = 16;
    private const int FoldedEdgesKind = 17;

    private static HashSet<string>? OverflowKeys(BlockAttributes attributes) => attributes.OverflowKeysComplete ? [.. attributes.OverflowKeys] : null;

    public void Dispose()
    {
        foreach (var table in new[] { _spans, _resources, _scopes })
        {
            _options.Cache.Remove(table.Parquet);
        }

        _options.Cache.Remove(this);

        _traces.Forget();
        foreach (var source in _sources)
        {
            (source as IDisposable)?.Dispose();
        }
    }

    /// <summary>The steps of opening, and what has to be closed when one fails.</summary>
    private sealed class BlockOpening(IObjectStore store, string prefix, BlockMeta meta, BlockReaderOptions options)
    {
        private readonly List<IByteSource> _sources = [];

        public async ValueTask<BlockReader> RunAsync(CancellationToken cancellationToken)
        {
            var spans = await TableAsync(BlockFormat.SpansFile, AttributeScope.Span, meta.Spans, meta.SpanCount, cancellationToken).ConfigureAwait(false);
            var resources = await TableAsync(BlockFormat.ResourcesFile, AttributeScope.Resource, meta.Resources, meta.ResourceCount, cancellationToken).ConfigureAwait(false);
            var scopes = await TableAsync(BlockFormat.ScopesFile, AttributeScope.Instrumentation, meta.Scopes, meta.ScopeCount, cancellationToken).ConfigureAwait(false);
            var tracesSource = await SourceAsync(BlockFormat.TracesFile, cancellationToken).ConfigureAwait(false);
            var traces = await ParquetReader.OpenAsync(tracesSource, cancellationToken: cancellationToken).ConfigureAwait(false);
            var indexSource = await SourceAsync(BlockFormat.TraceIndexFile, cancellationToken).ConfigureAwait(false);
            var index = await TraceIndex.OpenAsync(indexSource, meta.TraceCount, cancellationToken).ConfigureAwait(false);
            var table = new TraceTable(traces, index, options.Cache, meta.TraceCount, meta.SpanCount);
            var name = prefix.TrimEnd('/');
            Func<CancellationToken, ValueTask<IByteSource>>? rollups = meta.Files.Any(static file => file.Name == RollupColumns.File)
                ? token => new BlockOpening(store, prefix, meta, options).SourceAsync(RollupColumns.File, token)
                : null;
            return new BlockReader(name[(name.LastIndexOf('/') + 1)..], meta, options, _sources, spans, resources, scopes, table, rollups);
        }

        public void Close()
        {
            foreach (var source in _sources)
            {
                (source as IDisposable)?.Dispose();
            }
        }

        private async ValueTask<BlockTable> TableAsync(
            string name, AttributeScope scope, BlockAttributes attributes, int rows, CancellationToken cancellationToken)
        {
            var source = await SourceAsync(name, cancellationToken).ConfigureAwait(false);
            var parquet = await ParquetReader.OpenAsync(source, cancellationToken: cancellationToken).ConfigureAwait(false);
            if (parquet.Rows != rows)
            {
                throw new BlockCorruptException(source.Name, 0, $"{parquet.Rows} rows; meta.json says {rows}");
            }

            return new BlockTable(parquet, scope, attributes.Columns, options.Cache, store is ILocalObjectStore);
        }

        private async ValueTask<IByteSource> SourceAsync(string name, CancellationToken cancellationToken)
        {
            var key = prefix + name;
            var length = -1L;
            foreach (var file in meta.Files)
            {
                length = file.Name == name ? file.Bytes : length;
            }

            if (length < 0)
            {
                throw new BlockCorruptException(prefix + BlockFormat.MetaFile, 0, $"'files' does not list '{name}'");
            }

            var source = store is ILocalObjectStore local
                ? Local(key, local.PathOf(key))
                : await RemoteAsync(key, length, name != BlockFormat.SpansFile, cancellationToken).ConfigureAwait(false);
            _sources.Add(source);
            return source.Length == length
                ? source
                : throw new BlockCorruptException(key, source.Length, $"the file has {source.Length} bytes; meta.json says {length}");
        }

        private IByteSource Local(string key, string path)
        {
            try
            {
                return options.MapLocalFiles ? new MappedByteSource(path) : new FileByteSource(path);
            }
            catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
            {
                throw new BlockCorruptException(key, 0, "the file is missing", fault);
            }
        }

        private async ValueTask<IByteSource> RemoteAsync(string key, long length, bool isSmall, CancellationToken cancellationToken)
        {
            if (!isSmall || length > options.MaxWholeFileBytes)
            {
                return new ObjectByteSource(store, key, length, options.MaxPrefetchedBytes);
            }

            var content = await store.GetAsync(key, cancellationToken).ConfigureAwait(false)
                ?? throw new BlockCorruptException(key, 0, "the object is missing");
            return new MemoryByteSource(content, key);
        }
    }
}
