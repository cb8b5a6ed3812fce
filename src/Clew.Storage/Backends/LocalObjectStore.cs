using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Clew.Storage.Backends;

/// <summary>An object store whose objects are files of this machine, so that readers may open them without a copy.</summary>
public interface ILocalObjectStore : IObjectStore
{
    /// <summary>The file that holds, or would hold, an object. It is never changed in place: a new version is a new file.</summary>
    string PathOf(string key);
}

/// <summary>
/// Objects as files under one folder.
/// <para>
/// Failure policy of a put: the bytes go to a file under <c>.tmp</c>, are synchronised, get their name in one atomic step (rename, or
/// link when the name must be free), and then the directory is synchronised. An error before the naming step leaves nothing; an error
/// after it leaves the object there, whole, with its durability unknown, which is why the caller gets the error.
/// </para>
/// A full disk is an <see cref="IOException"/>. Safe for any number of threads and for several processes.
/// </summary>
public sealed class LocalObjectStore : ILocalObjectStore
{
    private const string ScratchName = ".tmp";

    /// <summary>A concurrent delete may remove an emptied folder between its creation and its use; each try makes it anew.</summary>
    private const int MaxFolderTries = 20;

    /// <summary>Names remembered in <see cref="_durableFolders"/>; the memory is cleared when it is full.</summary>
    private const int MaxDurableFolders = 10_000;

    private readonly ILocalFiles _files;
    private readonly string _root;
    private readonly string _scratch;

    /// <summary>Folders whose names this process made durable: their parents need no fsync again.</summary>
    private readonly ConcurrentDictionary<string, bool> _durableFolders = new(StringComparer.Ordinal);
    private long _lastScratch;

    /// <summary>Opens a folder and creates it, durably, when it is missing.</summary>
    public LocalObjectStore(string folder)
        : this(folder, LocalFiles.Instance)
    {
    }

