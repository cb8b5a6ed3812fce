using System.Diagnostics;
using System.Globalization;

namespace Clew.EndToEnd.Tests.Harness;

/// <summary>A folder on a file system of a chosen size, in memory. Mounting needs root; without it the test is skipped and says so.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TempFolder _folder = new();

    public SmallDisk(int mebibytes)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            _folder.Dispose();
            Assert.Skip("A file system of limited size can only be mounted by root.");
        }

        Run("mount", "-t", "tmpfs", "-o", Size(mebibytes), "clew-e2e", _folder.Path);
    }

    public string Path => _folder.Path;

    /// <summary>Makes room, as an operator does.</summary>
    public void Grow(int mebibytes) => Run("mount", "-o", $"remount,{Size(mebibytes)}", _folder.Path);

    public void Dispose()
    {
        Run("umount", _folder.Path);
        _folder.Dispose();
    }

    private static string Size(int mebibytes) => $"size={mebibytes.ToString(CultureInfo.InvariantCulture)}m";

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}");
        }
    }
}
