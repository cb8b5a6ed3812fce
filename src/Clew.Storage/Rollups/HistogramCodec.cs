using System.Numerics;
using Clew.Otlp.Wire;
using Clew.Storage.Blocks;

namespace Clew.Storage.Rollups;

/// <summary>
/// A histogram in bytes: <c>shift</c> (one byte), then for each filled bucket <c>step</c> and <c>weight &gt;&gt; shift</c> as varints, where
/// step is the distance to the bucket before (the first one counts from -1). The shift is what all weights can be shifted by: without
/// sampling every weight is a whole number of spans, and most entries take two bytes.
/// </summary>
internal static class HistogramCodec
{
    public static void Write(LatencyHistogram histogram, PooledBuffer buffer)
    {
        var all = 0L;
        foreach (var (_, weight) in histogram.Entries)
        {
            all |= weight;
        }

        if (all == 0)
        {
            return;
        }

        var shift = BitOperations.TrailingZeroCount(all);
        var writer = new ProtoWriter(buffer);
        writer.Varint((uint)shift);
        var last = -1;
        foreach (var (bucket, weight) in histogram.Entries)
        {
            if (weight != 0)
            {
                writer.Varint((uint)(bucket - last));
                writer.Varint((ulong)(weight >> shift));
                last = bucket;
            }
        }
    }

    /// <summary>Adds what the bytes hold to a histogram.</summary>
    public static void Read(ReadOnlySpan<byte> bytes, LatencyHistogram histogram, string file)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        var reader = new ProtoReader(bytes);
        var good = reader.TryVarint(out var shift) && shift < 63;
        var bucket = -1L;
        while (good && reader.Position < bytes.Length)
        {
            good = reader.TryVarint(out var step) & reader.TryVarint(out var weight);
            bucket += (long)Math.Min(step, (ulong)short.MaxValue);
            good = good && step > 0 && bucket < LatencyBuckets.Count && weight <= (ulong)(long.MaxValue >> (int)shift);
            if (good)
            {
                histogram.AddBucket((int)bucket, (long)weight << (int)shift);
            }
        }

        if (!good)
        {
            throw new BlockCorruptException(file, reader.Position, "a latency histogram ends early or has a bucket that does not exist");
        }
    }
}
