using System.Collections.Concurrent;

namespace Clew.Query.Scan;

/// <summary>
/// The large arrays of a scan: rows of some columns at a time. A worker takes one set for a query and gives it back at the end, so that
/// scanning allocates next to nothing; one that is not given back is collected. One thread at a time. The chunks of several sources may
/// share a set, because each reads anew after it is moved (<see cref="Chunk.Move"/>), and a worker is at one chunk at a time.
/// </summary>
internal sealed class ScanBuffers
{
    // Twice the workers of any machine that this runs on; a set is about half a megabyte.
    private const int MaxIdle = 32;

    private static readonly ConcurrentQueue<ScanBuffers> Idle = new();

    private readonly List<long[]> _longs = [];

    private ScanBuffers()
    {
    }

    /// <summary>For one column while it is decided: whoever uses it is done with it before the next column is read.</summary>
    public long[] Numbers { get; } = new long[Chunk.MaxRows];

    /// <summary>Likewise for codes.</summary>
    public int[] Codes { get; } = new int[Chunk.MaxRows];

    public static ScanBuffers Rent() => Idle.TryDequeue(out var buffers) ? buffers : new ScanBuffers();

    public static void Return(ScanBuffers buffers)
    {
        if (Idle.Count < MaxIdle)
        {
            Idle.Enqueue(buffers);
        }
    }

    /// <summary>An array for the n-th column that a chunk keeps.</summary>
    public long[] Longs(int number)
    {
        while (_longs.Count <= number)
        {
            _longs.Add(new long[Chunk.MaxRows]);
        }

        return _longs[number];
    }
}
