using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Clew.Interchange.Tests;

/// <summary>A value that Tempo keeps as the JSON of an AnyValue.</summary>
internal sealed record AnyJson(string Json, string Canonical);

internal sealed record Attr(string Key, object Value);

internal sealed record Event(long After, string Name, Attr[] Attributes, int Dropped);

internal sealed record Link(byte[] TraceId, byte[] SpanId, string State, Attr[] Attributes);

internal sealed record Span(
    byte[] SpanId, byte[]? Parent, string Name, int Kind, long Start, long Duration, int Status, string Message, string State, Attr[] Attributes, Event[] Events, Link[] Links, int Dropped);

internal sealed record ResourceGroup(string Service, Attr[] Attributes, string Scope, string Version, Span[] Spans);

internal sealed record TempoTrace(byte[] Id, ResourceGroup[] Groups);

/// <summary>Traces from a seed, and one text for a span however it came here.</summary>
internal static class TempoModel
{
    private static readonly string[] s_words = ["checkout", "주문", "GET /cart", "a\"b\\c", "line\nbreak", "payment", ""];

    public static List<TempoTrace> Make(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Trace(random)).OrderBy(static trace => Convert.ToHexString(trace.Id), StringComparer.Ordinal)];
    }

    public static string Canonical(TempoTrace trace, ResourceGroup group, Span span)
    {
        Attr[] resource = group.Service.Length > 0 ? [new Attr("service.name", group.Service), .. group.Attributes] : group.Attributes;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Hex(trace.Id)} {Hex(span.SpanId)} parent={Hex(span.Parent ?? [])} {span.Name} kind={span.Kind} {span.Start}+{span.Duration}");
        text.Append(CultureInfo.InvariantCulture, $" status={span.Status}:{span.Message} state={span.State} dropped={span.Dropped} scope={group.Scope}@{group.Version}");
        text.Append(" resource=").Append(Attributes(resource)).Append(" attributes=").Append(Attributes(span.Attributes));
        foreach (var happened in span.Events)
        {
            text.Append(CultureInfo.InvariantCulture, $" event={span.Start + happened.After}:{happened.Name}:{happened.Dropped}{Attributes(happened.Attributes)}");
        }

        foreach (var link in span.Links)
        {
            text.Append(CultureInfo.InvariantCulture, $" link={Hex(link.TraceId)}:{Hex(link.SpanId)}:{link.State}{Attributes(link.Attributes)}");
        }

        return text.ToString();
    }

    /// <summary>The same text of a span in OTLP JSON.</summary>
    public static string Canonical(JsonElement resource, JsonElement scope, JsonElement span)
    {
        var start = long.Parse(Text(span, "startTimeUnixNano"), CultureInfo.InvariantCulture);
        var duration = long.Parse(Text(span, "endTimeUnixNano"), CultureInfo.InvariantCulture) - start;
        var status = span.TryGetProperty("status", out var found) ? found : default;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Text(span, "traceId")} {Text(span, "spanId")} parent={Text(span, "parentSpanId")} {Text(span, "name")} kind={Number(span, "kind")} {start}+{duration}");
        text.Append(CultureInfo.InvariantCulture, $" status={Number(status, "code")}:{Text(status, "message")} state={Text(span, "traceState")} dropped={Number(span, "droppedAttributesCount")}");
        text.Append(CultureInfo.InvariantCulture, $" scope={Text(scope, "name")}@{Text(scope, "version")} resource={Attributes(resource)} attributes={Attributes(span)}");
        foreach (var happened in Items(span, "events"))
        {
            text.Append(CultureInfo.InvariantCulture, $" event={Text(happened, "timeUnixNano")}:{Text(happened, "name")}:{Number(happened, "droppedAttributesCount")}{Attributes(happened)}");
        }

        foreach (var link in Items(span, "links"))
        {
            text.Append(CultureInfo.InvariantCulture, $" link={Text(link, "traceId")}:{Text(link, "spanId")}:{Text(link, "traceState")}{Attributes(link)}");
        }

        return text.ToString();
    }

    public static string Hex(byte[] id) => Convert.ToHexStringLower(id);

    private static TempoTrace Trace(Random random)
    {
        var id = Id(random, 16);
        return new TempoTrace(id, [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => new ResourceGroup(
            random.Next(8) == 0 ? "" : $"service-{random.Next(4)}", Attributes(random, "r", random.Next(4)), random.Next(3) == 0 ? "" : "lib", random.Next(2) == 0 ? "" : "1.2",
            [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => Span(random, id))]))]);
    }

    private static Span Span(Random random, byte[] traceId)
    {
        var start = 1_700_000_000_000_000_000 + random.NextInt64(3_600_000_000_000);
        return new Span(
            Id(random, 8), random.Next(3) == 0 ? null : Id(random, 8), s_words[random.Next(s_words.Length)], random.Next(6), start, random.NextInt64(5_000_000_000),
            random.Next(3), random.Next(4) == 0 ? "it broke" : "", random.Next(5) == 0 ? "ot=th:8" : "", Attributes(random, "s", random.Next(8)),
            [.. Enumerable.Range(0, random.Next(3)).Select(i => new Event(random.NextInt64(1_000_000), $"event {i}", Attributes(random, "e", random.Next(3)), random.Next(2)))],
            [.. Enumerable.Range(0, random.Next(3) == 0 ? 2 : 0).Select(_ => new Link(random.Next(2) == 0 ? traceId : Id(random, 16), Id(random, 8), "", Attributes(random, "l", random.Next(2))))],
            random.Next(4) == 0 ? 3 : 0);
    }

    private static Attr[] Attributes(Random random, string prefix, int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Attr($"{prefix}.{i}", Value(random)))];

    private static object Value(Random random) => random.Next(9) switch
    {
        0 => random.NextInt64() - (long.MaxValue / 2),
        1 => random.NextDouble() * 1e9,
        2 => random.Next(2) == 0,
        3 => new object[] { "a", "b" },
        4 => new object[] { 1L, -2L, 3L },
        5 => new AnyJson("""{"kvlistValue":{"values":[{"key":"k","value":{"intValue":"5"}},{"key":"n","value":{"arrayValue":{"values":[{"boolValue":true},{"stringValue":"x"}]}}}]}}""", "{k=i5;n=[btrue,sx]}"),
        6 => new AnyJson("""{"bytesValue":"AAEC/w=="}""", "yAAEC/w=="),
        _ => s_words[random.Next(s_words.Length - 1)] + random.Next(100),
    };

    private static byte[] Id(Random random, int length)
    {
        var id = new byte[length];
        random.NextBytes(id);
        id[0] |= 1;
        return id;
    }

    private static string Attributes(IEnumerable<Attr> attributes) =>
        $"<{string.Join("|", attributes.Select(static attribute => $"{attribute.Key}={Canonical(attribute.Value)}").Order(StringComparer.Ordinal))}>";

    private static string Attributes(JsonElement owner) =>
        $"<{string.Join("|", Items(owner, "attributes").Select(static attribute => $"{Text(attribute, "key")}={Any(attribute)}").Order(StringComparer.Ordinal))}>";

    private static string Canonical(object value) => value switch
    {
        string text => "s" + text,
        long number => "i" + number.ToString(CultureInfo.InvariantCulture),
        double number => "d" + number.ToString("R", CultureInfo.InvariantCulture),
        bool flag => flag ? "btrue" : "bfalse",
        object[] array => $"[{string.Join(",", array.Select(Canonical))}]",
        AnyJson any => any.Canonical,
        _ => throw new NotSupportedException(),
    };

    private static string Any(JsonElement owner)
    {
        if (!owner.TryGetProperty("value", out var any))
        {
            return "none";
        }

        return Value(any);
    }

    private static string Value(JsonElement any)
    {
        foreach (var member in any.EnumerateObject())
        {
            return member.Name switch
            {
                "stringValue" => "s" + member.Value.GetString(),
                "intValue" => "i" + (member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : member.Value.GetRawText()),
                "doubleValue" => "d" + member.Value.GetDouble().ToString("R", CultureInfo.InvariantCulture),
                "boolValue" => member.Value.GetBoolean() ? "btrue" : "bfalse",
                "bytesValue" => "y" + member.Value.GetString(),
                "arrayValue" => $"[{string.Join(",", Items(member.Value, "values").Select(Value))}]",
                "kvlistValue" => $"{{{string.Join(";", Items(member.Value, "values").Select(static item => $"{Text(item, "key")}={Any(item)}"))}}}",
                _ => member.Name,
            };
        }

        return "none";
    }

    private static IEnumerable<JsonElement> Items(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array ? items.EnumerateArray() : [];

    private static string Text(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    private static long Number(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : 0;
}
