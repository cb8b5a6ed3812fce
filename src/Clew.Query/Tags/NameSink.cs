using System.Numerics;
using Clew.Model;
using Clew.Query.Scan;
using Clew.Query.Traces;
using Clew.Storage.Columns;

namespace Clew.Query.Tags;

/// <summary>The attribute names of one source among some rows.</summary>
internal sealed class NameSink(ISpanSource source, Dictionary<AttributeScope, HashSet<string>> names) : IChunkSink
{
    private readonly SpanDecoder _decoder = new();
    private readonly Dictionary<string, List<IColumnReader>> _unseen = Group(source);
    private readonly HashSet<long> _resources = [];
    private readonly HashSet<long> _scopes = [];
    private readonly ulong[] _rows = new ulong[Chunk.MaxWords];
    private readonly ulong[] _present = new ulong[Chunk.MaxWords];

    public void Begin(int rowGroup)
    {
    }

    public void Add(Chunk chunk, ReadOnlySpan<ulong> yes, ReadOnlySpan<ulong> maybe)
    {
        var rows = _rows.AsSpan(0, yes.Length);
        yes.CopyTo(rows);
        Bits.Or(rows, maybe);
        Distinct(chunk.Dense(IntrinsicColumns.Resource), rows, _resources);
        Distinct(chunk.Dense(IntrinsicColumns.Scope), rows, _scopes);
        foreach (var (key, readers) in _unseen)
        {
            if (readers.Exists(reader => HasValue(chunk, reader)))
            {
                names[AttributeScope.Span].Add(key);
                _unseen.Remove(key);
            }
        }

        AddEncoded(chunk, EncodedRows.Overflow, AttributeScope.Span, static span => span.Attributes);
        AddEncoded(chunk, EncodedRows.Events, AttributeScope.Event, static span => span.Events.SelectMany(static e => e.Attributes));
        AddEncoded(chunk, EncodedRows.Links, AttributeScope.Link, static span => span.Links.SelectMany(static l => l.Attributes));
    }

    /// <summary>Adds the names of the resources and scopes that the rows pointed at.</summary>
    public void Finish()
    {
        AddContexts(source.Resources, AttributeScope.Resource, _resources);
        AddContexts(source.Scopes, AttributeScope.Instrumentation, _scopes);
    }

    private bool HasValue(Chunk chunk, IColumnReader reader)
    {
        ColumnPresence.Read(chunk, reader, _present);
        for (var i = 0; i < chunk.Words; i++)
        {
            if ((_present[i] & _rows[i]) != 0)
            {
                return true;
            }
        }

        return false;
    }

    // A source that does not store the content tells by its list of keys what there may be.
    private void AddEncoded(Chunk chunk, EncodedRows encoded, AttributeScope scope, Func<SpanData, IEnumerable<AttributeData>> attributes)
    {
        var positive = chunk.Positive(encoded.Count);
        if (positive.Length == 0)
        {
            return;
        }

        var look = new ulong[positive.Length];
        for (var i = 0; i < look.Length; i++)
        {
            look[i] = positive[i] & _rows[i];
        }

        if (!Bits.Any(look))
        {
            return;
        }

        if (source.UncolumnedKeys(scope) is { } keys && names[scope].IsSupersetOf(keys))
        {
            return;
        }

        if (!encoded.TryEach(chunk, look, _decoder, (_, span) => names[scope].UnionWith(attributes(span).Select(static a => a.Key))))
        {
            names[scope].UnionWith(source.UncolumnedKeys(scope) ?? new HashSet<string>());
        }
    }

    private void AddContexts(IColumnSource table, AttributeScope scope, HashSet<long> rows)
    {
        foreach (var id in table.Columns)
        {
            if (id.Scope == scope && !names[scope].Contains(id.Key) && table.TryColumn(id, out var reader))
            {
                ContextVerdicts.Each(table, reader, (row, _) =>
                {
                    if (rows.Contains(row))
                    {
                        names[scope].Add(id.Key);
                    }
                });
            }
        }
    }

    private static void Distinct(ReadOnlySpan<long> ids, ReadOnlySpan<ulong> rows, HashSet<long> distinct)
    {
        var last = -1L;
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                var id = ids[(word << 6) + BitOperations.TrailingZeroCount(rest)];
                if (id != last)
                {
                    distinct.Add(last = id);
                }
            }
        }
    }

    private static Dictionary<string, List<IColumnReader>> Group(ISpanSource source)
    {
        var groups = new Dictionary<string, List<IColumnReader>>();
        foreach (var id in source.Spans.Columns)
        {
            if (id.Scope == AttributeScope.Span && source.Spans.TryColumn(id, out var reader))
            {
                (groups.TryGetValue(id.Key, out var group) ? group : groups[id.Key] = []).Add(reader);
            }
        }

        return groups;
    }
}
