namespace Clew.Storage.Head;

/// <summary>
/// An append-only list whose elements never move: one thread appends, any number read what was published. A reader must have learnt of
/// an index through a release (the head's published row count, or <see cref="Count"/>), which makes the element and its chunk visible.
/// </summary>
internal sealed class ChunkedList<T>
    where T : unmanaged
{
    public const int ChunkBits = 10;
    public const int ChunkSize = 1 << ChunkBits;
    private const int ChunkMask = ChunkSize - 1;

    private T[][] _chunks = [];
    private int _count;

    /// <summary>Elements appended so far; an acquire.</summary>
    public int Count => Volatile.Read(ref _count);

    public long AllocatedBytes { get; private set; }

    public T this[int index]
    {
        get => _chunks[index >> ChunkBits][index & ChunkMask];
        set => _chunks[index >> ChunkBits][index & ChunkMask] = value;
    }

    public void Add(T value)
    {
        var index = _count;
        if ((index & ChunkMask) == 0)
        {
            Grow(index >> ChunkBits);
        }

        _chunks[index >> ChunkBits][index & ChunkMask] = value;
        Volatile.Write(ref _count, index + 1);
    }

    public void CopyTo(int start, Span<T> destination)
    {
        var chunks = Volatile.Read(ref _chunks);
        while (destination.Length > 0)
        {
            var chunk = chunks[start >> ChunkBits].AsSpan(start & ChunkMask);
            var count = Math.Min(chunk.Length, destination.Length);
            chunk[..count].CopyTo(destination);
            destination = destination[count..];
            start += count;
        }
    }

    // A chunk of 1024 ints is 4 KiB: a column of a rare key costs 8 KiB for its rows and codes, 1000 such keys 8 MiB.
    private void Grow(int chunk)
    {
        if (chunk == _chunks.Length)
        {
            var bigger = new T[Math.Max(4, _chunks.Length * 2)][];
            _chunks.CopyTo(bigger, 0);
            Volatile.Write(ref _chunks, bigger);
        }

        _chunks[chunk] = GC.AllocateUninitializedArray<T>(ChunkSize);
        AllocatedBytes += ChunkSize * System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
    }
}
