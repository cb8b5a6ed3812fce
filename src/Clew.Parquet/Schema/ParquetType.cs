namespace Clew.Parquet;

/// <summary>Physical types of the subset. The numbers are those of the Parquet format (<c>Type</c> in parquet.thrift).</summary>
public enum ParquetType
{
    Boolean = 0,
    Int32 = 1,
    Int64 = 2,
    Double = 5,
    ByteArray = 6,
    FixedLenByteArray = 7,
}
