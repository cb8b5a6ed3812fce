namespace Clew.Storage.Wal;

/// <summary>Files in memory, for a process without a disk: what is in them is gone with it.</summary>
internal sealed class MemoryWalFileSystem : IWalFileSystem
{
    private readonly SortedDictionary<string, MemoryFile> _files = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    public IWalFile Create(string path, long preallocateBytes)
    {
        var file = new MemoryFile(path);
        lock (_gate)
        {
            _files.Add(path, file);
        }

        // The length is that of a preallocated file, the memory only what is written.
        file.Truncate(preallocateBytes);
        return file;
    }

    public IWalFile OpenRead(string path)
    {
        lock (_gate)
        {
            return _files[path];
        }
    }

    public void Delete(string path)
    {
        lock (_gate)
        {
            _files.Remove(path);
        }
    }

    public void Truncate(string path, long length)
    {
        lock (_gate)
        {
            _files[path].Truncate(length);
        }
    }

    public IReadOnlyList<string> List(string folder)
    {
        lock (_gate)
        {
            return [.. _files.Keys.Where(path => Path.GetDirectoryName(path) == folder)];
        }
    }

    private sealed class MemoryFile(string path) : IWalFile
    {
        private readonly Lock _gate = new();
        private byte[] _bytes = [];
        private int _written;
        private long _length;

        public string Path => path;

        public long Length => _length;

        public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts)
        {
            lock (_gate)
            {
                var end = (int)offset + parts.Sum(static part => part.Length);
                if (end > _bytes.Length)
                {
                    Array.Resize(ref _bytes, Math.Max(end, _bytes.Length * 2));
                }

                foreach (var part in parts)
                {
                    part.Span.CopyTo(_bytes.AsSpan((int)offset));
                    offset += part.Length;
                }

                _written = Math.Max(_written, end);
                _length = Math.Max(_length, end);
            }
        }

        public void Sync()
        {
        }

        public int Read(long offset, Span<byte> destination)
        {
            lock (_gate)
            {
                var count = (int)Math.Min(destination.Length, Math.Max(0, _length - offset));
                destination[..count].Clear();
                if (offset < _written)
                {
                    _bytes.AsSpan((int)offset, (int)Math.Min(count, _written - offset)).CopyTo(destination);
                }

                return count;
            }
        }

        public void Truncate(long length)
        {
            lock (_gate)
            {
                _written = (int)Math.Min(_written, length);
                _length = length;
            }
        }

        public void Dispose()
        {
        }
    }
}
