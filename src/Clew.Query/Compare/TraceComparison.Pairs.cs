namespace Clew.Query.Compare;

/// <content>Two values that say more together than either alone.</content>
internal sealed partial class TraceComparison
{
    private const int PairedValues = 16;

    // What a pair has to divide better than the better of its two values.
    private const double LeastGain = 0.02;

    /// <summary>The pair among the best values of different fields whose presence together divides the sides best, if better than one value does.</summary>
    private ValuePair? Together(List<ValueCounts> top)
    {
        var count = Math.Min(PairedValues, top.Count);
        if (count < 2 || _kept.Count == 0)
        {
            return null;
        }

        var place = new Dictionary<int, int>();
        for (var i = 0; i < count; i++)
        {
            place.Add(top[i].Number, i);
        }

        var selected = new int[count * count];
        var rest = new int[count * count];
        var here = new List<int>();
        foreach (var (isSelected, values) in _kept)
        {
            here.Clear();
            foreach (var number in values)
            {
                if (place.TryGetValue(number, out var at))
                {
                    here.Add(at);
                }
            }

            var counts = isSelected ? selected : rest;
            foreach (var a in here)
            {
                foreach (var b in here)
                {
                    counts[(a * count) + b]++;
                }
            }
        }

        var keptSelected = Math.Clamp(_selected, 1, MaxKept);
        var keptRest = Math.Clamp(_rest, 1, MaxKept);
        double Divides(int a, int b) => ((double)selected[(a * count) + b] / keptSelected) - ((double)rest[(a * count) + b] / keptRest);
        ValuePair? best = null;
        var bestDivides = 0.0;
        for (var a = 0; a < count; a++)
        {
            for (var b = a + 1; b < count; b++)
            {
                if (ReferenceEquals(top[a].Field, top[b].Field))
                {
                    continue;
                }

                var divides = Divides(a, b);
                if (divides > bestDivides && divides - Math.Max(Divides(a, a), Divides(b, b)) > LeastGain)
                {
                    bestDivides = divides;
                    best = new ValuePair(a, b, OfAll(selected[(a * count) + b], keptSelected, _selected), OfAll(rest[(a * count) + b], keptRest, _rest));
                }
            }
        }

        return best;
    }

    private static int OfAll(int count, int kept, int all) => all <= kept ? count : (int)Math.Round((double)count / kept * all);
}
