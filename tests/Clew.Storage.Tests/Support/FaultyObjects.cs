using System.Globalization;
using System.Runtime.CompilerServices;
using Clew.Storage.Backends;

namespace Clew.Storage.Tests.Support;

/// <summary>How often a store misbehaves, each a share of calls from 0 to 1.</summary>
internal sealed record Faults
{
    /// <summary>The call fails and nothing has happened.</summary>
    public double Fail { get; init; }

    /// <summary>A write happens and the caller hears of a failure: an answer that was lost.</summary>
    public double LoseAnswer { get; init; }

    /// <summary>A write stores the beginning of the content under the key and fails: a store that is not atomic.</summary>
    public double Tear { get; init; }

    /// <summary>A call gives its turn away so many times before it goes on; others overtake it.</summary>
    public int MaxYields { get; init; }

    /// <summary>Objects written last that a listing does not show yet: eventually consistent listings.</summary>
    public int ListingLag { get; init; }
}

/// <summary>
/// A store in front of another that fails, tears, loses answers, is slow and lists late, as a seed says. The same seed and the same calls
/// give the same faults; <see cref="ToString"/> names the seed for the message of a failed test. <see cref="Outage"/> switches it off whole.
/// </summary>
internal sealed class FaultyObjects(IObjectStore inner, int seed, Faults faults) : IObjectStore
{
    private readonly Random _random = new(seed);
    private readonly Lock _lock = new();
    private readonly Queue<string> _latest = new();

    /// <summary>While true every call fails at once.</summary>
    public bool Outage { get; set; }

    /// <summary>While true no call fails.</summary>
    public bool Calm { get; set; }

    /// <summary>Calls answered with a failure.</summary>
    public int Failures { get; private set; }

    /// <summary>All calls.</summary>
    public int Calls { get; private set; }

    public async ValueTask PutAsync(string key, Stream content, CancellationToken cancellationToken)
    {
        await BeginAsync("put", key);
        using var copy = new MemoryStream();
        await content.CopyToAsync(copy, cancellationToken);
        if (Hits(faults.Tear))
        {
            await inner.PutAsync(key, new MemoryStream(copy.ToArray(), 0, (int)(copy.Length / 2)), cancellationToken);
            throw Failure("put", key, "torn");
        }

        copy.Position = 0;
        await inner.PutAsync(key, copy, cancellationToken);
        Written(key);
        if (Hits(faults.LoseAnswer))
        {
            throw Failure("put", key, "answer lost");
        }
    }

    public async ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await BeginAsync("put-if-absent", key);
        var won = await inner.PutIfAbsentAsync(key, content, cancellationToken);
        if (won)
        {
            Written(key);
        }

        return Hits(faults.LoseAnswer) ? throw Failure("put-if-absent", key, "answer lost") : won;
    }

    public async ValueTask<int> ReadRangeAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        await BeginAsync("read", key);
        return await inner.ReadRangeAsync(key, offset, destination, cancellationToken);
    }

    public async ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken)
    {
        await BeginAsync("get", key);
        return await inner.GetAsync(key, cancellationToken);
    }

    public async ValueTask<long?> SizeAsync(string key, CancellationToken cancellationToken)
    {
        await BeginAsync("size", key);
        return await inner.SizeAsync(key, cancellationToken);
    }

    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await BeginAsync("list", prefix);
        HashSet<string> hidden;
        lock (_lock)
        {
            hidden = [.. _latest];
        }

        await foreach (var key in inner.ListAsync(prefix, cancellationToken))
        {
            if (!hidden.Contains(key))
            {
                yield return key;
            }
        }
    }

    public async ValueTask DeleteAsync(string key, CancellationToken cancellationToken)
    {
        await BeginAsync("delete", key);
        await inner.DeleteAsync(key, cancellationToken);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"faulty store, seed {seed}, {Failures} failures in {Calls} calls");

    private async ValueTask BeginAsync(string call, string key)
    {
        int yields;
        bool fails;
        lock (_lock)
        {
            Calls++;
            yields = faults.MaxYields == 0 ? 0 : _random.Next(faults.MaxYields + 1);
            fails = Outage || (!Calm && faults.Fail > 0 && _random.NextDouble() < faults.Fail);
        }

        for (var i = 0; i < yields; i++)
        {
            await Task.Yield();
        }

        if (fails)
        {
            throw Failure(call, key, Outage ? "outage" : "no answer");
        }
    }

    private bool Hits(double share)
    {
        lock (_lock)
        {
            return !Calm && share > 0 && _random.NextDouble() < share;
        }
    }

    private void Written(string key)
    {
        lock (_lock)
        {
            _latest.Enqueue(key);
            while (_latest.Count > faults.ListingLag)
            {
                _latest.Dequeue();
            }
        }
    }

    private IOException Failure(string call, string key, string what)
    {
        lock (_lock)
        {
            Failures++;
        }

        return new IOException($"injected: {what} at {call} of '{key}' (seed {seed})");
    }
}
