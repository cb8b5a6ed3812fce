using System.Buffers;
using System.Text;
using System.Text.Json;
using Clew.Otlp.Json;
using Clew.Receivers.Translation;

namespace Clew.Receivers.Tests.Support;

/// <summary>OTLP bytes as JSON, for reading in tests.</summary>
internal static class OtlpJson
{
    public static string Of(ReadOnlySpan<byte> otlp)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, OtlpJsonWriter.Options))
        {
            OtlpJsonWriter.WriteTraces(json, otlp, OtlpJsonDialect.OtlpHex);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static string Of(Decoded decoded)
    {
        Assert.Null(decoded.Fault);
        using var encoded = decoded.Batch!.Encode();
        return Of(encoded!.Written);
    }
}
