using System.Runtime.InteropServices;

namespace Clew.Server.Hosting;

/// <summary>
/// The C library's heap, from which compressors take their tables. It keeps a pool for each thread that ever asked, up to eight a core,
/// and hands none of them back: one that all threads share is enough for allocations as rare as ours.
/// </summary>
internal static partial class NativeHeap
{
    /// <summary>M_ARENA_MAX of glibc's malloc.h.</summary>
    private const int ArenaMax = -8;

    public static void ShareOnePool()
    {
        try
        {
            _ = mallopt(ArenaMax, 1);
        }
        catch (Exception fault) when (fault is EntryPointNotFoundException or DllNotFoundException)
        {
            // Another C library, which has no such pools.
        }
    }

    [LibraryImport("libc")]
    private static partial int mallopt(int parameter, int value);
}
