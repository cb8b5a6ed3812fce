using System.Numerics;
using System.Runtime.InteropServices;

namespace Clew.Parquet;

/// <summary>
/// Parquet's split-block bloom filter: blocks of 256 bits; the upper half of a hash picks a block, the lower half sets one bit in
/// each of its eight words. A value never added is answered with "maybe" at the rate the filter was sized for.
/// </summary>
public sealed class SplitBlockBloomFilter
{
    internal const int BlockBytes = 32;
    private const int BlockWords = 8;

    private static ReadOnlySpan<uint> Salt =>
        [0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31];

    private uint[] _words;

    internal SplitBlockBloomFilter(int bytes) => _words = new uint[bytes / 4];

    /// <summary>Bytes of the filter, for a cache's books.</summary>
    public int Bytes => _words.Length * 4;

    internal Span<byte> Content => MemoryMarshal.AsBytes(_words.AsSpan());

    /// <summary>False if no row of the chunk has this value; the bytes are the value's, without a length.</summary>
    public bool MightContain(ReadOnlySpan<byte> value) => MightContainHash(XxHash64.Hash(value));

    public bool MightContain(long value) => MightContain(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in value)));

    public bool MightContain(int value) => MightContain(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value)));

    /// <summary>Bytes for this many distinct values at this rate of false positives: 8 n / -ln(1 - p^(1/8)) bits.</summary>
    internal static long BytesFor(long distinct, double falsePositives)
    {
        double bits = -8.0 * Math.Max(distinct, 1) / Math.Log(1 - Math.Pow(falsePositives, 1.0 / 8));
        return ((long)(bits / 8) / BlockBytes + 1) * BlockBytes;
    }

    internal void AddHash(ulong hash)
    {
        Span<uint> block = Block(hash);
        uint key = (uint)hash;
        for (int i = 0; i < BlockWords; i++)
        {
            block[i] |= 1u << (int)((key * Salt[i]) >> 27);
        }
    }

    internal bool MightContainHash(ulong hash)
    {
        Span<uint> block = Block(hash);
        uint key = (uint)hash;
        for (int i = 0; i < BlockWords; i++)
        {
            if ((block[i] & (1u << (int)((key * Salt[i]) >> 27))) == 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Halves the filter as long as the rate of false positives stays below the wanted one: the number of distinct values is
    /// known only as an upper bound when a plain column begins. The block number is hash·blocks >> 32, so with an even number of
    /// blocks, half as many blocks take their content from neighbours 2i and 2i+1. With a share f of bits set, a random value
    /// passes at f^8; the union of two neighbours has 1 - (1 - f)².
    /// </summary>
    internal void Fold(double falsePositives)
    {
        double allowed = Math.Pow(falsePositives, 1.0 / 8);
        while (_words.Length / BlockWords % 2 == 0)
        {
            long set = 0;
            foreach (uint word in _words)
            {
                set += BitOperations.PopCount(word);
            }

            double share = set / (32.0 * _words.Length);
            if (1 - (1 - share) * (1 - share) > allowed)
            {
                return;
            }

            uint[] half = new uint[_words.Length / 2];
            for (int block = 0; block < half.Length / BlockWords; block++)
            {
                for (int i = 0; i < BlockWords; i++)
                {
                    half[block * BlockWords + i] = _words[2 * block * BlockWords + i] | _words[(2 * block + 1) * BlockWords + i];
                }
            }

            _words = half;
        }
    }

    private Span<uint> Block(ulong hash)
    {
        uint blocks = (uint)(_words.Length / BlockWords);
        uint block = (uint)(((hash >> 32) * blocks) >> 32);
        return _words.AsSpan((int)block * BlockWords, BlockWords);
    }
}
