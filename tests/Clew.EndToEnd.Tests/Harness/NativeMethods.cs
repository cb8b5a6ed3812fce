using System.Runtime.InteropServices;

namespace Clew.EndToEnd.Tests.Harness;

/// <summary>The framework can kill a process, but not send it another signal.</summary>
internal static partial class NativeMethods
{
    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int processId, int signal);
}
