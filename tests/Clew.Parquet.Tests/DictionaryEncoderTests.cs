using CsCheck;

namespace Clew.Parquet.Tests;

public sealed class DictionaryEncoderTests
{
    [Fact]
    public void Used_values_come_out_in_order_and_codes_follow() =>
        // Zero bytes, shared beginnings and lengths around eight are what the sort by eight bytes at a time could get wrong.
        Gen.Select(Gen.Byte.Select(b => (byte)(b < 150 ? 0 : b < 200 ? 1 : 255)).Array[0, 30].Array[1, 60], Gen.Int).Sample(
            (raw, seed) =>
            {
                byte[][] values = [.. raw.DistinctBy(Convert.ToHexString)];
                Random random = new(seed);
                int[] codes = [.. Enumerable.Range(0, random.Next(1, 100)).Select(_ => random.Next(-1, values.Length))];
                int[] offsets = [0, .. values.Select((_, i) => values.Take(i + 1).Sum(value => value.Length))];
                ColumnValues dictionary = new(new ByteArrays(offsets, values.SelectMany(value => value).ToArray()));

                using DictionaryEncoder encoder = new();
                Assert.Equal(codes.Count(code => code < 0), encoder.Analyse(codes, dictionary));
                encoder.Sort(ParquetType.ByteArray, dictionary);

                int[] used = [.. codes.Where(code => code >= 0).Distinct()];
                byte[][] expected = [.. used.Select(code => values[code]).Order(Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b)))];
                Assert.Equal(expected.Select(Convert.ToHexString), encoder.Order.ToArray().Select(code => Convert.ToHexString(values[code])));
                Assert.Equal(expected.Sum(value => 4L + value.Length), encoder.PlainBytes);
                foreach (int code in codes)
                {
                    int written = encoder.Remap[code + 1];
                    Assert.Equal(code, code < 0 ? written : encoder.Order[written]);
                }
            },
            iter: 2_000);

    [Fact]
    public void Values_with_long_common_beginnings_do_not_recurse_deep()
    {
        string common = new('a', 100_000);
        (int[] offsets, byte[] blob) = TestFile.Texts(common + "c", common, common + "b", common + "\0", common + "bb");
        ColumnValues dictionary = new(new ByteArrays(offsets, blob));
        using DictionaryEncoder encoder = new();
        encoder.Analyse([0, 1, 2, 3, 4], dictionary);
        encoder.Sort(ParquetType.ByteArray, dictionary);
        Assert.Equal([1, 3, 2, 4, 0], encoder.Order.ToArray());
    }

    [Fact]
    public void Code_outside_the_dictionary_is_refused()
    {
        using DictionaryEncoder encoder = new();
        ArgumentException error = Assert.Throws<ArgumentException>(() => encoder.Analyse([0, 2], ColumnValues.Of<long>([5, 6])));
        Assert.Contains("code 2 is not in the dictionary of 2 values", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => encoder.Analyse([-2], ColumnValues.Of<long>([5, 6])));
    }
}
