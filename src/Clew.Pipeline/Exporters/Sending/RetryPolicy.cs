namespace Clew.Pipeline.Exporters.Sending;

/// <summary><c>retry_on_failure</c>: exponential back-off with jitter; the delay that the next hop asks for wins when it is longer.</summary>
public sealed record RetryPolicy
{
    public bool Enabled { get; init; } = true;

    public TimeSpan InitialInterval { get; init; } = TimeSpan.FromSeconds(5);

    public double RandomizationFactor { get; init; } = 0.5;

    public double Multiplier { get; init; } = 1.5;

    public TimeSpan MaxInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After this the request is given up; zero never gives up.</summary>
    public TimeSpan MaxElapsedTime { get; init; }

    /// <summary>The wait before attempt <paramref name="attempt"/> (1 is the first repetition).</summary>
    /// <param name="attempt">Counts from 1.</param>
    /// <param name="random">0 to 1, for the jitter.</param>
    /// <param name="asked">The delay that the next hop asked for.</param>
    public TimeSpan Delay(int attempt, double random, TimeSpan? asked)
    {
        var interval = Math.Min(MaxInterval.TotalSeconds, InitialInterval.TotalSeconds * Math.Pow(Multiplier, Math.Min(attempt - 1, 100)));
        var jittered = TimeSpan.FromSeconds(interval * (1 - RandomizationFactor + (2 * RandomizationFactor * random)));
        return asked > jittered ? asked.Value : jittered;
    }
}
