namespace Clew.Storage;

/// <summary>
/// A data folder belongs to one process: the file <c>LOCK</c> in it is held open exclusively, so that the death of the process lets it go.
/// </summary>
public sealed class DataFolderLock : IDisposable
{
    private readonly FileStream _file;

    private DataFolderLock(FileStream file) => _file = file;

    /// <summary>Throws <see cref="StoreInUseException"/> when another process has the folder.</summary>
    public static DataFolderLock Take(string folder)
    {
        Directory.CreateDirectory(folder);
        try
        {
            return new DataFolderLock(new FileStream(Path.Combine(folder, "LOCK"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException fault) when (fault is not (DirectoryNotFoundException or PathTooLongException))
        {
            throw new StoreInUseException(folder, fault);
        }
    }

    public void Dispose() => _file.Dispose();
}

/// <summary>Another process has the data folder open.</summary>
public sealed class StoreInUseException(string folder, Exception inner)
    : IOException($"data folder '{folder}' is in use by another Clew process; stop that one or give this one another folder with --data", inner);
