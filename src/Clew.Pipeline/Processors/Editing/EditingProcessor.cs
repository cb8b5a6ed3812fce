using Clew.Otlp.Batches;
using Clew.Otlp.Editing;
using Clew.Pipeline.Components;

namespace Clew.Pipeline.Processors.Editing;

/// <summary>A processor that looks at each batch once and hands on what its edit made of it: the batch itself when nothing was changed.</summary>
public abstract class EditingProcessor(ComponentId id, ITraceConsumer next) : ITraceProcessor
{
    public ComponentId Id => id;

    public virtual Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public virtual Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
    {
        if (await ReadyAsync(cancellationToken).ConfigureAwait(false) is { } refusal)
        {
            return refusal;
        }

        TraceBatch? changed;
        using (var edit = new BatchEdit(batch))
        {
            if (Edit(edit) is { } refused)
            {
                return refused;
            }

            changed = edit.Build();
        }

        using (changed)
        {
            var result = changed ?? batch;

            // Dropping on purpose is taking responsibility: the sender is told that all went well.
            return result.SpanCount == 0 ? ConsumeResult.Accepted : await next.ConsumeAsync(result, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Refuses as long as something that the edit needs is not there.</summary>
    protected virtual ValueTask<ConsumeResult?> ReadyAsync(CancellationToken cancellationToken) => default;

    /// <summary>Edits the batch; an answer other than null refuses it.</summary>
    protected abstract ConsumeResult? Edit(BatchEdit edit);
}
