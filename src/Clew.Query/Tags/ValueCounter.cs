using System.Runtime.InteropServices;
using System.Text;
using Clew.Query.Traces;
using Clew.Query.Values;

namespace Clew.Query.Tags;

/// <summary>Collects distinct values up to a number of bytes; what comes after that is left out, as in Tempo.</summary>
internal sealed class ValueCounter(int maxBytes)
{
    public int MaxBytes => maxBytes;

    // What stands for the text of a number or a flag.
    private const int OtherBytes = 8;

    private readonly Dictionary<QueryValue, long> _counts = [];

    // The values of texts that were met in columns without a dictionary, so that no row makes a string of its own.
    private readonly Dictionary<byte[], QueryValue> _texts = new(BytesComparer.Instance);
    private int _bytes;

    /// <summary>Distinct values so far.</summary>
    public int Count => _counts.Count;

    public bool IsFull => _bytes >= maxBytes;

    /// <summary>Adds every scalar in the value: the elements of arrays and multi-values, the value itself otherwise.</summary>
    public void Add(in QueryValue value, long count)
    {
        switch (value.Kind)
        {
            case ValueKind.Array or ValueKind.Multi:
                foreach (var item in value.Items)
                {
                    Add(item, count);
                }

                break;
            case ValueKind.Nil or ValueKind.Other:
            case ValueKind.String when value.AsString.Length == 0:
                // Nothing to offer.
                break;
            default:
                AddScalar(value, count);
                break;
        }
    }

    /// <summary>Adds a text; nothing is to be offered for an empty one.</summary>
    public void AddText(ReadOnlySpan<byte> utf8, long count)
    {
        var lookup = _texts.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (utf8.Length == 0)
        {
            return;
        }

        if (!lookup.TryGetValue(utf8, out var value))
        {
            value = QueryValue.String(Encoding.UTF8.GetString(utf8));
            if (!IsFull)
            {
                lookup[utf8] = value;
            }
        }

        AddScalar(value, count);
    }

    /// <summary>Adds what another counter has.</summary>
    public void AddAll(ValueCounter other)
    {
        foreach (var (value, count) in other._counts)
        {
            AddScalar(value, count);
        }
    }

    public List<TagValue> Sorted(int limit)
    {
        var values = new List<TagValue>(_counts.Count);
        foreach (var (value, count) in _counts)
        {
            if (TagValue.Of(value, count) is { } tag)
            {
                values.Add(tag);
            }
        }

        values.Sort();
        return limit > 0 && values.Count > limit ? values.GetRange(0, limit) : values;
    }

    private void AddScalar(in QueryValue value, long count)
    {
        if (IsFull && !_counts.ContainsKey(value))
        {
            return;
        }

        ref var present = ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, value, out var exists);
        present += count;
        if (!exists)
        {
            _bytes += value.Kind == ValueKind.String ? Encoding.UTF8.GetByteCount(value.AsString) : OtherBytes;
        }
    }
}
