using System.Buffers.Binary;
using Clew.Model;

namespace Clew.Pipeline.Sampling;

/// <summary>
/// The sampler's mode <c>hash_seed</c>: FNV-1a 32 over the seed (4 bytes, little-endian) and the trace id, of which 14 bits choose one of
/// 16384 buckets; the lowest buckets are kept.
/// </summary>
public static class HashSeedSampling
{
    private const int Buckets = 0x4000;

    /// <summary>Buckets of one percent: 16384 / 100, in single precision as the percentage is.</summary>
    private const float BucketsOfPercent = 163.84f;

    public static uint Hash(uint seed, TraceId traceId)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint) + TraceId.Size];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, seed);
        traceId.WriteTo(bytes[sizeof(uint)..]);
        var hash = 2166136261u;
        foreach (var b in bytes)
        {
            hash = (hash ^ b) * 16777619u;
        }

        return hash;
    }

    /// <summary>How many of the buckets a percentage keeps.</summary>
    public static uint KeptBuckets(float percentage) => percentage >= 100 ? Buckets : (uint)(percentage * BucketsOfPercent);

    /// <summary>The same decision as a threshold on <see cref="Randomness"/>.</summary>
    public static SamplingThreshold Threshold(float percentage) => new((Buckets - (ulong)KeptBuckets(percentage)) << 42);

    /// <summary>The hash as 56-bit randomness: the bucket reversed in the top 14 bits, then mixed bits, then the bucket.</summary>
    public static ulong Randomness(uint hash)
    {
        var bucket = hash & (Buckets - 1);
        var upper = hash >> 18;
        var mix = upper ^ (upper << 10);
        return ((ulong)(Buckets - 1 - bucket) << 42) | ((ulong)(mix & 0xFFFFFFF) << 14) | bucket;
    }
}
