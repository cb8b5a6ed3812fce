namespace Clew.Receivers.Thrift;

/// <summary>Thrift's types with their numbers in the binary protocol; readers of the compact protocol translate to these.</summary>
internal enum ThriftType : byte
{
    Stop = 0,
    Bool = 2,
    Byte = 3,
    Double = 4,
    I16 = 6,
    I32 = 8,
    I64 = 10,
    Binary = 11,
    Struct = 12,
    Map = 13,
    Set = 14,
    List = 15,
}
