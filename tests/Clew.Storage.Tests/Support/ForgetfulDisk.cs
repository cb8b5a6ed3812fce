using Clew.Storage.Backends;
using Clew.Storage.Wal;

namespace Clew.Storage.Tests.Support;

/// <summary>The power is gone: what the operation at hand did, if anything, is not known.</summary>
internal sealed class PowerCutException() : IOException("the power is gone");

/// <summary>
/// A disk in memory that keeps, across <see cref="Crash"/>, what was synchronised, and of everything else whatever chance leaves: each changed
/// sector of a file and each changed name of a folder on its own, so in any order. Counts operations, and cuts the power at the one it is told.
/// </summary>
internal sealed class ForgetfulDisk(int seed) : ILocalFiles, IWalFileSystem
{
    private const int Sector = 512;

    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);
    private readonly Dictionary<string, Content> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Content> _durableNames = new(StringComparer.Ordinal);

    /// <summary>Changes of names since their folder was synchronised: the path, and what it names now (null: nothing).</summary>
    private readonly List<(string Path, Content? Content)> _changes = [];
    private bool _isDead;

    /// <summary>The operation that the power cut hits, counted from now; 0 for none.</summary>
    public int CutAt { get; set; }

    public int Operations { get; private set; }

    public bool IsDead => _isDead;

    /// <summary>The power comes back.</summary>
    public void Crash()
    {
        lock (_lock)
        {
            foreach (var (path, content) in _changes)
            {
                if (_random.Next(2) == 0)
                {
                    Apply(path, content);
                }
            }

            _changes.Clear();
            _names.Clear();
            foreach (var (path, content) in _durableNames)
            {
                content.Crash(_random);
                _names[path] = content;
            }

            _isDead = false;
            CutAt = 0;
        }
    }

    public void CreateFolder(string root, string folder)
    {
        // Folders need no entry of their own here: their names are synchronised as they are made.
    }

    Stream ILocalFiles.Create(string path)
    {
        lock (_lock)
        {
            Step();
            var content = new Content([]);
            Name(path, content);
            return new Writer(this, content);
        }
    }

    public void Sync(Stream file)
    {
        lock (_lock)
        {
            Step();
            ((Writer)file).Content.Sync();
        }
    }

    public void Move(string from, string to)
    {
        lock (_lock)
        {
            Step();
            var content = _names.GetValueOrDefault(from) ?? throw new FileNotFoundException(from);
            Name(to, content);
            Name(from, null);
        }
    }

    public bool TryLink(string existing, string name)
    {
        lock (_lock)
        {
            Step();
            if (_names.ContainsKey(name))
            {
                return false;
            }

            Name(name, _names[existing]);
            return true;
        }
    }

    public void SyncFolder(string folder)
    {
        lock (_lock)
        {
            Step();
            foreach (var (path, content) in _changes.Where(change => Path.GetDirectoryName(change.Path) == folder))
            {
                Apply(path, content);
            }

            _changes.RemoveAll(change => Path.GetDirectoryName(change.Path) == folder);
        }
    }

    public void Delete(string path)
    {
        lock (_lock)
        {
            Step();
            if (_names.ContainsKey(path))
            {
                Name(path, null);
            }
        }
    }

    public void DeleteFolder(string folder)
    {
        lock (_lock)
        {
            if (_names.Keys.Any(path => path.StartsWith(folder + "/", StringComparison.Ordinal)))
            {
                throw new IOException("not empty");
            }
        }
    }

    public long? Size(string path)
    {
        lock (_lock)
        {
            return _names.TryGetValue(path, out var content) ? content.Bytes.Length : null;
        }
    }

    public ValueTask<byte[]?> ReadAllAsync(string path, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return new(_names.TryGetValue(path, out var content) ? [.. content.Bytes] : null);
        }
    }

    public ValueTask<int> ReadAsync(string path, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return new(_names.TryGetValue(path, out var content) ? content.Read(offset, destination.Span) : -1);
        }
    }

    IEnumerable<string> ILocalFiles.List(string folder)
    {
        lock (_lock)
        {
            return [.. _names.Keys.Where(path => path.StartsWith(folder + "/", StringComparison.Ordinal))];
        }
    }

    /// <summary>As the real one: file and name are durable when it returns.</summary>
    IWalFile IWalFileSystem.Create(string path, long preallocateBytes)
    {
        lock (_lock)
        {
            Step();
            var content = new Content(new byte[preallocateBytes]);
            content.Sync();
            Name(path, content);
            Step();
            _changes.RemoveAll(change => change.Path == path);
            Apply(path, content);
            return new LogFile(this, path, content);
        }
    }

    public IWalFile OpenRead(string path)
    {
        lock (_lock)
        {
            return new LogFile(this, path, _names.GetValueOrDefault(path) ?? throw new FileNotFoundException(path));
        }
    }

    public void Truncate(string path, long length)
    {
        using var file = OpenRead(path);
        file.Truncate(length);
    }

    IReadOnlyList<string> IWalFileSystem.List(string folder)
    {
        lock (_lock)
        {
            return [.. _names.Keys.Where(path => Path.GetDirectoryName(path) == folder).Order(StringComparer.Ordinal)];
        }
    }

    private void Step()
    {
        if (_isDead || ++Operations == CutAt)
        {
            _isDead = true;
            throw new PowerCutException();
        }
    }

    private void Name(string path, Content? content)
    {
        _changes.Add((path, content));
        if (content is null)
        {
            _names.Remove(path);
        }
        else
        {
            _names[path] = content;
        }
    }

    private void Apply(string path, Content? content)
    {
        if (content is null)
        {
            _durableNames.Remove(path);
        }
        else
        {
            _durableNames[path] = content;
        }
    }

    /// <summary>A file's bytes, and those that are safe.</summary>
    private sealed class Content(byte[] bytes)
    {
        private byte[] _safe = [];

        public byte[] Bytes { get; private set; } = bytes;

        public void Write(long offset, ReadOnlySpan<byte> more)
        {
            if (offset + more.Length > Bytes.Length)
            {
                var bigger = Bytes;
                Array.Resize(ref bigger, (int)(offset + more.Length));
                Bytes = bigger;
            }

            more.CopyTo(Bytes.AsSpan((int)offset));
        }

        public void Truncate(long length) => Bytes = Bytes[..(int)Math.Min(length, Bytes.Length)];

        public int Read(long offset, Span<byte> destination)
        {
            var count = (int)Math.Clamp(Bytes.Length - offset, 0, destination.Length);
            Bytes.AsSpan((int)Math.Min(offset, Bytes.Length), count).CopyTo(destination);
            return count;
        }

        public void Sync() => _safe = [.. Bytes];

        public void Crash(Random random)
        {
            var length = random.Next(2) == 0 ? Bytes.Length : _safe.Length;
            var left = new byte[length];
            for (var at = 0; at < length; at += Sector)
            {
                var source = random.Next(2) == 0 ? Bytes : _safe;
                var count = Math.Clamp(source.Length - at, 0, Math.Min(Sector, length - at));
                source.AsSpan(Math.Min(at, source.Length), count).CopyTo(left.AsSpan(at));
            }

            Bytes = left;
            Sync();
        }
    }

    private sealed class Writer(ForgetfulDisk disk, Content content) : MemoryStream
    {
        public Content Content => content;

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            lock (disk._lock)
            {
                disk.Step();
                content.Write(content.Bytes.Length, buffer);
            }
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            Write(buffer.AsSpan(offset, count));
            return Task.CompletedTask;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            return default;
        }
    }

    private sealed class LogFile(ForgetfulDisk disk, string path, Content content) : IWalFile
    {
        public string Path => path;

        public long Length
        {
            get
            {
                lock (disk._lock)
                {
                    return content.Bytes.Length;
                }
            }
        }

        public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts)
        {
            foreach (var part in parts)
            {
                lock (disk._lock)
                {
                    disk.Step();
                    content.Write(offset, part.Span);
                }

                offset += part.Length;
            }
        }

        public void Sync()
        {
            lock (disk._lock)
            {
                disk.Step();
                content.Sync();
            }
        }

        public int Read(long offset, Span<byte> destination)
        {
            lock (disk._lock)
            {
                return content.Read(offset, destination);
            }
        }

        public void Truncate(long length)
        {
            lock (disk._lock)
            {
                disk.Step();
                content.Truncate(length);
            }
        }

        public void Dispose()
        {
        }
    }
}
