namespace Clew.Storage.Wal;

/// <summary>
/// The file operations that durability rests on, behind a seam so that scenario tests can tear, delay, refuse and forget them.
/// </summary>
internal interface IWalFileSystem
{
    /// <summary>Creates a file of the given size filled with zeros; its directory entry is durable when this returns.</summary>
    IWalFile Create(string path, long preallocateBytes);

    IWalFile OpenRead(string path);

    void Delete(string path);

    /// <summary>Cuts a file that nobody writes any more.</summary>
    void Truncate(string path, long length);

    IReadOnlyList<string> List(string folder);
}

/// <summary>A file written at given offsets and read at any time by any thread.</summary>
internal interface IWalFile : IDisposable
{
    string Path { get; }

    long Length { get; }

    void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts);

    /// <summary>Returns when everything written is on the disk (fdatasync). An error leaves unknown what is.</summary>
    void Sync();

    int Read(long offset, Span<byte> destination);

    void Truncate(long length);
}
