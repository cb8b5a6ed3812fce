using System.Collections.Concurrent;

namespace Clew.Storage.Head;

/// <summary>
/// Arrays that heads have given back, for the next head. A busy store fills and empties a head every few seconds; left to the collector, the
/// arrays of three heads stand in memory at a time, and each new one is cleared. Limited in bytes; what is over goes to the collector.
/// </summary>
internal static class ChunkPool<T>
    where T : unmanaged
{
    /// <summary>Of one element type; there are five, and they take turns with the heads that are filled.</summary>
    private const long MaxBytes = 24L << 20;

    private static readonly ConcurrentStack<T[]> Free = new();
    private static long s_bytes;

    /// <summary>An array of exactly this length, with whatever content.</summary>
    public static T[] Rent(int length)
    {
        if (Free.TryPop(out var array))
        {
            Interlocked.Add(ref s_bytes, -Size(array.Length));
            if (array.Length == length)
            {
                return array;
            }
        }

        return GC.AllocateUninitializedArray<T>(length);
    }

    public static void Return(T[] array)
    {
        if (Interlocked.Add(ref s_bytes, Size(array.Length)) <= MaxBytes)
        {
            Free.Push(array);
        }
        else
        {
            Interlocked.Add(ref s_bytes, -Size(array.Length));
        }
    }

    private static long Size(int length) => length * (long)System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
}
