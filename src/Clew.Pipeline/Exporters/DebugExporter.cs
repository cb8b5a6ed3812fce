using System.Text;
using System.Text.Json;
using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Otlp.Json;
using Clew.Otlp.Wire;
using Clew.Pipeline.Components;
using Microsoft.Extensions.Logging;

namespace Clew.Pipeline.Exporters;

/// <summary>How much <c>debug</c> writes of each batch: counts, a line a span, or everything.</summary>
public enum DebugDetail
{
    Basic,
    Normal,
    Detailed,
}

/// <summary>
/// <c>debug</c>: writes what passes to the log. Of each second the first <paramref name="initial"/> batches are written, then each
/// <paramref name="thereafter"/>th.
/// </summary>
public sealed class DebugExporter(ComponentId id, DebugDetail detail, int initial, int thereafter, TimeProvider clock, ILogger logger) : ITraceExporter
{
    private readonly Lock _gate = new();
    private long _second = -1;
    private int _ofSecond;

    public ComponentId Id => id;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
    {
        if (ShouldWrite())
        {
            var traces = new HashSet<TraceId>();
            foreach (ref readonly var span in batch.Spans)
            {
                traces.Add(span.TraceId);
            }

            logger.DebugBatch(id, traces.Count, batch.SpanCount, Text(batch));
        }

        return new(ConsumeResult.Accepted);
    }

    private bool ShouldWrite()
    {
        lock (_gate)
        {
            var second = clock.GetUtcNow().ToUnixTimeSeconds();
            if (second != _second)
            {
                (_second, _ofSecond) = (second, 0);
            }

            var number = _ofSecond++;
            return number < initial || (thereafter > 0 && (number - initial) % thereafter == 0);
        }
    }

    private string Text(TraceBatch batch)
    {
        if (detail == DebugDetail.Basic)
        {
            return "";
        }

        if (detail == DebugDetail.Detailed)
        {
            using var buffer = new PooledBuffer();
            using (var json = new Utf8JsonWriter(buffer, OtlpJsonWriter.Options with { Indented = true }))
            {
                OtlpJsonWriter.WriteTraces(json, batch.Bytes.Span, OtlpJsonDialect.OtlpHex);
            }

            return "\n" + Encoding.UTF8.GetString(buffer.Written);
        }

        var text = new StringBuilder();
        foreach (ref readonly var span in batch.Spans)
        {
            text.Append('\n').Append(span.TraceId).Append(' ').Append(span.SpanId).Append(' ').Append(span.Kind).Append(' ').Append(span.Status);
        }

        return text.ToString();
    }
}
