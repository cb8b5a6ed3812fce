using System.Threading.Channels;
using Clew.Otlp.Batches;

namespace Clew.Storage.Wal;

/// <summary>A batch that waits for its group, or a step that must run between two groups.</summary>
internal abstract class LogItem
{
    internal sealed class Append(TraceBatch batch, long arrivalUnixNano) : LogItem
    {
        public TraceBatch Batch => batch;

        public long ArrivalUnixNano => arrivalUnixNano;

        public TaskCompletionSource<AppendResult> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>What the sender is told once the group is durable; whoever publishes it may refuse single batches.</summary>
        public AppendResult Outcome { get; set; } = new(AppendStatus.Accepted);
    }

    internal sealed class Step(Action<WalWriter> action) : LogItem
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Run(WalWriter log)
        {
            try
            {
                action(log);
                Done.SetResult();
            }
            catch (Exception fault)
            {
                Done.SetException(fault);
            }
        }
    }
}

/// <summary>Limits of a <see cref="LogQueue"/>: bytes that may wait, bytes written as one group, and the setting that a refusal names.</summary>
internal sealed record LogQueueOptions(long QueueBytes, long GroupBytes, string QueueBytesKey);

/// <summary>
/// The single writer of a log. One group is written and synced at a time; what arrives meanwhile is the next group, so the group
/// size follows the speed of the disk and no timer is needed. Limit: <see cref="LogQueueOptions.QueueBytes"/>, above it the sender is told
/// to retry. Failure policy: whatever is thrown while a group is written or published, every sender of it gets an answer (a refusal), the
/// fault is told, and the next group is tried: the writer never ends before it is disposed.
/// </summary>
internal sealed class LogQueue : IAsyncDisposable
{
    // Unbounded in items on purpose: bytes are bounded below, and an item is never smaller than its frame header.
    private readonly Channel<LogItem> _items = Channel.CreateUnbounded<LogItem>(new UnboundedChannelOptions { SingleReader = true });
    private readonly WalWriter _log;
    private readonly LogQueueOptions _options;
    private readonly Action<IReadOnlyList<LogItem.Append>, WalPosition[]> _publish;
    private readonly Action<Exception> _onFailure;
    private readonly List<LogItem.Append> _group = [];
    private readonly List<WalFrame> _frames = [];
    private readonly Task _loop;
    private WalPosition[] _positions = new WalPosition[64];
    private long _waitingBytes;

    /// <summary>
    /// Starts the writer. <paramref name="publish"/> makes a durable group visible, on the writer and in order;
    /// <paramref name="onFailure"/> hears why a group could not be written.
    /// </summary>
    public LogQueue(
        WalWriter log, LogQueueOptions options, Action<IReadOnlyList<LogItem.Append>, WalPosition[]> publish, Action<Exception> onFailure)
    {
        _log = log;
        _options = options;
        _publish = publish;
        _onFailure = onFailure;
        _loop = Task.Run(RunAsync);
    }

    public long WaitingBytes => Interlocked.Read(ref _waitingBytes);

    public ValueTask<AppendResult> AppendAsync(TraceBatch batch, long arrivalUnixNano)
    {
        var size = batch.Bytes.Length + WalFormat.FrameHeaderSize;
        if (Interlocked.Add(ref _waitingBytes, size) > _options.QueueBytes && size < _options.QueueBytes)
        {
            Interlocked.Add(ref _waitingBytes, -size);
            return new(new AppendResult(AppendStatus.Overloaded, $"the log's queue is full ({_options.QueueBytes} bytes, {_options.QueueBytesKey}); retry"));
        }

        var item = new LogItem.Append(batch, arrivalUnixNano);
        if (!_items.Writer.TryWrite(item))
        {
            Interlocked.Add(ref _waitingBytes, -size);
            return new(new AppendResult(AppendStatus.Unavailable, "the store is stopping; retry"));
        }

        return new(item.Done.Task);
    }

    /// <summary>Runs a step on the writer, after every append queued before it.</summary>
    public Task RunAsync(Action<WalWriter> action)
    {
        var step = new LogItem.Step(action);
        return _items.Writer.TryWrite(step) ? step.Done.Task : Task.FromException(new ObjectDisposedException(nameof(LogQueue)));
    }

    /// <summary>Writes what is queued, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _items.Writer.TryComplete();
        await _loop.ConfigureAwait(false);
        _log.Dispose();
    }

    private async Task RunAsync()
    {
        while (await _items.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            LogItem.Step? step = null;
            var bytes = 0L;
            while (step is null && bytes < _options.GroupBytes && _items.Reader.TryRead(out var item))
            {
                if (item is LogItem.Append append)
                {
                    _group.Add(append);
                    bytes += append.Batch.Bytes.Length + WalFormat.FrameHeaderSize;
                }
                else
                {
                    step = (LogItem.Step)item;
                }
            }

            if (_group.Count > 0)
            {
                WriteGroup();
                Interlocked.Add(ref _waitingBytes, -bytes);
                _group.Clear();
            }

            step?.Run(_log);
        }
    }

    /// <summary>Order: append, fsync, publish, acknowledge.</summary>
    private void WriteGroup()
    {
        try
        {
            _frames.Clear();
            foreach (var item in _group)
            {
                _frames.Add(new WalFrame(WalFrameType.Batch, item.Batch.Bytes, item.ArrivalUnixNano));
            }

            if (_positions.Length < _frames.Count)
            {
                _positions = new WalPosition[_frames.Count * 2];
            }

            _log.Append(_frames, _positions);
            _publish(_group, _positions);
        }
        catch (Exception fault)
        {
            // Also what nobody foresaw: a sender that waits for ever is worse than one that sends again.
            RefuseGroup(fault);
        }

        foreach (var item in _group)
        {
            item.Done.TrySetResult(item.Outcome);
        }
    }

    private void RefuseGroup(Exception fault)
    {
        var what = fault is IOException or UnauthorizedAccessException ? fault.Message : $"{fault.GetType().Name}: {fault.Message}";
        var refusal = new AppendResult(AppendStatus.Unavailable, $"the log cannot be written: {what}; retry");
        foreach (var item in _group)
        {
            item.Outcome = refusal;
        }

        try
        {
            _onFailure(fault);
        }
        catch (Exception)
        {
            // Telling failed too; the senders' answers say what happened.
        }
    }
}
