namespace Clew.Parquet;

// Numbers of parquet.thrift, with the members of the subset alone. A number outside them is refused by the reader.

internal enum ParquetEncoding
{
    Plain = 0,
    Rle = 3,
    DeltaBinaryPacked = 5,
    RleDictionary = 8,
}

internal enum ParquetCodec
{
    Uncompressed = 0,
    Zstd = 6,
}

internal enum PageType
{
    Data = 0,
    Dictionary = 2,
}

internal enum Repetition
{
    Required = 0,
    Optional = 1,
}

internal enum BoundaryOrder
{
    Unordered = 0,
    Ascending = 1,
    Descending = 2,
}

/// <summary>Wire types of the Thrift compact protocol.</summary>
internal enum ThriftType : byte
{
    Stop = 0,
    True = 1,
    False = 2,
    Byte = 3,
    I16 = 4,
    I32 = 5,
    I64 = 6,
    Double = 7,
    Binary = 8,
    List = 9,
    Set = 10,
    Map = 11,
    Struct = 12,
}
