using System.Buffers;
using System.Numerics;

namespace Clew.Storage.Blocks.Building;

/// <summary>
/// Arrays that a cut or a merge fills and gives back. They are some tens of megabytes, all large enough for the heap on which an allocation
/// brings the collection of everything nearer; taken from the pool, the next cut finds them again.
/// </summary>
internal static class Scratch
{
    private const int MinPooled = 16;

    /// <summary>Makes an array at least so long and keeps its first <paramref name="used"/> elements; what follows has any content.</summary>
    public static void Grow<T>(ref T[] array, int length, int used)
        where T : unmanaged
    {
        if (array.Length >= length)
        {
            return;
        }

        var bigger = ArrayPool<T>.Shared.Rent(length);
        array.AsSpan(0, used).CopyTo(bigger);
        Return(ref array);
        array = bigger;
    }

    /// <summary>Gives an array back; its owner has an empty one afterwards.</summary>
    public static void Return<T>(ref T[] array)
        where T : unmanaged
    {
        // What did not come from the pool is left to the collector.
        if (array.Length >= MinPooled && BitOperations.IsPow2(array.Length))
        {
            ArrayPool<T>.Shared.Return(array);
        }

        array = [];
    }
}
