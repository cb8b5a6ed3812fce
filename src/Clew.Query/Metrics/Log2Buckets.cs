using System.Numerics;

namespace Clew.Query.Metrics;

/// <summary>
/// Counts in buckets that end at powers of two, and quantiles from them. Values below 2 are not counted. Not exact by design: it is what
/// Tempo's clients compare with, and buckets of several parts add up.
/// </summary>
internal sealed class Log2Buckets
{
    /// <summary>Whole numbers, exact, unless spans stand for a fraction more than one.</summary>
    private readonly double[] _counts = new double[64];

    /// <summary>The exponent n of the smallest 2ⁿ that is not below the value; -1 for values below 2.</summary>
    public static int BucketOf(double value)
    {
        if (!(value >= 2) || value > 9.2e18)
        {
            return -1;
        }

        var whole = (ulong)Math.Ceiling(value);
        return BitOperations.Log2(whole - 1) + 1;
    }

    public void Add(int bucket) => _counts[bucket]++;

    public void Add(int bucket, double weight) => _counts[bucket] += weight;

    public void Add(Log2Buckets other)
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }
    }

    public double this[int bucket] => _counts[bucket];

    /// <summary>
    /// The quantile in the values' own unit, 0 when there are none: walks the buckets to the one where the wanted rank lies, then goes
    /// exponentially between its bounds.
    /// </summary>
    public double Quantile(double q)
    {
        var total = 0.0;
        foreach (var count in _counts)
        {
            total += count;
        }

        if (total == 0)
        {
            return 0;
        }

        var target = Math.Max(1, Math.Ceiling(q * total));
        var below = 0.0;
        var previous = -1;
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            var count = _counts[bucket];
            if (count == 0)
            {
                continue;
            }

            if (below + count == target)
            {
                return Math.Pow(2, bucket);
            }

            if (below + count > target)
            {
                var low = previous < 0 ? bucket - 1 : previous;
                return Math.Pow(2, low + ((bucket - low) * ((target - below) / count)));
            }

            below += count;
            previous = bucket;
        }

        return Math.Pow(2, previous);
    }
}
