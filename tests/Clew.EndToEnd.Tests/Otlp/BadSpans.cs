namespace Clew.EndToEnd.Tests.Otlp;

/// <summary>Spans that are wrong in themselves, inside a request whose framing is sound.</summary>
internal static class BadSpans
{
    public static IEnumerable<(string What, ProtoMessage Span)> All(SpanMaker maker)
    {
        var span = maker.Span();
        yield return ("trace id of 7 bytes", (span with { TraceId = span.TraceId[..7] }).Encode());
        yield return ("span id of 9 bytes", (span with { SpanId = [.. span.SpanId, 1] }).Encode());
        yield return ("no trace id", (span with { TraceId = [] }).Encode());
        yield return ("trace id of zeros", (span with { TraceId = new byte[16] }).Encode());
        yield return ("span id of zeros", (span with { SpanId = new byte[8] }).Encode());
        yield return ("attribute that ends before its length", span.Encode().Bytes(9, [0x0a, 0x7f, 0x61]));
    }
}
