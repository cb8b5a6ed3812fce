namespace Clew.Parquet;

/// <summary>
/// A list of byte strings laid end to end: value i is <c>blob[offsets[i] .. offsets[i + 1]]</c>. The caller's memory, not copied.
/// </summary>
public readonly ref struct ByteArrays
{
    /// <param name="offsets">One more than there are values, ascending, within the blob.</param>
    /// <param name="blob">The bytes of all values.</param>
    public ByteArrays(ReadOnlySpan<int> offsets, ReadOnlySpan<byte> blob)
    {
        if (offsets.IsEmpty)
        {
            throw new ArgumentException("offsets have one element more than there are values, so at least one", nameof(offsets));
        }

        Offsets = offsets;
        Blob = blob;
    }

    public ReadOnlySpan<int> Offsets { get; }

    public ReadOnlySpan<byte> Blob { get; }

    public int Count => Offsets.Length - 1;

    public ReadOnlySpan<byte> this[int index] => Blob[Offsets[index]..Offsets[index + 1]];
}
