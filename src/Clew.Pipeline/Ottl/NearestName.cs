namespace Clew.Pipeline.Ottl;

/// <summary>Finds what somebody probably meant.</summary>
internal static class NearestName
{
    public static string? Find(string name, IEnumerable<string> known)
    {
        var best = known.Select(candidate => (candidate, Distance: Distance(name, candidate))).OrderBy(static entry => entry.Distance).FirstOrDefault();
        return best.candidate is not null && best.Distance <= Math.Max(1, name.Length / 3) ? best.candidate : null;
    }

    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var same = char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]) ? 0 : 1;
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + same));
            }
        }

        return row[^1];
    }
}
