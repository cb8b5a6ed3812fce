namespace Clew.Parquet;

/// <summary>
/// Random access to the bytes of one immutable file. Implementations must allow calls from several threads at once; the reader
/// never writes and never keeps state in the source.
/// </summary>
public interface IByteSource
{
    /// <summary>Names the file in errors: a path, or bucket and key.</summary>
    string Name { get; }

    long Length { get; }

    /// <summary>
    /// Reads up to <c>destination.Length</c> bytes from <paramref name="offset"/>; 0 only at the end of the file. May read less
    /// than asked, the reader asks again.
    /// </summary>
    ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>
    /// Fast road for bytes that are in memory already (arrays, mapped files): the span stays valid as long as the source is not
    /// disposed. False if the source cannot, or if the range lies outside the file.
    /// </summary>
    bool TryGetSpan(long offset, int length, out ReadOnlySpan<byte> span)
    {
        span = default;
        return false;
    }

    /// <summary>
    /// Reads without waiting for a network: local files. Fills <paramref name="destination"/> wholly or returns false; false also
    /// where reading must be awaited, then the pages have to be loaded with the <c>Load…Async</c> methods first.
    /// </summary>
    bool TryRead(long offset, Span<byte> destination) => false;
}
