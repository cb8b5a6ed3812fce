namespace Clew.Storage.Blocks;

/// <summary>
/// A file of a block is damaged, truncated, or not what its name says. The caller sets the block aside, counts it and serves the rest;
/// nothing is guessed about the bytes.
/// </summary>
public sealed class BlockCorruptException : Exception
{
    /// <param name="file">Key of the object in its store.</param>
    /// <param name="offset">Byte offset at which the fault was noticed.</param>
    /// <param name="what">What was found and what was expected.</param>
    /// <param name="inner">The decoder's own exception, if one noticed first.</param>
    public BlockCorruptException(string file, long offset, string what, Exception? inner = null)
        : base($"block file '{file}' is corrupt at byte {offset}: {what}", inner)
    {
        File = file;
        Offset = offset;
        What = what;
    }

    public string File { get; }

    public long Offset { get; }

    public string What { get; }
}
