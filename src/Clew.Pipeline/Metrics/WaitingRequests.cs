using System.Globalization;

namespace Clew.Pipeline.Metrics;

/// <summary>A request with series that waits to be sent.</summary>
/// <param name="Series">Series in it.</param>
/// <param name="MadeUnixNano">When its values were read.</param>
/// <param name="Body">The bytes as they are sent; null while they are in a file.</param>
/// <param name="File">The file that has them; null when they wait in memory.</param>
internal sealed record WaitingRequest(int Series, long MadeUnixNano, byte[]? Body, string? File);

/// <summary>
/// Where requests of <c>prometheusremotewrite</c> wait: in memory, or (<c>wal</c>) each as a file of a folder, so that they survive a restart
/// and a long absence of the other side costs disk. A file's name has its order, its time and the number of its series; it is synced before
/// it has that name, and goes when the request was sent or given up. A request is made once a minute, so a file for each is cheap.
/// </summary>
internal sealed class WaitingRequests
{
    private const string Extension = ".rw";

    private readonly string? _folder;
    private long _next;

    /// <param name="folder">Null keeps requests in memory. Throws <see cref="IOException"/> when it cannot be made.</param>
    public WaitingRequests(string? folder)
    {
        _folder = folder;
        if (folder is not null)
        {
            Directory.CreateDirectory(folder);
        }
    }

    /// <summary>What an earlier run left, in order. Files that were being written are removed.</summary>
    public List<WaitingRequest> Leftover()
    {
        var found = new List<WaitingRequest>();
        if (_folder is null)
        {
            return found;
        }

        foreach (var path in Directory.EnumerateFiles(_folder).Order(StringComparer.Ordinal))
        {
            var parts = Path.GetFileNameWithoutExtension(path).Split('-');
            if (path.EndsWith(Extension, StringComparison.Ordinal) && parts.Length == 3
                && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var made)
                && int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var series))
            {
                found.Add(new WaitingRequest(series, made, null, path));
                _next = number + 1;
            }
            else if (path.EndsWith(".new", StringComparison.Ordinal))
            {
                File.Delete(path);
            }
        }

        return found;
    }

    /// <summary>Keeps a request. Throws <see cref="IOException"/> when the disk does not take it.</summary>
    public WaitingRequest Add(byte[] body, int series, long madeUnixNano)
    {
        if (_folder is null)
        {
            return new WaitingRequest(series, madeUnixNano, body, null);
        }

        var path = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{_next++:d19}-{madeUnixNano}-{series}{Extension}"));
        using (var file = File.OpenHandle(path + ".new", FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.None, body.Length))
        {
            RandomAccess.Write(file, body, 0);
            RandomAccess.FlushToDisk(file);
        }

        File.Move(path + ".new", path);
        return new WaitingRequest(series, madeUnixNano, null, path);
    }

    /// <summary>The bytes to send; null when their file was taken away.</summary>
    public static byte[]? BodyOf(WaitingRequest request)
    {
        try
        {
            return request.Body ?? File.ReadAllBytes(request.File!);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>It needs no more sending.</summary>
    public static void Remove(WaitingRequest request)
    {
        if (request.File is { } path)
        {
            File.Delete(path);
        }
    }
}
