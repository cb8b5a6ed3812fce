using Clew.Otlp.Batches;
using Clew.Otlp.Editing;
using Clew.Otlp.Wire;
using Clew.Pipeline.Components;

namespace Clew.Pipeline.Processors.Editing;

/// <summary>
/// <c>groupbyattrs</c>: moves attributes of spans to their resource, and puts spans with equal resources together. Without keys it only
/// puts together.
/// </summary>
public sealed class GroupByAttrsProcessor(ComponentId id, IReadOnlyList<string> keys, ITraceConsumer next) : ITraceProcessor
{
    public ComponentId Id => id;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
    {
        using var grouped = Group(batch);
        return await next.ConsumeAsync(grouped, cancellationToken).ConfigureAwait(false);
    }

    private TraceBatch Group(TraceBatch batch)
    {
        using var composer = new BatchComposer();
        using var edit = new BatchEdit(batch);
        using var spanBytes = new PooledBuffer();
        using var resourceBytes = new PooledBuffer();
        for (var i = 0; i < batch.SpanCount; i++)
        {
            var entry = batch.Spans[i];
            var span = edit.Open(i);
            var moved = keys.Where(span.Attributes.Has).ToList();
            if (moved.Count == 0)
            {
                composer.Add(batch, entry);
                continue;
            }

            var original = batch.Resources[entry.Resource];
            var resource = new ResourceRecord(batch.Bytes.Slice(original.Offset, original.Length), "");
            foreach (var key in moved)
            {
                resource.Attributes.Set(key, span.Attributes.Get(key));
                span.Attributes.Remove(key);
            }

            spanBytes.Clear();
            span.Write(spanBytes);
            resourceBytes.Clear();
            resource.Write(resourceBytes);
            var scope = batch.Scopes[entry.Scope];
            composer.Add(resourceBytes.Written, batch.SchemaUrl(original), batch.ContextBytes(scope), batch.SchemaUrl(scope), spanBytes.Written);
        }

        return composer.Build(batch.Context);
    }
}
