using System.Numerics;

namespace Clew.Storage.Rollups;

/// <summary>
/// The buckets of every latency histogram, the same for ever, so that histograms of any two minutes, blocks or machines add exactly.
/// Eight steps to each doubling from 1 µs to 4.9 hours (a step is an eighth to a sixteenth wide), and between them every bound that
/// Tempo's and the Collector's histograms have, so that their <c>le</c> series come out exact. The numbers of buckets reach disk:
/// a change of this table is a new format version.
/// </summary>
public static class LatencyBuckets
{
    private const int FirstBits = 10;
    private const int LastBits = 44;
    private const int StepBits = 3;

    /// <summary>Milliseconds: the Collector's spanmetrics, Tempo's span metrics (0.002 × 2^n s) and service graphs (0.1 × 2^n s), Prometheus' defaults.</summary>
    private static readonly double[] NamedMillis =
    [
        2, 4, 6, 8, 10, 50, 100, 200, 400, 800, 1000, 1400, 2000, 5000, 10_000, 15_000,
        16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384,
        1600, 3200, 6400, 12_800,
        5, 25, 250, 500, 2500, 1, 60_000,
    ];

    private static readonly long[] Upper = Bounds();

    /// <summary>By step of the doubling grid: the first bucket that a value of the step may be in.</summary>
    private static readonly short[] FirstOfStep = Firsts();

    /// <summary>Number of buckets; the last one has no upper bound.</summary>
    public static int Count => Upper.Length + 1;

    /// <summary>The bucket of a duration. A duration equal to a bound belongs below it, as Prometheus' <c>le</c> has it.</summary>
    public static int IndexOf(long nanos)
    {
        if (nanos <= 1 << FirstBits)
        {
            return 0;
        }

        var below = (ulong)(nanos - 1);
        var bits = BitOperations.Log2(below);
        if (bits >= LastBits)
        {
            return Upper.Length;
        }

        var step = ((bits - FirstBits) << StepBits) | (int)((below >> (bits - StepBits)) & ((1 << StepBits) - 1));
        int bucket = FirstOfStep[step];
        while (Upper[bucket] < nanos)
        {
            bucket++;
        }

        return bucket;
    }

    /// <summary>The largest duration of a bucket; <see cref="long.MaxValue"/> for the last.</summary>
    public static long UpperNanos(int bucket) => bucket < Upper.Length ? Upper[bucket] : long.MaxValue;

    /// <summary>What is longer than this is in the bucket or above.</summary>
    public static long LowerNanos(int bucket) => bucket == 0 ? 0 : Upper[bucket - 1];

    private static long[] Bounds()
    {
        var bounds = new SortedSet<long> { 1L << FirstBits };
        for (var bits = FirstBits; bits < LastBits; bits++)
        {
            for (var step = 1; step <= 1 << StepBits; step++)
            {
                bounds.Add((1L << bits) + (((1L << bits) >> StepBits) * step));
            }
        }

        foreach (var millis in NamedMillis)
        {
            bounds.Add((long)(millis * 1e6));
        }

        return [.. bounds];
    }

    private static short[] Firsts()
    {
        var firsts = new short[(LastBits - FirstBits) << StepBits];
        for (var i = 0; i < firsts.Length; i++)
        {
            var bits = FirstBits + (i >> StepBits);
            var lower = (1L << bits) + (((1L << bits) >> StepBits) * (i & ((1 << StepBits) - 1)));
            firsts[i] = (short)Array.FindIndex(Upper, bound => bound > lower);
        }

        return firsts;
    }
}
