namespace Clew.Parquet.Tests;

/// <summary>Numbers that reach the disk are those of parquet.thrift and never change.</summary>
public sealed class PersistedEnumTests
{
    [Theory]
    [InlineData(typeof(ParquetType), "Boolean=0 Int32=1 Int64=2 Double=5 ByteArray=6 FixedLenByteArray=7")]
    [InlineData(typeof(ParquetEncoding), "Plain=0 Rle=3 DeltaBinaryPacked=5 RleDictionary=8")]
    [InlineData(typeof(ParquetCodec), "Uncompressed=0 Zstd=6")]
    [InlineData(typeof(PageType), "Data=0 Dictionary=2")]
    [InlineData(typeof(Repetition), "Required=0 Optional=1")]
    [InlineData(typeof(BoundaryOrder), "Unordered=0 Ascending=1 Descending=2")]
    [InlineData(typeof(ThriftType), "Stop=0 True=1 False=2 Byte=3 I16=4 I32=5 I64=6 Double=7 Binary=8 List=9 Set=10 Map=11 Struct=12")]
    public void Enum_values_are_pinned(Type type, string expected)
    {
        IEnumerable<string> actual = Enum.GetValues(type).Cast<object>().Select(value => $"{value}={Convert.ToInt32(value, null)}");
        Assert.Equal(expected, string.Join(' ', actual));
    }
}
