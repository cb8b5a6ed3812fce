using System.Text.Json;
using System.Threading.Channels;
using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Otlp.Json;
using Clew.Otlp.Wire;

namespace Clew.Pipeline.Graph;

/// <summary>Copies of a few spans that pass a point of a pipeline, for one tenant's eyes. When the watcher is slow, spans are not shown.</summary>
public sealed class SpanTap(TenantId tenant)
{
    /// <summary>Spans that wait for the watcher at most.</summary>
    public const int Capacity = 100;

    private readonly Channel<string> _shown = Channel.CreateBounded<string>(new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Each is an ExportTraceServiceRequest of one span as OTLP/JSON, in one line.</summary>
    public ChannelReader<string> Spans => _shown.Reader;

    internal void Show(TraceBatch batch)
    {
        if (batch.Context.Tenant != tenant || batch.SpanCount == 0 || _shown.Reader.Count >= Capacity)
        {
            return;
        }

        // One of each batch is a fair sample, and bounds what watching costs.
        var keep = new bool[batch.SpanCount];
        keep[0] = true;
        using var one = batch.Select(keep);
        using var buffer = new PooledBuffer();
        using (var json = new Utf8JsonWriter(buffer, OtlpJsonWriter.Options))
        {
            OtlpJsonWriter.WriteTraces(json, one.Bytes.Span, OtlpJsonDialect.OtlpHex);
        }

        _shown.Writer.TryWrite(System.Text.Encoding.UTF8.GetString(buffer.Written));
    }
}
