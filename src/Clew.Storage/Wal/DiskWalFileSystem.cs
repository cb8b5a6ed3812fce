using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Clew.Storage.Wal;

/// <summary>The real disk. Linux: fdatasync for data, fsync on the folder for directory entries.</summary>
internal sealed partial class DiskWalFileSystem : IWalFileSystem
{
    public static DiskWalFileSystem Instance { get; } = new();

    public IWalFile Create(string path, long preallocateBytes)
    {
        var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.None, preallocateBytes);
        try
        {
            // Preallocation reserves the blocks but leaves the length at zero; with the length set here, fdatasync need not write metadata.
            RandomAccess.SetLength(handle, preallocateBytes);
            Check(fsync(handle), "fsync", path);
            SyncFolder(System.IO.Path.GetDirectoryName(path)!);
            return new DiskWalFile(path, handle);
        }
        catch
        {
            handle.Dispose();
            File.Delete(path);
            throw;
        }
    }

    public IWalFile OpenRead(string path) =>
        new DiskWalFile(path, File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));

    public void Delete(string path) => File.Delete(path);

    public void Truncate(string path, long length)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.SetLength(handle, length);
    }

    public IReadOnlyList<string> List(string folder) =>
        Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)] : [];

    private static void SyncFolder(string folder)
    {
        var descriptor = open(folder, 0);
        if (descriptor < 0)
        {
            throw new IOException($"cannot open folder '{folder}' to sync it: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        Check(fsync(handle), "fsync", folder);
    }

    private static void Check(int result, string call, string path)
    {
        if (result != 0)
        {
            throw new IOException($"{call} of '{path}' failed: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fdatasync(SafeFileHandle handle);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(SafeFileHandle handle);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    private sealed class DiskWalFile(string path, SafeFileHandle handle) : IWalFile
    {
        public string Path => path;

        public long Length => RandomAccess.GetLength(handle);

        public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts) => RandomAccess.Write(handle, parts, offset);

        public void Sync() => Check(fdatasync(handle), "fdatasync", path);

        public int Read(long offset, Span<byte> destination) => RandomAccess.Read(handle, destination, offset);

        public void Truncate(long length) => RandomAccess.SetLength(handle, length);

        public void Dispose() => handle.Dispose();
    }
}
