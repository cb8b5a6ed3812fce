using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Otlp.Json;
using Clew.Otlp.Wire;
using Clew.Pipeline.Components;

namespace Clew.Pipeline.Tests.Support;

/// <summary>Batches from OTLP JSON and back, for tests that compare whole requests.</summary>
internal static class JsonBatch
{
    public static TraceBatch Of(string json, BatchContext? context = null)
    {
        var decoded = OtlpJsonDecoder.Decode(Encoding.UTF8.GetBytes(json));
        Assert.Null(decoded.Fault);
        var scan = OtlpScanner.Scan(decoded.Bytes!, context ?? new BatchContext(TenantId.Single, 7));
        Assert.Null(scan.Fault);
        Assert.Equal(0, scan.RejectedSpans);
        return scan.Batch!;
    }

    /// <summary>One resource, one scope, and the spans given as JSON objects without the braces of trace and span id.</summary>
    public static TraceBatch Spans(string resourceAttributes, params string[] spans) => Of(
        $$"""{"resourceSpans":[{"resource":{"attributes":[{{resourceAttributes}}]},"scopeSpans":[{"scope":{"name":"lib","version":"1.2"},"spans":[{{string.Join(',', spans)}}]}]}]}""");

    public static string Text(TraceBatch batch)
    {
        using var buffer = new PooledBuffer();
        using (var json = new Utf8JsonWriter(buffer, OtlpJsonWriter.Options))
        {
            OtlpJsonWriter.WriteTraces(json, batch.Bytes.Span, OtlpJsonDialect.OtlpHex);
        }

        return Encoding.UTF8.GetString(buffer.Written);
    }

    public static JsonNode Node(TraceBatch batch) => JsonNode.Parse(Text(batch))!;
}

/// <summary>Keeps what came as JSON.</summary>
internal sealed class JsonRecorder : ITraceConsumer
{
    private static readonly JsonSerializerOptions s_plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public List<JsonNode> Batches { get; } = [];

    public List<BatchContext> Contexts { get; } = [];

    public ConsumeResult Answer { get; set; } = ConsumeResult.Accepted;

    public IEnumerable<JsonNode> Spans => Batches
        .SelectMany(static batch => batch["resourceSpans"]!.AsArray())
        .SelectMany(static resource => resource!["scopeSpans"]!.AsArray())
        .SelectMany(static scope => scope!["spans"]!.AsArray())
        .Select(static span => span!);

    public ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
    {
        Batches.Add(JsonBatch.Node(batch));
        Contexts.Add(batch.Context);
        return new(Answer);
    }

    /// <summary>An attribute's value as JSON: <c>{"stringValue":"x"}</c>; null when absent.</summary>
    public static string? Attribute(JsonNode owner, string key) =>
        owner["attributes"]?.AsArray().FirstOrDefault(entry => entry!["key"]!.GetValue<string>() == key)?["value"]?.ToJsonString(s_plain);
}
