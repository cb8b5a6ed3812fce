using System.Text.Json;
using Clew.Otlp.Wire;

namespace Clew.Otlp.Json;

/// <summary>What came of an OTLP/JSON body: either <see cref="Fault"/> or <see cref="Bytes"/> is set.</summary>
public sealed class OtlpJsonResult
{
    /// <summary>An encoded ExportTraceServiceRequest, not longer than the JSON was. Owned by the caller.</summary>
    public PooledBuffer? Bytes { get; init; }

    /// <summary>Why the request cannot be read: a JSON path and what is wrong there.</summary>
    public string? Fault { get; init; }

    /// <summary>Spans that hold a value which cannot be read; they are not in <see cref="Bytes"/>.</summary>
    public int RejectedSpans { get; init; }

    /// <summary>Why the first of them was refused; null when none was.</summary>
    public string? RejectReason { get; init; }
}

/// <summary>
/// Reads OTLP/JSON into OTLP protobuf bytes without a tree in between. Lenient where senders differ: keys in lowerCamelCase or
/// snake_case, enums as numbers or names, numbers as numbers or strings, ids in hex of either case, null for "absent", unknown keys.
/// A value that cannot be read refuses its span when it stands in one, and the request otherwise; broken JSON refuses the request.
/// </summary>
public static class OtlpJsonDecoder
{
    // Attribute values may be nested; what is deeper than OtlpLimits.MaxValueNesting is refused by the scan, which knows its span.
    private const int MaxJsonDepth = 1000;

    public static OtlpJsonResult Decode(ReadOnlySpan<byte> json, OtlpLimits? limits = null)
    {
        limits ??= OtlpLimits.Default;
        if (json.Length > limits.MaxRequestBytes)
        {
            return new OtlpJsonResult { Fault = $"body of {json.Length} bytes is larger than the limit of {limits.MaxRequestBytes} bytes" };
        }

        if (json.StartsWith("\uFEFF"u8))
        {
            json = json[3..];
        }

        // Every field takes fewer bytes on the wire than in JSON, so this never grows.
        var output = new PooledBuffer(json.Length);
        var translation = new JsonTranslation(new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxJsonDepth }), output);
        string? fault;
        try
        {
            fault = translation.Request() ? null : translation.Fault;
        }
        catch (JsonException e)
        {
            fault = $"body is not valid JSON at {translation.Path}: {e.Message}";
        }

        if (fault is not null)
        {
            output.Dispose();
            return new OtlpJsonResult { Fault = fault };
        }

        return new OtlpJsonResult { Bytes = output, RejectedSpans = translation.RejectedSpans, RejectReason = translation.RejectReason };
    }
}
