using System.Globalization;
using System.Text;
using Clew.Model;

namespace Clew.Query.Values;

/// <summary>
/// A value of the language at run time: an attribute's, an intrinsic's, a literal's. Equality is that of grouping: same kind and same
/// content, all NaNs equal.
/// </summary>
public readonly struct QueryValue : IEquatable<QueryValue>
{
    private readonly object? _object;
    private readonly long _bits;

    private QueryValue(ValueKind kind, long bits, object? content = null)
    {
        Kind = kind;
        _bits = bits;
        _object = content;
    }

    public ValueKind Kind { get; }

    public static QueryValue Nil => default;

    public bool IsNil => Kind == ValueKind.Nil;

    /// <summary>Int, float or duration: the three that mix in arithmetic and comparisons.</summary>
    public bool IsNumeric => Kind is ValueKind.Int or ValueKind.Float or ValueKind.Duration;

    /// <summary>The int, the nanoseconds, or the number of a status or kind.</summary>
    public long AsInt => _bits;

    public double AsFloat => BitConverter.Int64BitsToDouble(_bits);

    public bool AsBool => _bits != 0;

    /// <summary>The text of a string, or the JSON of an <see cref="ValueKind.Other"/>.</summary>
    public string AsString => (string)_object!;

    /// <summary>Elements of an array or a multi-value.</summary>
    public QueryValue[] Items => (QueryValue[])_object!;

    public SpanStatus AsStatus => (SpanStatus)_bits;

    public SpanKind AsKind => (SpanKind)_bits;

    /// <summary>A number as a double; nanoseconds for durations.</summary>
    public double AsNumber => Kind == ValueKind.Float ? AsFloat : _bits;

    public static QueryValue Int(long value) => new(ValueKind.Int, value);

    public static QueryValue Float(double value) => new(ValueKind.Float, BitConverter.DoubleToInt64Bits(value));

    public static QueryValue Duration(long nanos) => new(ValueKind.Duration, nanos);

    public static QueryValue String(string value) => new(ValueKind.String, 0, value);

    public static QueryValue Bool(bool value) => new(ValueKind.Bool, value ? 1 : 0);

    public static QueryValue Status(SpanStatus value) => new(ValueKind.Status, (long)value);

    public static QueryValue SpanKind(SpanKind value) => new(ValueKind.Kind, (long)value);

    public static QueryValue Array(QueryValue[] items) => new(ValueKind.Array, 0, items);

    public static QueryValue Other(string json) => new(ValueKind.Other, 0, json);

    /// <summary>Nil for no values, so that a key that no event has is missing.</summary>
    public static QueryValue Multi(QueryValue[] items) => items.Length == 0 ? Nil : new(ValueKind.Multi, 0, items);

    public bool Equals(QueryValue other)
    {
        if (Kind != other.Kind)
        {
            return false;
        }

        return Kind switch
        {
            ValueKind.String or ValueKind.Other => AsString == other.AsString,
            ValueKind.Array or ValueKind.Multi => Items.AsSpan().SequenceEqual(other.Items),
            ValueKind.Float => AsFloat.Equals(other.AsFloat),
            _ => _bits == other._bits,
        };
    }

    public override bool Equals(object? obj) => obj is QueryValue other && Equals(other);

    public override int GetHashCode() => Kind switch
    {
        ValueKind.String or ValueKind.Other => HashCode.Combine(Kind, AsString.GetHashCode(StringComparison.Ordinal)),
        ValueKind.Array or ValueKind.Multi => HashCode.Combine(Kind, Items.Length, Items.Length > 0 ? Items[0].GetHashCode() : 0),
        ValueKind.Float => HashCode.Combine(Kind, AsFloat),
        _ => HashCode.Combine(Kind, _bits),
    };

    /// <summary>The value as plain text, as a label or a tag value shows it: durations in Go's form, keywords by name.</summary>
    public override string ToString() => Kind switch
    {
        ValueKind.Nil => "nil",
        ValueKind.Int => AsInt.ToString(CultureInfo.InvariantCulture),
        ValueKind.Float => AsFloat.ToString("R", CultureInfo.InvariantCulture),
        ValueKind.Duration => DurationText.Format(AsInt),
        ValueKind.Bool => AsBool ? "true" : "false",
        ValueKind.Status => StatusText(AsStatus),
        ValueKind.Kind => KindText(AsKind),
        ValueKind.Array or ValueKind.Multi => ItemsText(Items),
        _ => AsString,
    };

    /// <summary>As <see cref="ToString"/>, but empty for a missing value.</summary>
    public string ToText() => IsNil ? "" : ToString();

    /// <summary>The language's word for a status.</summary>
    public static string StatusText(SpanStatus status) => status switch
    {
        SpanStatus.Ok => "ok",
        SpanStatus.Error => "error",
        _ => "unset",
    };

    /// <summary>The language's word for a kind.</summary>
    public static string KindText(SpanKind kind) => kind switch
    {
        Model.SpanKind.Internal => "internal",
        Model.SpanKind.Server => "server",
        Model.SpanKind.Client => "client",
        Model.SpanKind.Producer => "producer",
        Model.SpanKind.Consumer => "consumer",
        _ => "unspecified",
    };

    public static bool operator ==(QueryValue left, QueryValue right) => left.Equals(right);

    public static bool operator !=(QueryValue left, QueryValue right) => !left.Equals(right);

    private static string ItemsText(QueryValue[] items)
    {
        var text = new StringBuilder("[");
        for (var i = 0; i < items.Length; i++)
        {
            text.Append(i == 0 ? "" : ", ").Append(items[i].ToString());
        }

        return text.Append(']').ToString();
    }
}
