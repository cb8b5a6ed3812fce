namespace Clew.Storage;

/// <summary>
/// Space that is given up when the disk is full, so that what makes room can be written: the manifest entries of retention and deletion, which
/// are a few kilobytes. Made again when there is space.
/// </summary>
internal sealed class ReserveFile
{
    public const long Bytes = 4L << 20;

    private const int NoSpace = 28;

    private readonly string _path;
    private readonly Lock _lock = new();

    public ReserveFile(string folder)
    {
        _path = Path.Combine(folder, "RESERVE");
        Restore();
    }

    /// <summary>True for an error that says that the disk, or the quota, is full.</summary>
    public static bool IsDiskFull(IOException fault) => (fault.HResult & 0xffff) == NoSpace || fault.Message.Contains("No space left", StringComparison.Ordinal);

    /// <summary>Runs a step; when the disk is full, once more with the reserve given up.</summary>
    public async Task RunAsync(Func<Task> step)
    {
        try
        {
            await step().ConfigureAwait(false);
        }
        catch (IOException fault) when (IsDiskFull(fault) && TryRelease())
        {
            await step().ConfigureAwait(false);
        }
    }

    /// <summary>Makes the reserve again if it is gone and there is room for it.</summary>
    public void Restore()
    {
        lock (_lock)
        {
            try
            {
                if (!File.Exists(_path))
                {
                    using var handle = File.OpenHandle(_path, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.None, preallocationSize: Bytes);
                    RandomAccess.SetLength(handle, Bytes);
                }
            }
            catch (IOException)
            {
                // Not enough room: a reserve in part would be none.
                TryRelease();
            }
        }
    }

    private bool TryRelease()
    {
        lock (_lock)
        {
            if (!File.Exists(_path))
            {
                return false;
            }

            File.Delete(_path);
            return true;
        }
    }
}
