namespace Clew.Query;

/// <summary>
/// Lets a bounded number of queries run, lets a bounded number wait, and refuses the rest at once. The time limit counts from the
/// moment a query asks to enter.
/// </summary>
internal sealed class QueryGate(QueryLimits limits, TimeProvider clock) : IDisposable
{
    private readonly SemaphoreSlim _running = new(limits.MaxConcurrent);
    private int _waiting;

    public async ValueTask<Turn> EnterAsync(CancellationToken cancellationToken)
    {
        var turn = new Turn(this, limits.Timeout, clock, cancellationToken);
        try
        {
            if (!_running.Wait(0, CancellationToken.None))
            {
                await WaitAsync(turn.Token).ConfigureAwait(false);
            }

            turn.Entered = true;
            return turn;
        }
        catch (OperationCanceledException) when (turn.TimedOut)
        {
            turn.Dispose();
            throw new QueryException(
                QueryFault.Overloaded, $"the query waited {limits.Timeout.TotalSeconds:0.###} s for one of {limits.MaxConcurrent} places (query.max_concurrent)");
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    public void Dispose() => _running.Dispose();

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > limits.MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            throw new QueryException(QueryFault.Overloaded, $"job queue full: {limits.MaxWaiting} queries wait already; try again later");
        }

        try
        {
            await _running.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>A query's right to run; disposing it lets the next one in.</summary>
    internal sealed class Turn : IDisposable
    {
        private readonly QueryGate _gate;
        private readonly TimeSpan _timeout;
        private readonly CancellationTokenSource _deadline;
        private readonly CancellationTokenSource _either;

        public Turn(QueryGate gate, TimeSpan timeout, TimeProvider clock, CancellationToken caller)
        {
            _gate = gate;
            _timeout = timeout;
            _deadline = new CancellationTokenSource(timeout, clock);
            _either = CancellationTokenSource.CreateLinkedTokenSource(caller, _deadline.Token);
        }

        public bool Entered { get; set; }

        /// <summary>Cancelled when the caller gives up and when the time is over.</summary>
        public CancellationToken Token => _either.Token;

        public bool TimedOut => _deadline.IsCancellationRequested;

        public string TimeoutMessage => $"the query ran longer than {_timeout.TotalSeconds:0.###} s (query.timeout)";

        public void Dispose()
        {
            if (Entered)
            {
                _gate._running.Release();
            }

            _either.Dispose();
            _deadline.Dispose();
        }
    }
}
