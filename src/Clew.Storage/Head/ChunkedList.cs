namespace Clew.Storage.Head;

/// <summary>
/// An append-only list: one thread appends, any number read what was published. A reader must have learnt of
/// an index through a release (the head's published row count, or <see cref="Count"/>), which makes the element and its chunk visible.
/// </summary>
internal sealed class ChunkedList<T>
    where T : unmanaged
{
    public const int ChunkBits = 10;
    public const int ChunkSize = 1 << ChunkBits;
    private const int ChunkMask = ChunkSize - 1;
    private const int FirstSize = 16;

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
        var offset = index & ChunkMask;
        if (offset == 0 || offset == _chunks[index >> ChunkBits].Length)
        {
            Grow(index >> ChunkBits, offset);
        }

        _chunks[index >> ChunkBits][offset] = value;
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

    // The first chunk starts small and doubles, because most lists of a quiet tenant hold a handful of elements: a reader that still
    // looks at the old array finds there every element it knows of. Later chunks never move.
    private void Grow(int chunk, int used)
    {
        if (chunk == _chunks.Length)
        {
            var bigger = new T[Math.Max(1, _chunks.Length * 2)][];
            _chunks.CopyTo(bigger, 0);
            Volatile.Write(ref _chunks, bigger);
        }

        var size = chunk > 0 ? ChunkSize : Math.Max(FirstSize, used * 2);
        var array = GC.AllocateUninitializedArray<T>(size);
        if (used > 0)
        {
            _chunks[chunk].CopyTo(array, 0);
        }

        Volatile.Write(ref _chunks[chunk], array);
        AllocatedBytes += (size - used) * System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
    }
}
