using Clew.TraceQL.Syntax;

namespace Clew.TraceQL.Analysis;

/// <summary>The nearest known name for a mistyped one.</summary>
internal static class Suggestions
{
    private static readonly string[] Words = [.. TokenFacts.Words.Keys.Order(StringComparer.Ordinal), "sort", "quantile", "median", "stddev", "variance"];

    /// <summary>Half a sentence, or null when nothing is near.</summary>
    public static string? ForWord(string word, IReadOnlyList<string> expected)
    {
        var takesField = expected.Contains("an attribute");
        var end = word.AsSpan().IndexOfAny('.', ':');
        if (end > 0 && (word[end] == ':' || word.StartsWith("trace.", StringComparison.Ordinal)))
        {
            var prefix = $"{word[..end]}:";
            var known = Words.Where(known => known.StartsWith(prefix, StringComparison.Ordinal)).ToList();
            if (known.Count > 0)
            {
                return $"known are {string.Join(", ", known)}";
            }
        }

        var nearest = Nearest(word, takesField ? Words.Where(IsFieldWord) : Words);
        if (nearest is not null)
        {
            return takesField ? $"did you mean {nearest}? Attributes take a dot or a scope: .{word}, span.{word}" : $"did you mean {nearest}?";
        }

        var strings = expected.Contains("a literal") ? "; strings take quotes" : "";
        return takesField ? $"attributes take a dot or a scope in front: .{word}, span.{word}, resource.{word}{strings}" : null;
    }

    public static bool IsUnit(string word) => word is "y" or "w" or "d" or "h" or "m" or "s" or "ms" or "us" or "\u00B5s" or "\u03BCs" or "ns";

    /// <summary>The candidate with the fewest edits, if they are few for the length of the word.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        // Long words are not names; the distance costs their product.
        if (word.Length > 40)
        {
            return null;
        }

        string? best = null;
        var bestDistance = 1 + Math.Max(1, word.Length / 3);
        foreach (var candidate in candidates)
        {
            var distance = string.Equals(word, candidate, StringComparison.OrdinalIgnoreCase) ? 0 : Distance(word, candidate);
            if (distance < bestDistance)
            {
                (best, bestDistance) = (candidate, distance);
            }
        }

        return best;
    }

    private static bool IsFieldWord(string word) =>
        TokenFacts.Words.TryGetValue(word, out var token) && token.Kind is TokenKind.Intrinsic or (>= TokenKind.True and <= TokenKind.KindWord);

    /// <summary>Edits (insert, delete, replace, swap of neighbours) between two words.</summary>
    private static int Distance(string a, string b)
    {
        var beforeLast = new int[b.Length + 1];
        var last = new int[b.Length + 1];
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
        {
            last[j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                row[j] = Math.Min(replace, 1 + Math.Min(last[j], row[j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    row[j] = Math.Min(row[j], 1 + beforeLast[j - 2]);
                }
            }

            (beforeLast, last, row) = (last, row, beforeLast);
        }

        return last[b.Length];
    }
}
