namespace Clew.Query.Values;

/// <summary>
/// Orders strings as their UTF-8 bytes are ordered, which is by code point. Ordinal comparison of UTF-16 puts characters above U+FFFF
/// before U+E000, so that a predicate on a column's bytes and the same predicate on a string would disagree.
/// </summary>
internal static class Utf8Order
{
    public static int Compare(string left, string right)
    {
        var common = left.AsSpan().CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }

        return Rank(left[common]).CompareTo(Rank(right[common]));
    }

    // Surrogates (U+D800 to U+DFFF) stand for code points above every other UTF-16 unit.
    private static int Rank(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;
}
