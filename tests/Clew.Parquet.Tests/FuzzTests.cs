using CsCheck;

namespace Clew.Parquet.Tests;

/// <summary>
/// Damaged files: every one either reads, possibly to other values, or throws <see cref="ParquetCorruptException"/>. The seed that
/// fails is printed by the sampler.
/// </summary>
public sealed class FuzzTests
{
    private static readonly Lazy<byte[]>[] s_files =
        [.. Enumerable.Range(0, 60).Select(seed => new Lazy<byte[]>(() => new RandomTable(seed, maxRows: 600).Write()))];

    /// <summary>scripts/fuzz.sh asks for more rounds than a test run has time for.</summary>
    private static readonly int s_rounds = int.TryParse(Environment.GetEnvironmentVariable("CLEW_FUZZ_ROUNDS"), out int rounds) ? Math.Max(1, rounds) : 1;

    private int _read;
    private int _refused;

    [Fact]
    public void Bytes_changed_anywhere_read_or_are_refused()
    {
        Gen.Int.Sample(
            seed =>
            {
                Random random = new(seed);
                byte[] file = Base(seed);
                for (int change = random.Next(1, 6); change > 0; change--)
                {
                    Mutate(random, file, random.Next(file.Length));
                }

                ReadOrRefuse(file);
            },
            iter: 4_000 * s_rounds);
        AssertBothHappened();
    }

    [Fact]
    public void Bytes_changed_in_footer_and_indexes_read_or_are_refused()
    {
        Gen.Int.Sample(
            seed =>
            {
                Random random = new(seed);
                byte[] file = Base(seed);
                int footer = BitConverter.ToInt32(file, file.Length - 8);
                // The indexes lie right before the footer.
                int from = Math.Max(4, file.Length - 8 - footer * 2);
                for (int change = random.Next(1, 4); change > 0; change--)
                {
                    Mutate(random, file, random.Next(from, file.Length - 8));
                }

                ReadOrRefuse(file);
            },
            iter: 8_000 * s_rounds);
        AssertBothHappened();
    }

    [Fact]
    public void Bytes_changed_in_page_bodies_read_or_are_refused()
    {
        Gen.Int.Sample(
            seed =>
            {
                Random random = new(seed);
                byte[] file = Base(seed);
                ParquetReader reader = TestFile.Open(file);
                int column = random.Next(reader.Schema.Count);
                long start = reader.ChunkOffset(0, column);
                for (int change = random.Next(1, 4); change > 0; change--)
                {
                    // Headers, widths and lengths are near the start of a page, and the first page is near the start of the chunk.
                    Mutate(random, file, (int)(start + random.Next((int)Math.Min(80, reader.ChunkBytes(0, column)))));
                }

                ReadOrRefuse(file);
            },
            iter: 8_000 * s_rounds);
        AssertBothHappened();
    }

    [Fact]
    public void Truncated_files_read_or_are_refused() => Gen.Int.Sample(
        seed =>
        {
            Random random = new(seed);
            byte[] file = Base(seed);
            byte[] cut = file[..random.Next(file.Length)];
            ReadOrRefuse(cut);
            // The same with a footer that fits: everything before it is shifted.
            int footer = BitConverter.ToInt32(file, file.Length - 8) + 8;
            int gone = random.Next(Math.Max(1, file.Length - footer - 4));
            ReadOrRefuse([.. file[..4], .. file[(4 + gone)..]]);
        },
        iter: 1_000 * s_rounds);

    [Fact]
    public void Random_bytes_between_the_magics_are_refused() => Gen.Byte.Array[0, 300].Sample(
        bytes =>
        {
            byte[] file = [.. "PAR1"u8, .. bytes, .. BitConverter.GetBytes(bytes.Length), .. "PAR1"u8];
            Assert.Throws<ParquetCorruptException>(() => TestFile.Open(file));
        },
        iter: 3_000 * s_rounds);

    /// <summary>A copy of one of the valid files.</summary>
    private static byte[] Base(int seed) => [.. s_files[(uint)seed % (uint)s_files.Length].Value];

    private void ReadOrRefuse(byte[] file) => Interlocked.Increment(ref ReadEverything(file) ? ref _read : ref _refused);

    /// <summary>Damage that is always noticed at once, or never, would try little of the code.</summary>
    private void AssertBothHappened()
    {
        Assert.True(_read > 50, $"only {_read} files were read, {_refused} refused");
        Assert.True(_refused > 50, $"only {_refused} files were refused, {_read} read");
    }

    private static void Mutate(Random random, byte[] file, int at)
    {
        file[at] = random.Next(6) switch
        {
            0 => 0,
            1 => 0xff,
            2 => (byte)(file[at] ^ (1 << random.Next(8))),
            3 => (byte)(file[at] + 1),
            4 => 0x80,
            _ => (byte)random.Next(256),
        };
    }

    /// <summary>Opens the file and touches all that can be touched. Returns false if it was refused.</summary>
    internal static bool ReadEverything(byte[] file)
    {
        try
        {
            ParquetReader reader = TestFile.Open(file);
            for (int group = 0; group < reader.RowGroupCount; group++)
            {
                // A changed count may claim many rows; the pages that hold them are the caller's to choose.
                int rows = Math.Min(reader.RowGroupRows(group), 10_000);
                for (int column = 0; column < reader.Schema.Count; column++)
                {
                    _ = reader.Bounds(group, column);
                    using ColumnChunkReader chunk = reader.OpenColumn(group, column);
                    for (int page = 0; page < chunk.PageCount; page++)
                    {
                        _ = chunk.PageBounds(page);
                        _ = chunk.PageNullCount(page);
                    }

                    _ = chunk.BloomFilter?.MightContain(42L);
                    Cells.Read(chunk, 0, rows);
                    Cells.Read(chunk, rows / 3, rows / 3);
                    if (chunk.HasDictionary)
                    {
                        int[] codes = new int[rows];
                        chunk.ReadCodes(0, rows, codes);
                        foreach (int code in codes)
                        {
                            Assert.InRange(code, -1, chunk.Dictionary.Count - 1);
                        }
                    }
                }
            }

            return true;
        }
        catch (ParquetCorruptException)
        {
            return false;
        }
    }
}
