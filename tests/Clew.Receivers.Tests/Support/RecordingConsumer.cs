using Clew.Otlp.Batches;
using Clew.Pipeline.Components;

namespace Clew.Receivers.Tests.Support;

/// <summary>Keeps what it was given and answers what it was told to.</summary>
internal sealed class RecordingConsumer : ITraceConsumer
{
    private readonly Lock _lock = new();
    private readonly List<RecordedBatch> _batches = [];

    public Func<TraceBatch, ConsumeResult> Answer { get; set; } = _ => ConsumeResult.Accepted;

    public IReadOnlyList<RecordedBatch> Batches
    {
        get
        {
            lock (_lock)
            {
                return [.. _batches];
            }
        }
    }

    public RecordedBatch Single => Assert.Single(Batches);

    public ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _batches.Add(new RecordedBatch(batch.SpanCount, batch.Bytes.ToArray(), batch.Context));
        }

        return new(Answer(batch));
    }
}

internal sealed record RecordedBatch(int SpanCount, byte[] Bytes, BatchContext Context);
