using System.Text;
using Clew.Query.Traces;
using Clew.Query.Values;

namespace Clew.Query.Scan;

/// <summary>Gives each distinct value of a query a number, 0, 1, 2 …, so that rows are grouped by numbers. One thread.</summary>
internal sealed class ValueTable
{
    /// <summary>The number of a missing value.</summary>
    public const int Nil = -1;

    /// <summary>What stands for a value that columns cannot tell.</summary>
    public const int Open = -2;

    private readonly Dictionary<QueryValue, int> _numbers = [];
    private readonly Dictionary<byte[], int> _texts = new(BytesComparer.Instance);
    private readonly List<QueryValue> _values = [];

    /// <summary>Numbers that were given.</summary>
    public int Count => _values.Count;

    public QueryValue this[int number] => number == Nil ? QueryValue.Nil : _values[number];

    /// <summary>Of several values of events or links the first counts.</summary>
    public int Number(QueryValue value)
    {
        value = value.Kind == ValueKind.Multi ? value.Items[0] : value;
        if (value.IsNil)
        {
            return Nil;
        }

        if (!_numbers.TryGetValue(value, out var number))
        {
            number = _values.Count;
            _numbers.Add(value, number);
            _values.Add(value);
        }

        return number;
    }

    public int Text(ReadOnlySpan<byte> utf8)
    {
        var lookup = _texts.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!lookup.TryGetValue(utf8, out var number))
        {
            number = Number(QueryValue.String(Encoding.UTF8.GetString(utf8)));
            lookup[utf8] = number;
        }

        return number;
    }
}
