using Clew.Buckets.Tests.Support;
using Clew.Storage.Backends.Remote;
using Microsoft.Extensions.Logging;

namespace Clew.Buckets.Tests.Remote;

/// <summary>Retries, hedges, time-outs, probe: the behaviour that is ours and not the service's.</summary>
public sealed class RemoteObjectStoreTests
{
    private readonly MemoryClient _client = new();

    [Fact]
    public async Task Failure_that_may_pass_is_tried_again_until_the_limit_and_then_told()
    {
        _client.Before = (_, _, _) => throw new ObjectStoreException(ObjectStoreFault.Unreachable, "down");
        using var store = Remotes.Over(_client, Remotes.Options with { MaxAttempts = 4 });
        var fault = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.GetAsync("k", default));
        Assert.Equal("down", fault.Message);
        Assert.Equal(4, _client.Calls);
    }

    [Theory]
    [InlineData(ObjectStoreFault.Denied)]
    [InlineData(ObjectStoreFault.NoBucket)]
    [InlineData(ObjectStoreFault.Rejected)]
    public async Task Failure_for_good_is_not_tried_again(ObjectStoreFault fault)
    {
        _client.Before = (_, _, _) => throw new ObjectStoreException(fault, "no");
        using var store = Remotes.Over(_client);
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.GetAsync("k", default));
        Assert.Equal(1, _client.Calls);
    }

    [Fact]
    public async Task Lost_answer_of_a_conditional_put_reads_back_who_won()
    {
        var lost = false;
        _client.After = (verb, _) => verb == "put-if-absent" && !lost && (lost = true) ? throw new ObjectStoreException(ObjectStoreFault.Unreachable, "lost") : Task.CompletedTask;
        using var store = Remotes.Over(_client);
        Assert.True(await store.PutIfAbsentAsync("m/1", "nonce a"u8.ToArray(), default));
        Assert.False(await store.PutIfAbsentAsync("m/1", "nonce b"u8.ToArray(), default));
    }

    [Fact]
    public async Task Conditional_put_that_lost_to_another_after_a_failed_try_says_so()
    {
        var tries = 0;
        using var rival = Remotes.Over(_client);
        _client.Before = async (verb, _, _) =>
        {
            if (verb == "put-if-absent" && ++tries == 1)
            {
                await rival.PutAsync("m/1", new MemoryStream("rival"u8.ToArray()), default);
                throw new ObjectStoreException(ObjectStoreFault.Unreachable, "never arrived");
            }
        };
        using var store = Remotes.Over(_client);
        Assert.False(await store.PutIfAbsentAsync("m/1", "ours"u8.ToArray(), default));
        Assert.Equal("rival"u8.ToArray(), await store.GetAsync("m/1", default));
    }

    [Fact]
    public async Task Slow_read_is_asked_a_second_time_and_the_first_answer_counts()
    {
        using var store = Remotes.Over(_client, Remotes.Options with { HedgeAfter = TimeSpan.FromMilliseconds(1), HedgeUpTo = 2 });
        await store.PutAsync("k", new MemoryStream([1, 2, 3]), default);
        var reads = 0;
        var firstWasCancelled = new TaskCompletionSource();
        _client.Before = async (verb, _, token) =>
        {
            if (verb == "read" && Interlocked.Increment(ref reads) == 1)
            {
                token.Register(() => firstWasCancelled.TrySetResult());
                await Task.Delay(Timeout.Infinite, token);
            }
        };
        var bytes = new byte[3];
        Assert.Equal(3, await store.ReadRangeAsync("k", 0, bytes, default));
        Assert.Equal([1, 2, 3], bytes);
        Assert.Equal(2, reads);
        await firstWasCancelled.Task;
    }

    [Fact]
    public async Task Try_without_an_answer_ends_by_the_time_limit_and_names_the_setting()
    {
        _client.Before = (_, _, token) => Task.Delay(Timeout.Infinite, token);
        using var store = Remotes.Over(_client, Remotes.Options with { MaxAttempts = 2, Timeout = TimeSpan.FromMilliseconds(5) });
        var fault = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.GetAsync("k", default));
        Assert.Contains("storage.requests.timeout", fault.Message);
        Assert.Equal(2, _client.Calls);
    }

    [Fact]
    public async Task Requests_in_flight_stay_within_the_limit()
    {
        var (running, most) = (0, 0);
        var gate = new Lock();
        _client.Before = async (_, _, _) =>
        {
            lock (gate)
            {
                most = Math.Max(most, ++running);
            }

            await Task.Yield();
            lock (gate)
            {
                running--;
            }
        };
        using var store = Remotes.Over(_client, Remotes.Options with { MaxConcurrent = 3 });
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => store.GetAsync($"k{i}", default).AsTask()));
        Assert.InRange(most, 1, 3);
    }

    [Fact]
    public async Task Probe_of_a_service_with_conditions_leaves_nothing_behind()
    {
        using var store = Remotes.Over(_client);
        await store.ProbeAsync(default);
        Assert.True(store.HasConditionalPut);
        Assert.Empty(_client.Keys);
    }

    [Fact]
    public async Task Service_that_takes_a_key_twice_is_used_as_the_only_writer_and_the_log_says_so()
    {
        var log = new Lines();
        using var store = Remotes.Over(new MemoryClient { KnowsConditions = false }, logger: log);
        await store.ProbeAsync(default);
        Assert.False(store.HasConditionalPut);
        Assert.Contains(log.All, line => line.Contains("only writer", StringComparison.Ordinal));
        Assert.True(await store.PutIfAbsentAsync("m/1", new byte[] { 1 }, default));
        Assert.False(await store.PutIfAbsentAsync("m/1", new byte[] { 2 }, default));
        Assert.Equal([1], await store.GetAsync("m/1", default));
    }

    [Fact]
    public async Task Outage_is_told_once_and_so_is_its_end()
    {
        var log = new Lines();
        using var store = Remotes.Over(_client, Remotes.Options with { MaxAttempts = 1 }, log);
        _client.Before = (_, _, _) => throw new ObjectStoreException(ObjectStoreFault.Unreachable, "down");
        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.GetAsync("k", default));
        }

        Assert.Equal("down", store.Outage?.Reason);
        _client.Before = static (_, _, _) => Task.CompletedTask;
        await store.PutAsync("k", new MemoryStream([1]), default);
        Assert.Null(store.Outage);
        Assert.Single(log.All, line => line.Contains("does not answer", StringComparison.Ordinal));
        Assert.Single(log.All, line => line.Contains("answers again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task While_the_service_is_away_reads_fail_at_once_and_one_now_and_then_asks()
    {
        var clock = new StoppedClock();
        using var store = Remotes.Over(_client, Remotes.Options with { MaxAttempts = 1, BackoffMax = TimeSpan.FromSeconds(5) }, clock: clock);
        _client.Before = (_, _, _) => throw new ObjectStoreException(ObjectStoreFault.Unreachable, "down");
        for (var i = 0; i < 10; i++)
        {
            var fault = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.GetAsync("k", default));
            Assert.StartsWith("down", fault.Message);
        }

        Assert.Equal(1, _client.Calls);
        clock.Advance(TimeSpan.FromSeconds(6));
        _client.Before = static (_, _, _) => Task.CompletedTask;
        await store.GetAsync("k", default);
        Assert.Null(store.Outage);
    }

    [Fact]
    public async Task Upload_in_parts_that_fails_leaves_neither_object_nor_parts()
    {
        _client.Before = (verb, _, _) => verb == "complete" ? throw new ObjectStoreException(ObjectStoreFault.Rejected, "no") : Task.CompletedTask;
        using var store = Remotes.Over(_client);
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.PutAsync("large", new MemoryStream(new byte[11 << 20]), default));
        Assert.Empty(_client.Keys);
        Assert.Equal(0, _client.OpenUploads);
    }

    [Fact]
    public async Task Scope_counts_the_requests_made_below_it_retries_included()
    {
        using var store = Remotes.Over(_client);
        await store.PutAsync("k", new MemoryStream(new byte[100]), default);
        using var scope = RequestScope.Begin();
        var tries = 0;
        _client.Before = (_, _, _) => ++tries == 1 ? throw new ObjectStoreException(ObjectStoreFault.Throttled, "slow down") : Task.CompletedTask;
        await Task.Run(async () => await store.ReadRangeAsync("k", 0, new byte[40], default));
        Assert.Equal(2, scope.Requests);
        Assert.Equal(40, scope.Bytes);
    }

    /// <summary>Time that moves when the test says so; timers are the system's.</summary>
    private sealed class StoppedClock : TimeProvider
    {
        private TimeSpan _passed;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _passed.Ticks;

        public void Advance(TimeSpan by) => _passed += by;
    }

    private sealed class Lines : ILogger
    {
        public List<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Add(formatter(state, exception));
    }
}
