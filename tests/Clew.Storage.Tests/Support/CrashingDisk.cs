using Clew.Storage.Wal;

namespace Clew.Storage.Tests.Support;

/// <summary>
/// A disk in memory that forgets: a file has the bytes that were written and the bytes that were synced, and <see cref="Crash"/> keeps
/// the synced ones, plus, for writes that were under way, as many bytes as the test says. Writes and syncs fail when told to.
/// </summary>
internal sealed class CrashingDisk : IWalFileSystem
{
    private readonly SortedDictionary<string, FileState> _files = new(StringComparer.Ordinal);

    /// <summary>Thrown by the next sync, once.</summary>
    public Exception? FailNextSync { get; set; }

    /// <summary>Thrown by each creation while set: the disk is full.</summary>
    public IOException? FailCreate { get; set; }

    public List<string> Operations { get; } = [];

    public IReadOnlyList<string> List(string folder)
    {
        lock (_files)
        {
            return [.. _files.Keys.Where(path => Path.GetDirectoryName(path) == folder)];
        }
    }

    public IWalFile Create(string path, long preallocateBytes)
    {
        if (FailCreate is { } fault)
        {
            throw fault;
        }

        lock (_files)
        {
            var state = new FileState(new byte[preallocateBytes], new byte[preallocateBytes]);
            _files.Add(path, state);
            return new DiskFile(this, path, state);
        }
    }

    public IWalFile OpenRead(string path)
    {
        lock (_files)
        {
            return new DiskFile(this, path, _files[path]);
        }
    }

    public void Delete(string path)
    {
        lock (_files)
        {
            Operations.Add($"delete {Path.GetFileName(path)}");
            _files.Remove(path);
        }
    }

    public void Truncate(string path, long length)
    {
        using var file = OpenRead(path);
        file.Truncate(length);
    }

    /// <summary>The power goes: of each file only what was synced is left, and the first bytes of what was not.</summary>
    public void Crash(int unsyncedBytesKept = 0)
    {
        lock (_files)
        {
            foreach (var (path, state) in _files.ToList())
            {
                var survived = (byte[])state.Synced.Clone();
                var kept = 0;
                for (var i = 0; i < survived.Length && kept < unsyncedBytesKept; i++)
                {
                    if (survived[i] != state.Written[i])
                    {
                        survived[i] = state.Written[i];
                        kept++;
                    }
                }

                _files[path] = new FileState(survived, (byte[])survived.Clone());
            }
        }
    }

    /// <summary>Changes bytes at rest.</summary>
    public void Corrupt(string path, long offset, byte flip)
    {
        _files[path].Written[offset] ^= flip;
        _files[path].Synced[offset] ^= flip;
    }

    private sealed class FileState(byte[] written, byte[] synced)
    {
        public byte[] Written { get; set; } = written;

        public byte[] Synced { get; set; } = synced;
    }

    private sealed class DiskFile(CrashingDisk disk, string path, FileState state) : IWalFile
    {
        public string Path => path;

        public long Length => state.Written.Length;

        public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts)
        {
            foreach (var part in parts)
            {
                part.Span.CopyTo(state.Written.AsSpan((int)offset));
                offset += part.Length;
            }
        }

        public void Sync()
        {
            if (disk.FailNextSync is { } fault)
            {
                disk.FailNextSync = null;
                throw fault;
            }

            state.Synced = (byte[])state.Written.Clone();
            disk.Operations.Add($"sync {System.IO.Path.GetFileName(path)}");
        }

        public int Read(long offset, Span<byte> destination)
        {
            var rest = state.Written.AsSpan((int)Math.Min(offset, state.Written.Length));
            var count = Math.Min(rest.Length, destination.Length);
            rest[..count].CopyTo(destination);
            return count;
        }

        public void Truncate(long length)
        {
            state.Written = state.Written[..(int)length];
            state.Synced = state.Synced[..(int)Math.Min(length, state.Synced.Length)];
        }

        public void Dispose()
        {
        }
    }
}
