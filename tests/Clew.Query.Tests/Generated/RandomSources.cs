using Clew.Query.Tests.Support;

namespace Clew.Query.Tests.Generated;

/// <summary>Deals spans out to head segments and blocks of random layouts; some spans go to two of them, as after a resend.</summary>
internal static class RandomSources
{
    public static MemorySource[] Deal(List<TestSpan> spans, Random random)
    {
        var parts = Enumerable.Range(0, random.Next(1, 5)).Select(static _ => new List<TestSpan>()).ToArray();
        var keepTogether = random.Next(2) == 0;
        foreach (var span in spans)
        {
            var part = keepTogether ? (int)(span.TraceId.Low % (ulong)parts.Length) : random.Next(parts.Length);
            parts[part].Add(span);
            if (random.Next(10) == 0)
            {
                parts[random.Next(parts.Length)].Add(span);
            }

            if (random.Next(30) == 0)
            {
                // The same span with other content: the choice between the two must not depend on where they are.
                parts[random.Next(parts.Length)].Add(span with { Duration = span.Duration + random.Next(2), Name = "other", Start = span.Start + random.Next(2) });
            }
        }

        return [.. parts.Where(static part => part.Count > 0).Select((part, i) => new MemorySource($"source {i}", part, Layout(random)))];
    }

    private static SourceLayout Layout(Random random)
    {
        var seed = random.Next();
        var rare = random.Next(2) == 0;
        return new SourceLayout
        {
            IsHead = random.Next(2) == 0,
            RowGroupSize = random.Next(3) switch { 0 => 3, 1 => 70, _ => 10_000 },
            HasDictionary = (id, group) => (uint)(id.Key.Length + group + seed) % 3 != 0,
            IsRare = key => rare && key == "rare",
            HasEncodedColumns = random.Next(2) == 0,
            KnowsUncolumnedKeys = random.Next(2) == 0,
        };
    }
}
