using System.Buffers.Binary;

namespace Clew.Parquet;

/// <summary>
/// Bounds of the values of a page or a column chunk: no value is below <see cref="Min"/> or above <see cref="Max"/> in the order
/// of the type. Byte strings may be bounded by something shorter than any value. Points into the reader's memory.
/// </summary>
public readonly ref struct ValueBounds
{
    internal ValueBounds(bool allNull)
    {
        AllNull = allNull;
    }

    internal ValueBounds(ReadOnlySpan<byte> min, ReadOnlySpan<byte> max)
    {
        IsKnown = true;
        Min = min;
        Max = max;
    }

    /// <summary>False if nothing is known, or if there are no values at all (<see cref="AllNull"/>).</summary>
    public bool IsKnown { get; }

    /// <summary>True if it is known that every row is null.</summary>
    public bool AllNull { get; }

    /// <summary>PLAIN bytes, without a length.</summary>
    public ReadOnlySpan<byte> Min { get; }

    public ReadOnlySpan<byte> Max { get; }

    public long MinInt64 => BinaryPrimitives.ReadInt64LittleEndian(Min);

    public long MaxInt64 => BinaryPrimitives.ReadInt64LittleEndian(Max);

    public int MinInt32 => BinaryPrimitives.ReadInt32LittleEndian(Min);

    public int MaxInt32 => BinaryPrimitives.ReadInt32LittleEndian(Max);

    public double MinDouble => BinaryPrimitives.ReadDoubleLittleEndian(Min);

    public double MaxDouble => BinaryPrimitives.ReadDoubleLittleEndian(Max);
}
