using Clew.Model;
using Clew.Query.Search;
using Clew.Query.Values;
using Clew.Storage;
using Clew.Storage.Columns;
using Clew.TraceQL;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Tags;

/// <summary>
/// Names and values for editors. Without a filter they come from the columns' catalogue and dictionaries, which costs next to nothing;
/// with one, and for fields that have no column, from a search for the newest traces that match.
/// </summary>
public sealed class TagQueries
{
    /// <summary>Traces that a filtered answer looks at, newest first.</summary>
    public const int MaxTracesRead = 1000;

    /// <summary>Traces of a source that are read for the names of attributes without columns: of events and links, arrays and maps.</summary>
    public const int MaxTracesSampled = 64;

    private const int ChunkRows = 8192;

    private readonly QueryEngine _engine;
    private readonly ITraceStore _store;

    internal TagQueries(QueryEngine engine, ITraceStore store)
    {
        _engine = engine;
        _store = store;
    }

    /// <summary>Names of attributes by scope.</summary>
    public async Task<TagNames> NamesAsync(TenantId tenant, TagRequest request, CancellationToken cancellationToken)
    {
        using var snapshot = _store.Snapshot(tenant);
        var names = new AttributeNames();
        var stats = new QueryStats();
        if (request.Filter is { } filter)
        {
            var found = await SearchAsync(tenant, filter.ToString(), MaxTracesSampled, request.Window, cancellationToken).ConfigureAwait(false);
            stats = found.Stats;
            foreach (var trace in found.Traces)
            {
                await ReadAsync(snapshot, trace.Id, names, cancellationToken).ConfigureAwait(false);
            }
        }
        else
        {
            foreach (var source in InWindow(snapshot, request.Window))
            {
                names.AddColumns(source.Spans, AttributeScope.Span);
                names.AddColumns(source.Resources, AttributeScope.Resource);
                names.AddColumns(source.Scopes, AttributeScope.Instrumentation);
                var rows = TracesWithoutColumns(source);
                await source.ReadTracesAsync(rows, names, cancellationToken).ConfigureAwait(false);
            }
        }

        return new TagNames(names.Sorted(request.Limit), stats);
    }

    /// <summary>Distinct values of a field.</summary>
    public async Task<TagValues> ValuesAsync(TenantId tenant, FieldReference field, TagRequest request, CancellationToken cancellationToken)
    {
        var values = new ValueSet(_engine.Limits.MaxTagValueBytes, request.Limit);
        if (field is IntrinsicRef { Intrinsic: Intrinsic.Status })
        {
            return new TagValues([new("keyword", "error"), new("keyword", "ok"), new("keyword", "unset")], new QueryStats());
        }

        if (field is IntrinsicRef { Intrinsic: Intrinsic.Kind })
        {
            return new TagValues([.. ((string[])["client", "consumer", "internal", "producer", "server", "unspecified"]).Select(kind => new TagValue("keyword", kind))], new QueryStats());
        }

        if (field is IntrinsicRef { Intrinsic: Intrinsic.Duration or Intrinsic.TraceDuration })
        {
            return new TagValues([], new QueryStats());
        }

        var stats = new QueryStats();
        if (request.Filter is null && Columns(field) is { } columns)
        {
            using var snapshot = _store.Snapshot(tenant);
            foreach (var source in InWindow(snapshot, request.Window))
            {
                cancellationToken.ThrowIfCancellationRequested();
                foreach (var (scope, key) in columns)
                {
                    AddValues(scope switch { AttributeScope.Resource => source.Resources, AttributeScope.Instrumentation => source.Scopes, _ => source.Spans }, scope, key, values);
                }
            }
        }
        else
        {
            var name = field.ToString();
            var filter = request.Filter is null ? $"{{ {name} != nil }}" : request.Filter.ToString();
            var found = await SearchAsync(tenant, $"{filter} | select({name})", MaxTracesRead, request.Window, cancellationToken).ConfigureAwait(false);
            stats = found.Stats;
            AddFound(found, field, values);
        }

        return new TagValues(values.Sorted(), stats);
    }

    private static IEnumerable<ISpanSource> InWindow(IStoreSnapshot snapshot, TimeRange window) =>
        snapshot.Sources.Where(source => source.Range.Overlaps(window.StartUnixNano, window.EndUnixNano));

    /// <summary>Where the values of a field stand in columns; null when they do not, or not all of them.</summary>
    private static (AttributeScope Scope, string Key)[]? Columns(FieldReference field) => field switch
    {
        AttributeRef { OfParent: false, Scope: FieldScope.Span } attribute => [(AttributeScope.Span, attribute.Name)],
        AttributeRef { OfParent: false, Scope: FieldScope.Resource } attribute => [(AttributeScope.Resource, attribute.Name)],
        AttributeRef { OfParent: false, Scope: FieldScope.Instrumentation } attribute => [(AttributeScope.Instrumentation, attribute.Name)],
        AttributeRef { OfParent: false, Scope: FieldScope.Any } attribute =>
            [(AttributeScope.Span, attribute.Name), (AttributeScope.Resource, attribute.Name), (AttributeScope.Instrumentation, attribute.Name)],
        IntrinsicRef { Intrinsic: Intrinsic.Name } => [(AttributeScope.Intrinsic, IntrinsicColumns.Name.Key)],
        IntrinsicRef { Intrinsic: Intrinsic.StatusMessage } => [(AttributeScope.Intrinsic, IntrinsicColumns.StatusMessage.Key)],
        _ => null,
    };

