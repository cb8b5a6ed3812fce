namespace Clew.Parquet;

/// <summary>
/// A file is not the Parquet subset that Clew writes: damaged, truncated, hostile, or made by something else. Every reading
/// path throws this and nothing else for bad bytes; I/O errors of the source pass through unchanged.
/// </summary>
public sealed class ParquetCorruptException : Exception
{
    /// <param name="file">Name of the source, as <see cref="IByteSource.Name"/> gives it.</param>
    /// <param name="offset">Byte offset in the file at which the fault was noticed.</param>
    /// <param name="what">What was found and what was expected.</param>
    /// <param name="inner">The decoder's own exception, if one was the first to notice.</param>
    public ParquetCorruptException(string file, long offset, string what, Exception? inner = null)
        : base($"Parquet file '{file}' is corrupt at byte {offset}: {what}", inner)
    {
        File = file;
        Offset = offset;
        What = what;
    }

    public string File { get; }

    public long Offset { get; }

    public string What { get; }
}
