using Clew.Query.Values;

namespace Clew.Query.Tags;

/// <summary>Distinct values up to a number and a size; what comes after is left out.</summary>
internal sealed class ValueSet(int maxBytes, int maxValues)
{
    private readonly HashSet<QueryValue> _seen = [];
    private readonly SortedSet<TagValue> _values = [];
    private int _bytes;

    public bool IsFull => (maxValues > 0 && _values.Count >= maxValues) || _bytes >= maxBytes;

    public void Add(QueryValue value)
    {
        if (value.Kind is ValueKind.Array or ValueKind.Multi)
        {
            foreach (var item in value.Items)
            {
                Add(item);
            }
        }
        else if (!IsFull && _seen.Add(value) && TagValue.Of(value) is { } tag && _values.Add(tag))
        {
            _bytes += tag.Text.Length;
        }
    }

    public IReadOnlyCollection<TagValue> Sorted() => _values;
}
