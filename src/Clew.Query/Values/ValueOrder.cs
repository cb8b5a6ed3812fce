namespace Clew.Query.Values;

/// <summary>A total order on values: numbers by size, texts by code point, and kinds among themselves.</summary>
internal static class ValueOrder
{
    public static int Compare(in QueryValue left, in QueryValue right)
    {
        if (left.IsNumeric && right.IsNumeric)
        {
            // Whole numbers beyond 2^53 would meet as doubles.
            var order = left.Kind != ValueKind.Float && right.Kind != ValueKind.Float
                ? left.AsInt.CompareTo(right.AsInt)
                : left.AsNumber.CompareTo(right.AsNumber);
            return order != 0 ? order : left.Kind.CompareTo(right.Kind);
        }

        if (left.Kind != right.Kind)
        {
            return (left.IsNumeric ? ValueKind.Int : left.Kind).CompareTo(right.IsNumeric ? ValueKind.Int : right.Kind);
        }

        return left.Kind switch
        {
            ValueKind.Bool or ValueKind.Status or ValueKind.Kind => left.AsInt.CompareTo(right.AsInt),
            _ => Utf8Order.Compare(left.ToString(), right.ToString()),
        };
    }
}
