using System.Diagnostics.Metrics;
using System.Text;
using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Batches;
using Clew.Otlp.Wire;
using Clew.Pipeline.Components;

namespace Clew.Pipeline.Tests.Support;

/// <summary>A span for a test batch.</summary>
internal sealed record TestSpan(TraceId Trace, int Id = 1, string TraceState = "", (string Key, object Value)? Attribute = null);

internal static class Spans
{
    public static TraceBatch Batch(params IEnumerable<TestSpan> spans)
    {
        var buffer = new PooledBuffer();
        var writer = new ProtoWriter(buffer);
        var resourceSpans = writer.BeginMessage(OtlpFields.RequestResourceSpans);
        var scopeSpans = writer.BeginMessage(OtlpFields.ResourceSpans.ScopeSpans);
        foreach (var span in spans)
        {
            Write(writer, span);
        }

        writer.EndMessage(scopeSpans);
        writer.EndMessage(resourceSpans);
        return OtlpScanner.Scan(buffer, new BatchContext(TenantId.Single, 7)).Batch!;
    }

    /// <summary>The tracestate of a batch's span.</summary>
    public static string TraceState(TraceBatch batch, int index)
    {
        var reader = new ProtoReader(batch.SpanBytes(batch.Spans[index]));
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.Span.TraceState && reader.TryBytes(out var text))
            {
                return Encoding.UTF8.GetString(text);
            }

            reader.Skip();
        }

        return "";
    }

    private static void Write(ProtoWriter writer, TestSpan span)
    {
        Span<byte> bytes = stackalloc byte[TraceId.Size];
        var message = writer.BeginMessage(OtlpFields.ScopeSpans.Spans);
        span.Trace.WriteTo(bytes);
        writer.BytesField(OtlpFields.Span.TraceId, bytes);
        new SpanId((ulong)span.Id).WriteTo(bytes);
        writer.BytesField(OtlpFields.Span.SpanId, bytes[..SpanId.Size]);
        writer.StringField(OtlpFields.Span.Name, "op");
        if (span.TraceState.Length > 0)
        {
            writer.StringField(OtlpFields.Span.TraceState, span.TraceState);
        }

        if (span.Attribute is { } attribute)
        {
            var keyValue = writer.BeginMessage(OtlpFields.Span.Attributes);
            writer.StringField(OtlpFields.KeyValue.Key, attribute.Key);
            var value = writer.BeginMessage(OtlpFields.KeyValue.Value);
            switch (attribute.Value)
            {
                case int number:
                    writer.VarintField(OtlpFields.AnyValue.Int, (ulong)number);
                    break;
                case string text:
                    writer.StringField(OtlpFields.AnyValue.String, text);
                    break;
                default:
                    throw new ArgumentException("int or string");
            }

            writer.EndMessage(value);
            writer.EndMessage(keyValue);
        }

        writer.EndMessage(message);
    }
}

/// <summary>Remembers what came, answers what it is told to.</summary>
internal sealed class Recorder : ITraceConsumer
{
    public List<(TraceId Trace, string TraceState)> Spans { get; } = [];

    public List<BatchContext> Contexts { get; } = [];

    public ConsumeResult Answer { get; set; } = ConsumeResult.Accepted;

    public ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
    {
        Contexts.Add(batch.Context);
        for (var i = 0; i < batch.SpanCount; i++)
        {
            Spans.Add((batch.Spans[i].TraceId, Support.Spans.TraceState(batch, i)));
        }

        return new(Answer);
    }
}

internal sealed class Meters : IMeterFactory
{
    public static ComponentMetrics Components() => new(new Meters());

    public Meter Create(MeterOptions options) => new(options);

    public void Dispose()
    {
    }
}
