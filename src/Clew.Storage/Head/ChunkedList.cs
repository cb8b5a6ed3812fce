using System.Runtime.CompilerServices;

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

    /// <summary>The writer's: the newest chunk, and how much of it is used.</summary>
    private T[] _tail = [];
    private int _tailUsed;

    /// <summary>Elements appended so far; an acquire.</summary>
    public int Count => Volatile.Read(ref _count);

    public long AllocatedBytes { get; private set; }

    public T this[int index]
    {
        get => _chunks[index >> ChunkBits][index & ChunkMask];
        set => _chunks[index >> ChunkBits][index & ChunkMask] = value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(T value)
    {
        var (tail, used) = (_tail, _tailUsed);
        if ((uint)used >= (uint)tail.Length)
        {
            (tail, used) = NextTail();
        }

        tail[used] = value;
        _tailUsed = used + 1;
        Volatile.Write(ref _count, _count + 1);
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

    /// <summary>Gives the memory back. Nobody reads or adds any more; who does all the same gets an exception, not another list's values.</summary>
    public void Release()
    {
        foreach (var chunk in _chunks)
        {
            if (chunk?.Length == ChunkSize)
            {
                ChunkPool<T>.Return(chunk);
            }
        }

        _chunks = [];
        _tail = [];
        _count = 0;
    }

    private (T[] Tail, int Used) NextTail()
    {
        var offset = _count & ChunkMask;
        Grow(_count >> ChunkBits, offset);
        _tail = _chunks[_count >> ChunkBits];
        return (_tail, offset);
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
        var array = size == ChunkSize ? ChunkPool<T>.Rent(ChunkSize) : new T[size];
        if (used > 0)
        {
            _chunks[chunk].CopyTo(array, 0);
        }

        Volatile.Write(ref _chunks[chunk], array);
        AllocatedBytes += (size - used) * Unsafe.SizeOf<T>();
    }
}
