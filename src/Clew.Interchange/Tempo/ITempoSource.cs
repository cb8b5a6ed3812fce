using Clew.Storage.Backends;

namespace Clew.Interchange.Tempo;

/// <summary>Where Tempo's blocks are: a folder, or a bucket.</summary>
public interface ITempoSource
{
    /// <summary>For messages.</summary>
    string Name { get; }

    /// <summary>Names directly under a parent (empty, or ending in a slash) that have something below them.</summary>
    IAsyncEnumerable<string> FoldersAsync(string parent, CancellationToken cancellationToken);

    /// <summary>A small object, or null.</summary>
    ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken);

    /// <summary>The object as a local file. What comes back removes a copy when it is disposed.</summary>
    ValueTask<LocalCopy> LocalAsync(string key, CancellationToken cancellationToken);
}

/// <summary>A file to read; removed on dispose when it is a copy.</summary>
public sealed class LocalCopy(string path, bool isCopy) : IDisposable
{
    public string Path => path;

    public void Dispose()
    {
        if (isCopy)
        {
            File.Delete(path);
        }
    }
}

/// <summary>A folder that is only read.</summary>
public sealed class TempoFolder(string folder) : ITempoSource
{
    public string Name => $"folder '{folder}'";

    public async IAsyncEnumerable<string> FoldersAsync(string parent, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        var path = Path.Combine(folder, parent.TrimEnd('/'));
        if (!Directory.Exists(path))
        {
            throw new DirectoryNotFoundException($"folder '{path}' does not exist");
        }

        foreach (var child in Directory.EnumerateDirectories(path).Order(StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return Path.GetFileName(child);
        }
    }

    public async ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, key);
        return File.Exists(path) ? await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false) : null;
    }

    public ValueTask<LocalCopy> LocalAsync(string key, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, key);
        return File.Exists(path) ? new(new LocalCopy(path, isCopy: false)) : throw new FileNotFoundException($"'{path}' is missing");
    }
}

/// <summary>A bucket: data files are copied to a scratch folder, one at a time.</summary>
public sealed class TempoBucket(IObjectStore objects, string name, string scratch) : ITempoSource
{
    private const int CopyBytes = 8 << 20;

    public string Name => name;

    public IAsyncEnumerable<string> FoldersAsync(string parent, CancellationToken cancellationToken) => objects.ListFoldersAsync(parent, cancellationToken);

    public ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken) => objects.GetAsync(key, cancellationToken);

    public async ValueTask<LocalCopy> LocalAsync(string key, CancellationToken cancellationToken)
    {
        var size = await objects.SizeAsync(key, cancellationToken).ConfigureAwait(false) ?? throw new FileNotFoundException($"'{key}' is missing in {name}");
        Directory.CreateDirectory(scratch);
        var copy = new LocalCopy(Path.Combine(scratch, $"{Guid.NewGuid():n}.parquet"), isCopy: true);
        try
        {
            await using var file = new FileStream(copy.Path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            var buffer = new byte[CopyBytes];
            for (var offset = 0L; offset < size;)
            {
                var read = await objects.ReadRangeAsync(key, offset, buffer, cancellationToken).ConfigureAwait(false);
                if (read <= 0)
                {
                    throw new IOException($"'{key}' in {name} ends at byte {offset} of {size}");
                }

                await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                offset += read;
            }

            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }
}
