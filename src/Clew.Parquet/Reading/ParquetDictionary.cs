using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Clew.Parquet;

/// <summary>
/// The distinct values of a column chunk, by code. Immutable, owns its memory, may outlive the reader and be shared by threads.
/// Files written by Clew have them in ascending order (<see cref="IsSorted"/> says what the file claims, it is not verified).
/// </summary>
public sealed class ParquetDictionary
{
    private readonly byte[] _content;

    // Byte strings: start of each value in the content; value i ends four bytes (a length) before value i + 1 starts.
    private readonly int[] _starts;
    private readonly int _stride;

    private ParquetDictionary(ParquetType type, byte[] content, int[] starts, int stride, int count, bool sorted)
    {
        Type = type;
        _content = content;
        _starts = starts;
        _stride = stride;
        Count = count;
        IsSorted = sorted;
    }

    public ParquetType Type { get; }

    public int Count { get; }

    public bool IsSorted { get; }

    /// <summary>Bytes held in memory, for a cache's books.</summary>
    public long MemoryBytes => _content.Length + 4L * _starts.Length;

    /// <summary>All values of an INT64 column.</summary>
    public ReadOnlySpan<long> Int64 => Numbers<long>(ParquetType.Int64);

    /// <summary>All values of an INT32 column.</summary>
    public ReadOnlySpan<int> Int32 => Numbers<int>(ParquetType.Int32);

    /// <summary>All values of a DOUBLE column.</summary>
    public ReadOnlySpan<double> Double => Numbers<double>(ParquetType.Double);

    /// <summary>The page's bytes, into which <see cref="Range"/> points.</summary>
    public ReadOnlySpan<byte> Buffer => _content;

    /// <summary>Bytes of one value: a byte string without its length, a number in little-endian form.</summary>
    public ReadOnlySpan<byte> this[int code] => Range(code).In(_content);

    /// <summary>Position of a value in <see cref="Buffer"/>; code -1 is null.</summary>
    public ByteRange Range(int code)
    {
        if (code == -1)
        {
            return new ByteRange(0, -1);
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)code, (uint)Count);
        return _stride > 0
            ? new ByteRange(code * _stride, _stride)
            : new ByteRange(_starts[code], _starts[code + 1] - 4 - _starts[code]);
    }

    /// <summary>Code of exactly these bytes, or -1: a binary search if sorted by the file's claim, else a scan.</summary>
    public int IndexOf(ReadOnlySpan<byte> value)
    {
        if (IsSorted)
        {
            int low = 0;
            int high = Count - 1;
            while (low <= high)
            {
                int middle = (int)(((uint)low + (uint)high) >> 1);
                int order = ValueOrder.Compare(Type, this[middle], value);
                if (order == 0)
                {
                    return middle;
                }

                (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
            }

            return -1;
        }

        for (int code = 0; code < Count; code++)
        {
            if (this[code].SequenceEqual(value))
            {
                return code;
            }
        }

        return -1;
    }

    /// <summary>Takes ownership of a PLAIN dictionary page; null if its bytes do not hold exactly <paramref name="count"/> values.</summary>
    internal static ParquetDictionary? TryParse(ParquetColumn column, byte[] content, int count, bool sorted)
    {
        int stride = column.Type switch
        {
            ParquetType.Int32 => 4,
            ParquetType.Int64 or ParquetType.Double => 8,
            ParquetType.FixedLenByteArray => column.FixedLength,
            _ => 0,
        };
        if (stride > 0)
        {
            return (long)count * stride == content.Length ? new ParquetDictionary(column.Type, content, [], stride, count, sorted) : null;
        }

        // Every value takes at least its length, so a hostile count cannot make the table larger than the page.
        if ((long)count * 4 > content.Length)
        {
            return null;
        }

        int[] starts = new int[count + 1];
        int position = 0;
        for (int i = 0; i < count; i++)
        {
            if (content.Length - position < 4)
            {
                return null;
            }

            int length = BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(position));
            position += 4;
            if (length < 0 || length > content.Length - position)
            {
                return null;
            }

            starts[i] = position;
            position += length;
        }

        starts[count] = position + 4;
        return position == content.Length ? new ParquetDictionary(column.Type, content, starts, 0, count, sorted) : null;
    }

    private ReadOnlySpan<T> Numbers<T>(ParquetType type)
        where T : unmanaged =>
        Type == type ? MemoryMarshal.Cast<byte, T>(_content) : throw new InvalidOperationException($"a dictionary of {Type} was read as {type}");
}
