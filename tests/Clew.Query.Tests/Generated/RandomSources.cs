using Clew.Model;
using Clew.Query.Tests.Support;
using Clew.Storage.Blocks;
using Clew.Storage.Columns;
using Clew.Storage.Tests.Support;

namespace Clew.Query.Tests.Generated;

/// <summary>A source and the spans that it holds.</summary>
internal sealed record DealtSource(ISpanSource Source, IReadOnlyList<TestSpan> AllSpans);

/// <summary>Deals spans out to head segments and blocks of random layouts, real blocks among them; some spans go to two sources, as after a resend.</summary>
internal static class RandomSources
{
    public static DealtSource[] Deal(List<TestSpan> spans, Random random)
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

        return [.. parts.Where(static part => part.Count > 0).Select((part, i) => random.Next(3) == 0 ? Block(part, random) : Memory($"source {i}", part, random))];
    }

    /// <summary>The same spans in the other order of sources, and, where no two are one span, of rows.</summary>
    public static DealtSource[] Rearrange(DealtSource[] sources, Random random) =>
        [.. sources.Reverse().Select((source, i) => Memory($"other {i}", IsDistinct(source) ? [.. source.AllSpans.OrderBy(_ => random.Next())] : [.. source.AllSpans], random))];

    private static bool IsDistinct(DealtSource source) => source.AllSpans.DistinctBy(static span => (span.TraceId, span.Id, span.Kind)).Count() == source.AllSpans.Count;

    private static DealtSource Memory(string name, List<TestSpan> spans, Random random)
    {
        var source = new MemorySource(name, spans, Layout(random));
        return new DealtSource(source, source.AllSpans);
    }

    /// <summary>A block as the store writes it, read back from objects in memory. It keeps the first of equal spans.</summary>
    private static DealtSource Block(List<TestSpan> spans, Random random)
    {
        var seen = new HashSet<(TraceId, SpanId, SpanKind)>();
        var kept = spans.GroupBy(static span => span.TraceId).SelectMany(static trace => trace).Where(span => seen.Add((span.TraceId, span.Id, span.Kind))).ToList();
        var objects = new MemoryObjects();
        using var builder = new BlockBuilder(TenantId.Single, new BlockBuilderOptions { RowGroupRows = random.Next(2) == 0 ? 32 : 128 << 10 });
        foreach (var span in kept)
        {
            builder.Add(new StoredSpan
            {
                TraceIndex = 0, Span = span.Encode(), Resource = span.EncodeResource(), ResourceSchemaUrl = default, Scope = span.EncodeScope(), ScopeSchemaUrl = default,
            });
        }

        // Everything is in memory: nothing here waits.
        builder.WriteAsync(objects, "t/blocks/b/", createdUnixNano: 0).AsTask().GetAwaiter().GetResult();
        return new DealtSource(BlockReader.OpenAsync(objects, "t/blocks/b/").AsTask().GetAwaiter().GetResult(), kept);
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
