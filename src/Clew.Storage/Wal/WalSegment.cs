namespace Clew.Storage.Wal;

/// <summary>
/// One file of the log while the process knows it: written by one thread, read (pread) by any. Counted references, because queries may
/// still read a generation whose spans have just moved to a block; the last release closes the file.
/// </summary>
internal sealed class WalSegment(IWalFile file, ulong generation)
{
    private int _references = 1;

    public ulong Generation => generation;

    public string Path => file.Path;

    /// <summary>Where the next frame goes. Only the log's writer touches it.</summary>
    public long Tail { get; set; } = WalFormat.HeaderSize;

    public IWalFile File => file;

    public void Read(long offset, Span<byte> destination)
    {
        var read = 0;
        while (read < destination.Length)
        {
            var count = file.Read(offset + read, destination[read..]);
            if (count == 0)
            {
                throw new IOException($"log file '{file.Path}' ends at byte {offset + read}, {destination.Length - read} bytes short");
            }

            read += count;
        }
    }

    public WalSegment Retain()
    {
        Interlocked.Increment(ref _references);
        return this;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            file.Dispose();
        }
    }
}
