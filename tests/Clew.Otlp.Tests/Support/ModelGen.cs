using CsCheck;

namespace Clew.Otlp.Tests.Support;

/// <summary>Generators of requests: all field types, nesting, text of several scripts, extreme numbers. Ids are valid.</summary>
internal static class ModelGen
{
    private static readonly Gen<string> Text = Gen.OneOf(
        Pick("", "service.name", "결제 서비스", "😀 naïve", "\"quoted\" \\ \n\t\u0001", "x"), Gen.String[Gen.Char.AlphaNumeric, 0, 200]);

    private static readonly Gen<uint> SmallCount = Gen.Frequency((3, Gen.Const(0u)), (1, Gen.UInt));

    private static readonly Gen<ulong> Time = Gen.Frequency((1, Gen.Const(0UL)), (6, Gen.ULong[1, long.MaxValue]), (1, Gen.ULong));

    private static readonly Gen<byte[]> TraceId = NotZero(16);

    private static readonly Gen<byte[]> SpanId = NotZero(8);

    private static readonly Gen<object?> Scalar = Gen.OneOf(
        Gen.Const((object?)null), Text.Select(x => (object?)x), Gen.Bool.Select(x => (object?)x), Gen.Long.Select(x => (object?)x),
        Pick(0L, -1L, long.MinValue, long.MaxValue, 1L << 53).Select(x => (object?)x),
        Gen.Double.Select(x => (object?)x), Pick(0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e300).Select(x => (object?)x),
        Gen.Byte.Array[0, 20].Select(x => (object?)x));

    public static Gen<object?> Value { get; } = Nested(3);

    private static readonly Gen<ModelAttribute[]> Attributes = Attribute(Value).Array[0, 4];

    public static Gen<ModelSpan> Span { get; } =
        Gen.Select(
            Gen.Select(TraceId, SpanId, Gen.OneOf(Gen.Const(Array.Empty<byte>()), SpanId), Text, Text, Gen.Int[0, 6]),
            Gen.Select(Time, Time, Attributes, SmallCount, SmallCount, SmallCount),
            Gen.Select(Gen.Select(Time, Text, Attributes, SmallCount, (time, name, attributes, dropped) => new ModelEvent(time, name, attributes, dropped)).Array[0, 3],
                Gen.Select(TraceId, SpanId, Text, Attributes, SmallCount, SmallCount, (t, s, state, attributes, dropped, flags) => new ModelLink(t, s, state, attributes, dropped, flags)).Array[0, 3],
                Gen.OneOf(Gen.Const((ModelStatus?)null), Gen.Select(Text, Gen.Int[0, 3], (message, code) => (ModelStatus?)new ModelStatus(message, code))),
                SmallCount),
            (a, b, c) => new ModelSpan
            {
                TraceId = a.Item1, SpanId = a.Item2, ParentSpanId = a.Item3, TraceState = a.Item4, Name = a.Item5, Kind = a.Item6,
                Start = b.Item1, End = b.Item2, Attributes = b.Item3, DroppedAttributes = b.Item4, DroppedEvents = b.Item5, DroppedLinks = b.Item6,
                Events = c.Item1, Links = c.Item2, Status = c.Item3, Flags = c.Item4,
            });

    public static Gen<ModelResourceSpans[]> Request { get; } = Gen.Select(
        Gen.OneOf(Gen.Const((ModelResource?)null), Gen.Select(Attributes, SmallCount, (attributes, dropped) => (ModelResource?)new ModelResource(attributes, dropped))),
        Gen.Select(
            Gen.OneOf(Gen.Const((ModelScope?)null), Gen.Select(Text, Text, Attributes, SmallCount, (n, v, a, d) => (ModelScope?)new ModelScope(n, v, a, d))),
            Span.Array[0, 4], Text, (scope, spans, url) => new ModelScopeSpans(scope, spans, url)).Array[0, 3],
        Text, (resource, scopes, url) => new ModelResourceSpans(resource, scopes, url)).Array[0, 3];

    private static Gen<ModelAttribute> Attribute(Gen<object?> value) => Gen.Select(Text, value, (key, v) => new ModelAttribute(key, v));

    private static Gen<object?> Nested(int depth) => depth == 0 ? Scalar : Gen.Frequency(
        (6, Scalar), (1, Nested(depth - 1).Array[0, 3].Select(x => (object?)x)), (1, Attribute(Nested(depth - 1)).Array[0, 3].Select(x => (object?)x)));

    private static Gen<T> Pick<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<byte[]> NotZero(int size) => Gen.Byte.Array[size].Where(id => id.Any(b => b != 0));
}
