using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Clew.Storage.Backends;

/// <summary>
/// The steps of durable file creation that .NET has no method for. A new file survives a power cut only when the directory that names
/// it was synchronised too; .NET cannot open directories, so on Unix the C library is called. On Windows directory entries are
/// journalled by NTFS and the calls do nothing.
/// </summary>
internal static partial class DurableFile
{
    // The same numbers on Linux and macOS. Other open flags differ between architectures, so none is used.
    private const int OpenReadOnly = 0;
    private const int ErrorNoEntry = 2;
    private const int ErrorInterrupted = 4;
    private const int ErrorExists = 17;

    /// <summary>Makes the entries of a directory durable.</summary>
    /// <exception cref="IOException">The operating system refused.</exception>
    public static void SyncDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Retry(() => Open(directory, OpenReadOnly));
        if (descriptor < 0)
        {
            throw Failure("open", directory);
        }

        try
        {
            if (Retry(() => Sync(descriptor)) < 0)
            {
                throw Failure("fsync", directory);
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>
    /// Creates the directories of a path below <paramref name="root"/> that are missing, and makes every name on the way durable, also of
    /// those that were there: another process may have made them and died before it could.
    /// </summary>
    public static void CreateDirectory(string root, string directory)
    {
        Directory.CreateDirectory(directory);
        for (var child = directory; child.Length > root.Length; child = Path.GetDirectoryName(child)!)
        {
            SyncDirectory(Path.GetDirectoryName(child)!);
        }
    }

    /// <summary>Gives a file a second name; false when the name is taken. Atomic: of several callers one gets true.</summary>
    public static bool TryLink(string existing, string name)
    {
        if (OperatingSystem.IsWindows())
        {
            return TryMove(existing, name);
        }

        if (Retry(() => Link(existing, name)) == 0)
        {
            return true;
        }

        return Marshal.GetLastPInvokeError() == ErrorExists ? false : throw Failure("link", name);
    }

    /// <summary>Writes everything the operating system still holds of a file to the disk.</summary>
    public static void Sync(SafeFileHandle file) => RandomAccess.FlushToDisk(file);

    private static bool TryMove(string existing, string name)
    {
        try
        {
            File.Move(existing, name, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(name))
        {
            return false;
        }
    }

    private static int Retry(Func<int> call)
    {
        int result;
        do
        {
            result = call();
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == ErrorInterrupted);
        return result;
    }

    private static Exception Failure(string call, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        var message = $"{call} of '{path}' failed: {Marshal.GetPInvokeErrorMessage(error)}";
        return error == ErrorNoEntry ? new DirectoryNotFoundException(message) : new IOException(message, error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string name);
}