    private static void AddValues(IColumnSource table, AttributeScope scope, string key, ValueSet values)
    {
        foreach (var type in (AttributeType[])[AttributeType.String, AttributeType.Int, AttributeType.Double, AttributeType.Bool])
        {
            if (table.TryColumn(new ColumnId(scope, key, type), out var column))
            {
                ColumnValuesReader.Add(table, column, type, ChunkRows, values);
            }
        }
    }

    private static void AddFound(SearchResult found, FieldReference field, ValueSet values)
    {
        var names = field is AttributeRef attribute ? (string[])[attribute.Name] : null;
        foreach (var span in found.Traces.SelectMany(trace => trace.Spansets).SelectMany(set => set.Spans))
        {
            foreach (var value in span.Attributes)
            {
                // An intrinsic text that a span lacks reads as empty, which is nothing to offer.
                if (names is null ? IsIntrinsic(value.Name, field) && value.Value is not { Kind: ValueKind.String, AsString: "" } : names.Contains(value.Name))
                {
                    values.Add(value.Value);
                }
            }

            if (field is IntrinsicRef { Intrinsic: Intrinsic.Name })
            {
                values.Add(QueryValue.String(span.Name));
            }
        }

        foreach (var trace in found.Traces)
        {
            var text = field is IntrinsicRef intrinsic
                ? intrinsic.Intrinsic switch { Intrinsic.TraceRootName => trace.RootName, Intrinsic.TraceRootService => trace.RootServiceName, _ => null }
                : null;
            if (text is not null)
            {
                values.Add(QueryValue.String(text));
            }
        }
    }

    private static bool IsIntrinsic(string name, FieldReference field) => name == field.ToString().Split(':')[^1] || name == field.ToString();

    private async Task<SearchResult> SearchAsync(TenantId tenant, string text, int limit, TimeRange window, CancellationToken cancellationToken)
    {
        var parsed = TraceQl.Parse(text);
        if (!parsed.Success)
        {
            // A filter that was half typed can be more than the language takes; then nothing is narrowed down.
            parsed = TraceQl.Parse("{ }");
        }

        var request = new SearchRequest { Query = parsed.Root!, Limit = limit, SpansPerSpanset = _engine.Limits.MaxSpansPerSpanset, Window = window };
        return await _engine.SearchAsync(tenant, request, cancellationToken).ConfigureAwait(false);
    }

    private static async Task ReadAsync(IStoreSnapshot snapshot, TraceId id, AttributeNames names, CancellationToken cancellationToken)
    {
        foreach (var source in snapshot.Sources)
        {
            if (source.Traces.TryFind(id, out var row))
            {
                await source.ReadTracesAsync([row], names, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The last traces with spans whose attributes are not all in columns.</summary>
    private static List<int> TracesWithoutColumns(ISpanSource source)
    {
        var traces = new HashSet<int>();
        if (!source.Spans.TryColumn(IntrinsicColumns.Trace, out var traceColumn))
        {
            return [];
        }

        var counts = new List<IColumnReader>();
        foreach (var id in (ColumnId[])[IntrinsicColumns.EventCount, IntrinsicColumns.LinkCount, IntrinsicColumns.OverflowCount])
        {
            if (source.Spans.TryColumn(id, out var column))
            {
                counts.Add(column);
            }
        }

        var (values, rows, validity, always) = (new long[ChunkRows], new long[ChunkRows], new ulong[ChunkRows / 64], new ulong[ChunkRows / 64]);
        for (var group = source.Spans.RowGroups - 1; group >= 0 && counts.Count > 0; group--)
        {
            var rowCount = source.Spans.Stats(group).RowCount;
            for (var first = 0; first < rowCount && traces.Count < MaxTracesSampled; first += ChunkRows)
            {
                var pages = new PageRange(group, first, Math.Min(ChunkRows, rowCount - first));
                traceColumn.ReadInt64(pages, rows, always);
                foreach (var count in counts)
                {
                    count.ReadInt64(pages, values, validity);
                    var taken = 0;
                    for (var i = 0; i < pages.RowCount && taken < MaxTracesSampled / 4; i++)
                    {
                        if ((validity[i >> 6] >> (i & 63) & 1) != 0 && values[i] > 0 && traces.Add((int)rows[i]))
                        {
                            taken++;
                        }
                    }
                }
            }
        }

        return [.. traces.Take(MaxTracesSampled)];
    }
}
