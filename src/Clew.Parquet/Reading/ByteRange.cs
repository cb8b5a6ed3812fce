namespace Clew.Parquet;

/// <summary>A byte string inside a buffer that the reader names; a length of -1 is null.</summary>
public readonly record struct ByteRange(int Offset, int Length)
{
    public bool IsNull => Length < 0;

    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> buffer) => Length < 0 ? default : buffer.Slice(Offset, Length);
}
