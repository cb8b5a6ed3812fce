using Clew.Model;
using Clew.Query.Tests.Support;

namespace Clew.Query.Tests.Generated;

/// <summary>Small traces with everything that OTLP allows, over a small set of keys and values so that conditions often meet them.</summary>
internal sealed class RandomTraces(Random random)
{
    public static readonly string[] Keys = ["a", "b", "http.status", "rare", "status", "name"];

    public static readonly string[] Texts = ["x", "xy", "", "error", "y\n", "é", "\U0001D11E", "\uE000"];

    public static readonly long[] Wholes = [1, 2, 500, 0, -1, (1L << 53) + 1, long.MaxValue, long.MinValue];

    public static readonly double[] Numbers = [1, 0.5, 2, -1, 500, 9007199254740992, double.NaN, double.PositiveInfinity];

    private static readonly string[] Services = ["x", "xy", "", "web"];

    public List<TestSpan> Make(int traces)
    {
        var spans = new List<TestSpan>();
        for (var i = 0; i < traces; i++)
        {
            AddTrace(new TraceId(random.Next(4) == 0 ? (ulong)random.Next(3) : 0, (ulong)random.Next(1, 1000)), spans);
        }

        return spans;
    }

    private void AddTrace(TraceId id, List<TestSpan> spans)
    {
        var start = TestSpan.Epoch + (random.Next(100) * 1_000_000L);
        var count = random.Next(1, 14);
        for (var i = 0; i < count; i++)
        {
            // Few ids: parents are often there, sometimes missing, sometimes in a circle, and some spans share an id.
            var shared = random.Next(10) == 0;
            spans.Add(new TestSpan
            {
                TraceId = id,
                Id = new SpanId((ulong)(shared ? random.Next(1, 9) : i + 1)),
                ParentId = new SpanId(i == 0 && random.Next(8) > 0 ? 0 : random.Next(6) > 0 ? (ulong)random.Next(1, i + 2) : (ulong)random.Next(0, 16)),
                Name = Pick(Texts),
                Kind = (SpanKind)random.Next(6),
                Status = (SpanStatus)random.Next(3),
                StatusMessage = Pick(Texts),
                Start = start + (random.Next(20) * 1_000_000L),
                Duration = random.Next(5) * 1_000_000L,
                Attributes = Attributes(4),
                Resource = Resource(),
                Scope = random.Next(3) == 0 ? new TestScope(Pick(Texts), Pick(Texts)) { Attributes = Attributes(2) } : new TestScope(),
                Events = random.Next(4) == 0 ? [new TestEvent(Pick(Texts), random.Next(3)) { Attributes = Attributes(2) }, new TestEvent("x") { Attributes = Attributes(2) }] : [],
                Links = random.Next(6) == 0 ? [new TestLink(new TraceId(0, (ulong)random.Next(3)), new SpanId(2)) { Attributes = Attributes(2) }] : [],
            });
        }
    }

    private Attributes Resource()
    {
        var attributes = random.Next(4) == 0 ? Attributes(2) : [];
        if (random.Next(6) > 0)
        {
            attributes.Insert(0, ("service.name", Pick(Services)));
        }

        return attributes;
    }

    private Attributes Attributes(int most)
    {
        var attributes = new Attributes();
        for (var count = random.Next(most + 1); count > 0; count--)
        {
            attributes.Add(Pick(Keys), Value());
        }

        return attributes;
    }

    private object? Value() => random.Next(20) switch
    {
        0 => null,
        1 => new object?[] { Pick(Texts), Pick(Wholes), Pick(Texts) },
        2 => new object?[] { Pick(Wholes), Pick(Numbers) },
        3 => Array.Empty<object?>(),
        4 => new Attributes { ("inner", Pick(Wholes)) },
        5 => new byte[] { 1, 2 },
        6 or 7 => random.Next(2) == 0,
        < 11 => Pick(Numbers),
        < 15 => Pick(Wholes),
        _ => Pick(Texts),
    };

    private T Pick<T>(T[] items) => Pick(random, items);

    /// <summary>Prefers the first items, so that conditions and values meet.</summary>
    public static T Pick<T>(Random random, T[] items)
    {
        var position = random.NextDouble();
        return items[(int)(position * position * position * items.Length)];
    }
}
