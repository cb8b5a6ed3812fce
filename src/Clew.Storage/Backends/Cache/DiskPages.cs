using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Clew.Storage.Wal;
using Microsoft.Extensions.Logging;

namespace Clew.Storage.Backends.Cache;

/// <summary>
/// Pages as files of one folder, limited in bytes. A cache may lose anything: files are not synchronised, and a file that is short, damaged
/// or of another object is removed and counts as missing. Safe for any number of threads; one process a folder.
/// <para>A file: magic (8 bytes), CRC-32C of the rest (4), length of the key (4), key, page number (4), content.</para>
/// </summary>
internal sealed class DiskPages
{
    private const int HeaderBytes = 16;

    private static readonly byte[] s_magic = "CLEWPAGE"u8.ToArray();

    private readonly string _folder;
    private readonly long _maxBytes;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<(string Name, long Bytes)>> _files = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Name, long Bytes)> _byUse = [];
    private int _writeFailures;

    /// <summary>Opens the folder, makes it when it is missing, and learns what is in it, the longest unused first to go.</summary>
    public DiskPages(string folder, long maxBytes, ILogger logger)
    {
        _folder = folder;
        _maxBytes = maxBytes;
        _logger = logger;
        Directory.CreateDirectory(folder);
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).OrderBy(static file => file.LastWriteTimeUtc).ToList())
        {
            if (file.Extension == ".page")
            {
                _files[file.Name] = _byUse.AddFirst((file.Name, file.Length));
                Bytes += file.Length;
            }
            else if (file.Extension == ".new")
            {
                Remove(file.FullName);
            }
        }

        Shrink();
    }

    public long Bytes { get; private set; }

    public byte[]? Find(PageId id)
    {
        var name = Name(id);
        lock (_lock)
        {
            if (!_files.TryGetValue(name, out var node))
            {
                return null;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
        }

        byte[] file;
        try
        {
            file = File.ReadAllBytes(PathOf(name));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Drop(name);
            return null;
        }

        if (Content(file, id) is { } content)
        {
            return content;
        }

        _logger.PageDamaged(PathOf(name));
        Drop(name);
        return null;
    }

    public void Add(PageId id, ReadOnlySpan<byte> content)
    {
        var name = Name(id);
        lock (_lock)
        {
            if (_files.ContainsKey(name))
            {
                return;
            }
        }

        var file = Encode(id, content);
        if (file.Length > _maxBytes)
        {
            return;
        }

        var path = PathOf(name);
        var scratch = $"{path}.{Guid.NewGuid():n}.new";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(scratch, file);
            File.Move(scratch, path, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // A full disk: the answer is there, it will be fetched again next time. Told once, not a page.
            Remove(scratch);
            if (Interlocked.Increment(ref _writeFailures) == 1)
            {
                _logger.CacheNotWritten(fault, _folder);
            }

            return;
        }

        lock (_lock)
        {
            if (_files.TryAdd(name, null!))
            {
                _files[name] = _byUse.AddFirst((name, file.Length));
                Bytes += file.Length;
            }
        }

        Shrink();
    }

    /// <summary>Removes the pages of an object that is gone.</summary>
    public void Forget(string key)
    {
        var prefix = Prefix(key);
        List<string> names;
        lock (_lock)
        {
            names = [.. _files.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))];
        }

        foreach (var name in names)
        {
            Drop(name);
        }
    }

    private static string Prefix(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(0, 16)) + "-";

    private static string Name(PageId id) => Prefix(id.Key) + id.Number.ToString(CultureInfo.InvariantCulture) + ".page";

    private static byte[] Encode(PageId id, ReadOnlySpan<byte> content)
    {
        var key = Encoding.UTF8.GetBytes(id.Key);
        var file = new byte[HeaderBytes + key.Length + 4 + content.Length];
        s_magic.CopyTo(file, 0);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(12), key.Length);
        key.CopyTo(file, HeaderBytes);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(HeaderBytes + key.Length), id.Number);
        content.CopyTo(file.AsSpan(HeaderBytes + key.Length + 4));
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(8), Crc32C.Compute(file.AsSpan(12)));
        return file;
    }

    private static byte[]? Content(byte[] file, PageId id)
    {
        var key = Encoding.UTF8.GetBytes(id.Key);
        var start = HeaderBytes + key.Length + 4;
        return file.Length >= start && file.AsSpan(0, 8).SequenceEqual(s_magic)
            && BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(8)) == Crc32C.Compute(file.AsSpan(12))
            && BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(12)) == key.Length
            && file.AsSpan(HeaderBytes, key.Length).SequenceEqual(key)
            && BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(HeaderBytes + key.Length)) == id.Number
            ? file[start..]
            : null;
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Nothing depends on it; the next start counts it again.
        }
    }

    /// <summary>Two letters of the name make 256 folders of 160 files for 10 GiB.</summary>
    private string PathOf(string name) => Path.Combine(_folder, name[..2], name);

    private void Drop(string name)
    {
        lock (_lock)
        {
            if (_files.Remove(name, out var node))
            {
                _byUse.Remove(node);
                Bytes -= node.Value.Bytes;
            }
        }

        Remove(PathOf(name));
    }

    private void Shrink()
    {
        while (true)
        {
            string oldest;
            lock (_lock)
            {
                if (Bytes <= _maxBytes || _byUse.Last is not { } last)
                {
                    return;
                }

                oldest = last.Value.Name;
            }

            Drop(oldest);
        }
    }
}

/// <summary>Log messages of the cache. Next id: 2162.</summary>
internal static partial class CacheLog
{
    [LoggerMessage(2160, LogLevel.Warning, "Cache file '{File}' is damaged and was removed; its bytes are fetched from the bucket again")]
    public static partial void PageDamaged(this ILogger logger, string file);

    [LoggerMessage(2161, LogLevel.Warning, "The cache in '{Folder}' cannot be written; queries go on and fetch from the bucket")]
    public static partial void CacheNotWritten(this ILogger logger, Exception fault, string folder);
}
