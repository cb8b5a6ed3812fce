using Clew.Query.Values;

namespace Clew.Query.Tags;

/// <summary>The names of attributes by scope: <c>span</c>, <c>resource</c>, <c>event</c>, <c>link</c>, <c>instrumentation</c>, each in ordinal order.</summary>
public sealed record TagNames(IReadOnlyDictionary<string, IReadOnlyCollection<string>> Scopes, QueryStats Stats);

/// <summary>Distinct values of a field, typed, in order.</summary>
public sealed record TagValues(IReadOnlyCollection<TagValue> Values, QueryStats Stats);

/// <summary>A value as a tag answer gives it. <paramref name="Type"/> is Tempo's word for it and tells an editor whether to quote.</summary>
public readonly record struct TagValue(string Type, string Text) : IComparable<TagValue>
{
    /// <summary>Null for what has no place in such an answer: maps, bytes, missing values.</summary>
    public static TagValue? Of(QueryValue value) => value.Kind switch
    {
        ValueKind.String => new TagValue("string", value.AsString),
        ValueKind.Int => new TagValue("int", value.ToString()),
        ValueKind.Float => new TagValue("float", value.ToString()),
        ValueKind.Bool => new TagValue("bool", value.AsBool ? "true" : "false"),
        ValueKind.Duration => new TagValue("duration", value.ToString()),
        ValueKind.Status or ValueKind.Kind => new TagValue("keyword", value.ToString()),
        _ => null,
    };

    public int CompareTo(TagValue other)
    {
        var order = string.CompareOrdinal(Type, other.Type);
        return order != 0 ? order : string.CompareOrdinal(Text, other.Text);
    }

    public static bool operator <(TagValue left, TagValue right) => left.CompareTo(right) < 0;

    public static bool operator >(TagValue left, TagValue right) => left.CompareTo(right) > 0;

    public static bool operator <=(TagValue left, TagValue right) => left.CompareTo(right) <= 0;

    public static bool operator >=(TagValue left, TagValue right) => left.CompareTo(right) >= 0;
}
