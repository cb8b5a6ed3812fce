using Clew.Otlp;
using Clew.Otlp.Wire;

namespace Clew.Receivers.Tests.Support;

/// <summary>Encoded ExportTraceServiceRequests.</summary>
internal static class Requests
{
    public const string Json =
        """{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0102030405060708090A0B0C0D0E0F10","spanId":"0102030405060708","name":"GET /","kind":2}]}]}]}""";

    /// <summary>Good spans, then spans whose trace id is too short.</summary>
    public static byte[] Spans(int good = 1, int bad = 0, int nameBytes = 5, bool invalidText = false)
    {
        using var buffer = new PooledBuffer();
        var writer = new ProtoWriter(buffer);
        var resource = writer.BeginShortMessage(OtlpFields.RequestResourceSpans);
        var scope = writer.BeginShortMessage(OtlpFields.ResourceSpans.ScopeSpans);
        for (var i = 0; i < good + bad; i++)
        {
            var span = writer.BeginShortMessage(OtlpFields.ScopeSpans.Spans);
            writer.BytesField(OtlpFields.Span.TraceId, new byte[i < good ? 16 : 7].Select((_, b) => (byte)(b + 1)).ToArray());
            writer.BytesField(OtlpFields.Span.SpanId, [1, 2, 3, 4, 5, 6, (byte)(i >> 8), (byte)(i + 1)]);
            var name = new byte[nameBytes];
            name.AsSpan().Fill(invalidText ? (byte)0xFF : (byte)'n');
            writer.BytesField(OtlpFields.Span.Name, name);
            writer.EndShortMessage(span);
        }

        writer.EndShortMessage(scope);
        writer.EndShortMessage(resource);
        return buffer.Written.ToArray();
    }
}
