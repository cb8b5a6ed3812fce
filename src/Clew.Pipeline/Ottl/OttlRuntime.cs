using System.Globalization;
using Clew.Otlp.Editing;

namespace Clew.Pipeline.Ottl;

/// <summary>Comparison, arithmetic and indexing.</summary>
internal static class OttlRuntime
{
    /// <summary>No comparison answers this: signs are -1, 0 and 1.</summary>
    private const int NotOrdered = 2;

    public static readonly object True = true;
    public static readonly object False = false;

    public static object Of(bool value) => value ? True : False;

    public static OttlTypes TypeOf(object? value) => value switch
    {
        null => OttlTypes.Nil,
        bool => OttlTypes.Bool,
        long => OttlTypes.Int,
        double => OttlTypes.Double,
        string => OttlTypes.String,
        byte[] => OttlTypes.Bytes,
        AttributeMap => OttlTypes.Map,
        OtlpList => OttlTypes.List,
        OttlTime => OttlTypes.Time,
        OttlDuration => OttlTypes.Duration,
        _ => OttlTypes.Any,
    };

    public static string NameOf(object? value) => NamesOf(TypeOf(value));

    public static string NamesOf(OttlTypes types) => types == OttlTypes.Any
        ? "any value"
        : string.Join(" or ", Enum.GetValues<OttlTypes>().Where(type => int.IsPow2((int)type) && (types & type) != 0).Select(static type => type.ToString().ToLowerInvariant()));

    /// <summary>Unlike types are unequal and in no order; whole and broken numbers compare as numbers.</summary>
    public static bool Compare(string operation, object? left, object? right)
    {
        if (TryOrder(left, right, out var order))
        {
            return operation switch
            {
                "==" => order == 0,
                "!=" => order != 0,
                "<" => order is < 0,
                "<=" => order is <= 0,
                ">" => order is > 0,
                _ => order is >= 0,
            };
        }

        return operation switch
        {
            "==" => OtlpValue.AreEqual(left, right),
            "!=" => !OtlpValue.AreEqual(left, right),
            _ => false,
        };
    }

    public static object? Calculate(string operation, object? left, object? right)
    {
        switch (left, right)
        {
            case (long a, long b):
                if (operation == "/" && b == 0)
                {
                    throw new OttlException("a whole number is divided by zero");
                }

                return operation switch
                {
                    "+" => unchecked(a + b),
                    "-" => unchecked(a - b),
                    "*" => unchecked(a * b),
                    _ => b == -1 ? unchecked(-a) : a / b,
                };
            case (double a, double b):
                if (operation == "/" && b == 0)
                {
                    throw new OttlException("a number is divided by zero");
                }

                return operation switch { "+" => a + b, "-" => a - b, "*" => a * b, _ => a / b };
            case (OttlTime a, OttlTime b) when operation == "-":
                return new OttlDuration(a.UnixNano - b.UnixNano);
            case (OttlTime a, OttlDuration b) when operation is "+" or "-":
                return a with { UnixNano = operation == "+" ? a.UnixNano + b.Nanos : a.UnixNano - b.Nanos };
            case (OttlDuration a, OttlTime b) when operation == "+":
                return b with { UnixNano = a.Nanos + b.UnixNano };
            case (OttlDuration a, OttlDuration b) when operation is "+" or "-":
                return new OttlDuration(operation == "+" ? a.Nanos + b.Nanos : a.Nanos - b.Nanos);
            default:
                throw new OttlException($"{NameOf(left)} {operation} {NameOf(right)} cannot be calculated");
        }
    }

    /// <summary>The value under a key; null where a map has no such key.</summary>
    public static object? Index(object? value, object? key) => (value, key) switch
    {
        (null, _) => null,
        (AttributeMap map, string name) => map.Get(name),
        (OtlpList list, long index) when index >= 0 && index < list.Count => list[(int)index],
        (OtlpList list, long index) => throw new OttlException($"index {index.ToString(CultureInfo.InvariantCulture)} is out of bounds of a list of {list.Count}"),
        _ => throw new OttlException($"{NameOf(value)} cannot be indexed by {NameOf(key)}"),
    };

    /// <summary>Sets a value inside a map or list, making maps on the way.</summary>
    public static void SetInside(object? container, ReadOnlySpan<object?> keys, object? value)
    {
        var key = keys[0];
        if (keys.Length == 1)
        {
            Put(container, key, value);
            return;
        }

        var child = Index(container, key);
        if (child is null)
        {
            child = new AttributeMap();
        }

        SetInside(child, keys[1..], value);
        Put(container, key, child);
    }

    private static void Put(object? container, object? key, object? value)
    {
        switch (container, key)
        {
            case (AttributeMap map, string name):
                map.Set(name, value);
                break;
            case (OtlpList list, long index) when index >= 0 && index < list.Count:
                list[(int)index] = value;
                break;
            case (OtlpList list, long index):
                throw new OttlException($"index {index.ToString(CultureInfo.InvariantCulture)} is out of bounds of a list of {list.Count}");
            default:
                throw new OttlException($"{NameOf(container)} cannot be indexed by {NameOf(key)}");
        }
    }

    private static bool TryOrder(object? left, object? right, out int? order)
    {
        order = (left, right) switch
        {
            (long a, long b) => a.CompareTo(b),
            (double a, double b) => double.IsNaN(a) || double.IsNaN(b) ? null : a.CompareTo(b),
            (long a, double b) => double.IsNaN(b) ? null : ((double)a).CompareTo(b),
            (double a, long b) => double.IsNaN(a) ? null : a.CompareTo(b),
            (string a, string b) => Math.Sign(string.CompareOrdinal(a, b)),
            (bool a, bool b) => a.CompareTo(b),
            (OttlTime a, OttlTime b) => a.UnixNano.CompareTo(b.UnixNano),
            (OttlDuration a, OttlDuration b) => a.Nanos.CompareTo(b.Nanos),
            (byte[] a, byte[] b) => Math.Sign(a.AsSpan().SequenceCompareTo(b)),
            _ => NotOrdered,
        };
        return order != NotOrdered;
    }
}
