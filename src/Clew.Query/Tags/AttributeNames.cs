using System.Text;
using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;
using Clew.Storage.Columns;

namespace Clew.Query.Tags;

/// <summary>Collects the names of attributes by scope, from columns and from spans.</summary>
internal sealed class AttributeNames : IStoredSpanSink
{
    private readonly SortedDictionary<AttributeScope, SortedSet<string>> _names = [];

    public void AddColumns(IColumnSource table, AttributeScope scope)
    {
        foreach (var column in table.Columns)
        {
            if (column.Scope == scope)
            {
                Add(scope, column.Key);
            }
        }
    }

    public void Add(in StoredSpan span)
    {
        AddAttributes(span.Resource, OtlpFields.Resource.Attributes, AttributeScope.Resource);
        AddAttributes(span.Scope, OtlpFields.Scope.Attributes, AttributeScope.Instrumentation);
        AddAttributes(span.Span, OtlpFields.Span.Attributes, AttributeScope.Span);
        var reader = new ProtoReader(span.Span);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.Span.Events && reader.TryBytes(out var happened))
            {
                AddAttributes(happened, OtlpFields.Event.Attributes, AttributeScope.Event);
            }
            else if (reader.Field == OtlpFields.Span.Links && reader.TryBytes(out var link))
            {
                AddAttributes(link, OtlpFields.Link.Attributes, AttributeScope.Link);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    /// <summary>By Tempo's words for the scopes; each cut after <paramref name="limit"/> names when that is not 0.</summary>
    public Dictionary<string, IReadOnlyCollection<string>> Sorted(int limit) => _names.ToDictionary(
        scope => scope.Key.ToString().ToLowerInvariant(),
        IReadOnlyCollection<string> (scope) => limit > 0 ? [.. scope.Value.Take(limit)] : scope.Value);

    private void AddAttributes(ReadOnlySpan<byte> message, int field, AttributeScope scope)
    {
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field != field || !reader.TryBytes(out var attribute))
            {
                reader.Skip();
                continue;
            }

            var inner = new ProtoReader(attribute);
            while (inner.Next())
            {
                if (inner.Field == OtlpFields.KeyValue.Key && inner.TryBytes(out var key))
                {
                    Add(scope, Encoding.UTF8.GetString(key));
                }
                else
                {
                    inner.Skip();
                }
            }
        }
    }

    private void Add(AttributeScope scope, string name)
    {
        if (!_names.TryGetValue(scope, out var names))
        {
            _names.Add(scope, names = new SortedSet<string>(StringComparer.Ordinal));
        }

        names.Add(name);
    }
}