    internal LocalObjectStore(string folder, ILocalFiles files)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _files = files;
        _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        _scratch = Path.Combine(_root, ScratchName);
        _files.CreateFolder(Path.GetPathRoot(_root)!, _scratch);
    }

    /// <summary>
    /// Removes what interrupted writes left behind; answers how many files. Only for start-up, when no other process writes here.
    /// </summary>
    public int RemoveLeftovers()
    {
        var files = _files.List(_scratch).ToList();
        foreach (var file in files)
        {
            _files.Delete(file);
        }

        return files.Count;
    }

    public string PathOf(string key)
    {
        ObjectKey.Check(key);
        if (key == ScratchName || key.StartsWith(ScratchName + "/", StringComparison.Ordinal))
        {
            throw new ArgumentException($"object key '{key}' lies in '{ScratchName}', which is kept for unfinished writes", nameof(key));
        }

        return Path.Combine(_root, key.Replace('/', Path.DirectorySeparatorChar));
    }

    public async ValueTask PutAsync(string key, Stream content, CancellationToken cancellationToken)
    {
        var target = PathOf(key);
        var scratch = NextScratch();
        try
        {
            await using (var file = _files.Create(scratch))
            {
                await content.CopyToAsync(file, cancellationToken).ConfigureAwait(false);
                await Task.Run(() => _files.Sync(file), CancellationToken.None).ConfigureAwait(false);
            }

            await Task.Run(() => Publish(target, () => Rename(scratch, target)), CancellationToken.None).ConfigureAwait(false);
        }
        catch
        {
            RemoveScratch(scratch);
            throw;
        }
    }

    public async ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var target = PathOf(key);
        cancellationToken.ThrowIfCancellationRequested();
        var scratch = NextScratch();
        try
        {
            return await Task.Run(
                () =>
                {
                    using (var file = _files.Create(scratch))
                    {
                        file.Write(content.Span);
                        _files.Sync(file);
                    }

                    // Also when the name is taken the directory is synchronised: the caller will act on what the winner wrote.
                    return Publish(target, () => _files.TryLink(scratch, target));
                },
                CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            RemoveScratch(scratch);
        }
    }

    public ValueTask<int> ReadRangeAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return _files.ReadAsync(PathOf(key), offset, destination, cancellationToken);
    }

    public ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken) => _files.ReadAllAsync(PathOf(key), cancellationToken);

    public ValueTask<long?> SizeAsync(string key, CancellationToken cancellationToken) => ValueTask.FromResult(_files.Size(PathOf(key)));

    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var keys = await Task.Run(() => Keys(prefix), cancellationToken).ConfigureAwait(false);
        foreach (var key in keys)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return key;
        }
    }

    public async IAsyncEnumerable<string> ListFoldersAsync(string parent, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folder = parent.Length == 0 ? _root : PathOf(parent.TrimEnd('/'));
        var names = await Task.Run(
            () => Directory.Exists(folder) ? Directory.GetDirectories(folder).Select(child => Path.GetFileName(child)!).ToList() : [], cancellationToken).ConfigureAwait(false);
        names.Sort(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (parent.Length > 0 || name != ScratchName)
            {
                yield return name;
            }
        }
    }

    public async ValueTask DeleteAsync(string key, CancellationToken cancellationToken)
    {
        var path = PathOf(key);
        cancellationToken.ThrowIfCancellationRequested();
        await Task.Run(() => Delete(path), CancellationToken.None).ConfigureAwait(false);
    }

    private void Delete(string path)
    {
        try
        {
            _files.Delete(path);
            _files.SyncFolder(Path.GetDirectoryName(path)!);
        }
        catch (DirectoryNotFoundException)
        {
            return;
        }

        RemoveEmptyFolders(Path.GetDirectoryName(path)!);
    }

    /// <summary>A block is a folder; when its last file goes, so does the folder. A folder somebody fills meanwhile is not empty and stays.</summary>
    private void RemoveEmptyFolders(string folder)
    {
        while (folder.Length > _root.Length)
        {
            try
            {
                _files.DeleteFolder(folder);
                _durableFolders.TryRemove(folder, out _);
            }
            catch (IOException)
            {
                return;
            }

            folder = Path.GetDirectoryName(folder)!;
        }
    }

    private List<string> Keys(string prefix)
    {
        // Only the folder that the prefix names needs to be walked.
        var slash = prefix.LastIndexOf('/');
        if (slash > 0)
        {
            ObjectKey.Check(prefix[..slash]);
        }

        var folder = slash < 0 ? _root : Path.Combine(_root, prefix[..slash].Replace('/', Path.DirectorySeparatorChar));
        var keys = new List<string>();
        foreach (var path in _files.List(folder))
        {
            var key = Path.GetRelativePath(_root, path).Replace(Path.DirectorySeparatorChar, '/');
            if (key.StartsWith(prefix, StringComparison.Ordinal) && !key.StartsWith(ScratchName + "/", StringComparison.Ordinal))
            {
                keys.Add(key);
            }
        }

        keys.Sort(StringComparer.Ordinal);
        return keys;
    }

    private bool Rename(string scratch, string target)
    {
        _files.Move(scratch, target);
        return true;
    }

    private bool Publish(string target, Func<bool> giveName)
    {
        var folder = Path.GetDirectoryName(target)!;
        var named = NameIn(folder, giveName);
        try
        {
            _files.SyncFolder(folder);
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody deleted the object, and its emptied folder, since it got its name.
        }

        return named;
    }

    private bool NameIn(string folder, Func<bool> giveName)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                MakeFolder(folder);
                return giveName();
            }
            catch (Exception e) when (e is DirectoryNotFoundException or FileNotFoundException && attempt < MaxFolderTries)
            {
                _durableFolders.TryRemove(folder, out _);
            }
        }
    }

    private void MakeFolder(string folder)
    {
        if (folder.Length > _root.Length && !_durableFolders.ContainsKey(folder))
        {
            _files.CreateFolder(_root, folder);
            if (_durableFolders.Count >= MaxDurableFolders)
            {
                _durableFolders.Clear();
            }

            _durableFolders[folder] = true;
        }
    }

    private string NextScratch() =>
        Path.Combine(_scratch, $"{Environment.ProcessId}-{Guid.NewGuid():n}-{Interlocked.Increment(ref _lastScratch)}");

    private void RemoveScratch(string path)
    {
        try
        {
            _files.Delete(path);
        }
        catch (IOException)
        {
            // The error that brought us here matters more; RemoveLeftovers takes the file at the next start.
        }
    }
}
