using Clew.Query.Values;

namespace Clew.Query.Tags;

/// <summary>The names of attributes by scope: <c>span</c>, <c>resource</c>, <c>event</c>, <c>link</c>, <c>instrumentation</c>, each in ordinal order.</summary>
public sealed record TagNames(IReadOnlyDictionary<string, IReadOnlyCollection<string>> Scopes, QueryStats Stats);

/// <summary>Distinct values of a field, typed, in order.</summary>
public sealed record TagValues(IReadOnlyCollection<TagValue> Values, QueryStats Stats);

/// <summary>A value as a tag answer gives it.</summary>
/// <param name="Type">Tempo's word for its type; tells an editor whether to quote.</param>
/// <param name="Text">The value.</param>
/// <param name="SpanCount">Spans that have it; 0 when counts were not asked for.</param>
public readonly record struct TagValue(string Type, string Text, long SpanCount = 0) : IComparable<TagValue>
{
    /// <summary>Null for what has no place in such an answer: maps, bytes, missing values.</summary>
    public static TagValue? Of(QueryValue value, long spanCount = 0) => value.Kind switch
    {
        ValueKind.String => new TagValue("string", value.AsString, spanCount),
        ValueKind.Int => new TagValue("int", value.ToString(), spanCount),
        ValueKind.Float => new TagValue("float", value.ToString(), spanCount),
        ValueKind.Bool => new TagValue("bool", value.AsBool ? "true" : "false", spanCount),
        ValueKind.Duration => new TagValue("duration", value.ToString(), spanCount),
        ValueKind.Status or ValueKind.Kind => new TagValue("keyword", value.ToString(), spanCount),
        _ => null,
    };

    public int CompareTo(TagValue other)
    {
        var order = string.CompareOrdinal(Type, other.Type);
        return order != 0 ? order : Utf8Order.Compare(Text, other.Text);
    }

    public static bool operator <(TagValue left, TagValue right) => left.CompareTo(right) < 0;

    public static bool operator >(TagValue left, TagValue right) => left.CompareTo(right) > 0;

    public static bool operator <=(TagValue left, TagValue right) => left.CompareTo(right) <= 0;

    public static bool operator >=(TagValue left, TagValue right) => left.CompareTo(right) >= 0;
}
