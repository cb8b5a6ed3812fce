using System.Globalization;
using System.Text.Json;
using Clew.Otlp.Wire;

namespace Clew.Receivers.Intake;

/// <summary>
/// google.rpc.Status {1 code, 2 message, 3 details} with at most a google.rpc.RetryInfo {1 retry_delay {1 seconds, 2 nanos}} in an Any
/// {1 type_url, 2 value}: the body of OTLP/HTTP errors and of gRPC's <c>grpc-status-details-bin</c>.
/// </summary>
internal static class RpcStatus
{
    private const string RetryInfoType = "type.googleapis.com/google.rpc.RetryInfo";

    public static byte[] ToProtobuf(Refusal refusal)
    {
        using var buffer = new PooledBuffer(256);
        var writer = new ProtoWriter(buffer);
        writer.VarintField(1, (ulong)refusal.Grpc);
        writer.StringField(2, refusal.Reason);
        if (refusal.RetryAfter is { } delay)
        {
            var any = writer.BeginShortMessage(3);
            writer.StringField(1, RetryInfoType);
            var retryInfo = writer.BeginShortMessage(2);
            var duration = writer.BeginShortMessage(1);
            writer.VarintField(1, (ulong)(delay.Ticks / TimeSpan.TicksPerSecond));
            writer.VarintField(2, (ulong)(delay.Ticks % TimeSpan.TicksPerSecond * 100));
            writer.EndShortMessage(duration);
            writer.EndShortMessage(retryInfo);
            writer.EndShortMessage(any);
        }

        return buffer.Written.ToArray();
    }

    public static byte[] ToJson(Refusal refusal)
    {
        using var buffer = new PooledBuffer(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("code", (int)refusal.Grpc);
            json.WriteString("message", refusal.Reason);
            if (refusal.RetryAfter is { } delay)
            {
                json.WriteStartArray("details");
                json.WriteStartObject();
                json.WriteString("@type", RetryInfoType);
                json.WriteString("retryDelay", delay.TotalSeconds.ToString("0.#########", CultureInfo.InvariantCulture) + "s");
                json.WriteEndObject();
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        return buffer.Written.ToArray();
    }
}
