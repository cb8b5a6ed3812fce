using Clew.Otlp.Batches;
using Clew.Pipeline.Components;

namespace Clew.Pipeline.Graph;

/// <summary>
/// What a receiver (or a connector's outgoing side) is built with: it stands in front of the pipelines, so that these can be exchanged
/// while it listens. While closed, batches wait here; a batch inside keeps the consumer it started with.
/// </summary>
public sealed class PipelineEntry : ITraceConsumer
{
    /// <summary>How long a batch waits for an exchange of pipelines before its sender is told to try again.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private ITraceConsumer? _target;
    private int _inside;
    private TaskCompletionSource? _opened = NewSource();
    private TaskCompletionSource? _emptied;

    /// <summary>A new entry is closed until <see cref="Open"/>.</summary>
    public PipelineEntry(TimeProvider clock) => _clock = clock;

    /// <summary>Lets batches through to a consumer, those that wait first.</summary>
    public void Open(ITraceConsumer target)
    {
        ArgumentNullException.ThrowIfNull(target);
        TaskCompletionSource? opened;
        lock (_lock)
        {
            _target = target;
            opened = _opened;
            _opened = null;
        }

        opened?.TrySetResult();
    }

    /// <summary>Makes further batches wait; completes when those inside have their answers, or throws when the token is cancelled first.</summary>
    public Task CloseAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _opened ??= NewSource();
            if (_inside == 0)
            {
                return Task.CompletedTask;
            }

            _emptied ??= NewSource();
            return _emptied.Task.WaitAsync(cancellationToken);
        }
    }

    public async ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryEnter(out var target, out var opened))
            {
                try
                {
                    return await target.ConsumeAsync(batch, cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    Leave();
                }
            }

            try
            {
                await opened.WaitAsync(MaxWait, _clock, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return ConsumeResult.Unavailable($"the pipelines are being exchanged for more than {MaxWait.TotalSeconds} s; retry");
            }
        }
    }

    private bool TryEnter(out ITraceConsumer target, out Task opened)
    {
        lock (_lock)
        {
            opened = _opened?.Task ?? Task.CompletedTask;
            target = _target!;
            if (_opened is not null)
            {
                return false;
            }

            _inside++;
            return true;
        }
    }

    private void Leave()
    {
        TaskCompletionSource? emptied = null;
        lock (_lock)
        {
            if (--_inside == 0)
            {
                (emptied, _emptied) = (_emptied, null);
            }
        }

        emptied?.TrySetResult();
    }

    // Continuations run elsewhere: whoever opens or leaves must not run a sender's request.
    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
