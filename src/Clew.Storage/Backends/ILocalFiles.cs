namespace Clew.Storage.Backends;

/// <summary>
/// The file operations of <see cref="LocalObjectStore"/>, behind a seam so that scenario tests can forget and reorder what was not
/// synchronised: contents and directory entries alike.
/// </summary>
internal interface ILocalFiles
{
    /// <summary>Creates the folders of a path below a root, each name durable.</summary>
    void CreateFolder(string root, string folder);

    /// <summary>A new file, for writing. Neither its name nor its content is durable.</summary>
    Stream Create(string path);

    /// <summary>Makes what was written to a file durable, not its name.</summary>
    void Sync(Stream file);

    /// <summary>Renames in one step, in place of what has the name.</summary>
    void Move(string from, string to);

    /// <summary>Gives a file a second name; false when the name is taken.</summary>
    bool TryLink(string existing, string name);

    /// <summary>Makes the names in a folder durable.</summary>
    void SyncFolder(string folder);

    /// <summary>Missing files are no error; a missing folder is <see cref="DirectoryNotFoundException"/>.</summary>
    void Delete(string path);

    /// <summary>Throws <see cref="IOException"/> when it is not empty.</summary>
    void DeleteFolder(string folder);

    /// <summary>Null when there is no such file.</summary>
    long? Size(string path);

    /// <summary>Null when there is no such file.</summary>
    ValueTask<byte[]?> ReadAllAsync(string path, CancellationToken cancellationToken);

    /// <summary>-1 when there is no such file.</summary>
    ValueTask<int> ReadAsync(string path, long offset, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>Every file below a folder; none when there is no such folder.</summary>
    IEnumerable<string> List(string folder);
}

/// <summary>The real disk.</summary>
internal sealed class LocalFiles : ILocalFiles
{
    public static LocalFiles Instance { get; } = new();

    public void CreateFolder(string root, string folder) => DurableFile.CreateDirectory(root, folder);

    public Stream Create(string path) => new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);

    public void Sync(Stream file) => ((FileStream)file).Flush(flushToDisk: true);

    public void Move(string from, string to) => File.Move(from, to, overwrite: true);

    public bool TryLink(string existing, string name) => DurableFile.TryLink(existing, name);

    public void SyncFolder(string folder) => DurableFile.SyncDirectory(folder);

    public void Delete(string path) => File.Delete(path);

    public void DeleteFolder(string folder) => Directory.Delete(folder, recursive: false);

    public long? Size(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? file.Length : null;
    }

    public async ValueTask<byte[]?> ReadAllAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public async ValueTask<int> ReadAsync(string path, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            return -1;
        }

        try
        {
            using var file = File.OpenHandle(path, options: FileOptions.RandomAccess, share: FileShare.ReadWrite | FileShare.Delete);
            var total = 0;
            while (total < destination.Length)
            {
                var read = await RandomAccess.ReadAsync(file, destination[total..], offset + total, cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    break;
                }

                total += read;
            }

            return total;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return -1;
        }
    }

    public IEnumerable<string> List(string folder)
    {
        var walk = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*", walk) : [];
    }
}
