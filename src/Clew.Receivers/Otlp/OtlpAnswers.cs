using System.Text.Json;
using Clew.Otlp.Wire;
using Clew.Pipeline.Components;
using Clew.Receivers.Intake;

namespace Clew.Receivers.Otlp;

/// <summary>
/// ExportTraceServiceResponse {1 partial_success {1 rejected_spans, 2 error_message}} in both encodings. A result without rejected spans
/// and without a reason is the empty message.
/// </summary>
internal static class OtlpAnswers
{
    private static readonly byte[] EmptyJson = "{}"u8.ToArray();

    public static byte[] ToProtobuf(ConsumeResult result)
    {
        if (IsPlain(result))
        {
            return [];
        }

        using var buffer = new PooledBuffer(256);
        var writer = new ProtoWriter(buffer);
        var partial = writer.BeginShortMessage(1);
        if (result.RejectedSpans > 0)
        {
            writer.VarintField(1, (ulong)result.RejectedSpans);
        }

        writer.StringField(2, Reason(result));
        writer.EndShortMessage(partial);
        return buffer.Written.ToArray();
    }

    public static byte[] ToJson(ConsumeResult result)
    {
        if (IsPlain(result))
        {
            return EmptyJson;
        }

        using var buffer = new PooledBuffer(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("partialSuccess");
            if (result.RejectedSpans > 0)
            {
                json.WriteString("rejectedSpans", $"{result.RejectedSpans}");
            }

            json.WriteString("errorMessage", Reason(result));
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.Written.ToArray();
    }

    private static bool IsPlain(ConsumeResult result) => result.RejectedSpans == 0 && string.IsNullOrEmpty(result.Reason);

    private static string Reason(ConsumeResult result)
    {
        var reason = Refusal.Shortened(result.Reason ?? "the spans were refused");
        return result.RejectedSpans > 1 ? $"{result.RejectedSpans} spans were refused, the first because: {reason}" : reason;
    }
}
