using System.Buffers;

namespace Clew.Parquet;

/// <summary>What a <see cref="CachedPage"/> holds decoded.</summary>
internal enum DecodedKind
{
    None,
    Codes,
    Int64,
    Int32,
    Double,
    Boolean,
    Ranges,
}

/// <summary>
/// One data page of a column chunk reader: header read, decompressed, levels decoded, and, once a part of it was asked for, its
/// values by row. The arrays are rented; the reader that owns the page disposes it.
/// </summary>
internal sealed class CachedPage : IDisposable
{
    private byte[] _body = [];
    private byte[] _decoded = [];
    private ulong[] _validity = [];

    /// <summary>Number of the page, -1 if the slot is empty.</summary>
    public int Page { get; set; } = -1;

    public int Rows { get; set; }

    /// <summary>Rows that have a value.</summary>
    public int Values { get; set; }

    public bool HasNulls => Values < Rows;

    /// <summary>File offset of the body if it can be used where it lies, else -1: then it is in <see cref="OwnBody"/>.</summary>
    public long BodyOffset { get; set; }

    public int BodyLength { get; set; }

    /// <summary>Where the values begin in the body, after the levels.</summary>
    public int ValuesStart { get; set; }

    public DecodedKind Kind { get; set; }

    /// <summary>How often some rows were decoded without the rest of the page.</summary>
    public int Parts { get; set; }

    /// <summary>Tick of the last use.</summary>
    public long Used { get; set; }

    public long MemoryBytes => _body.Length + _decoded.Length + 8L * _validity.Length;

    public Span<byte> OwnBody => _body.AsSpan(0, BodyLength);

    /// <summary>Bits of the rows; meaningful only if the page has nulls.</summary>
    public Span<ulong> Validity => _validity.AsSpan(0, Bitmaps.Words(Rows));

    public Span<byte> RentBody(int length)
    {
        BodyLength = length;
        BodyOffset = -1;
        Rent(ref _body, length);
        return OwnBody;
    }

    public Span<ulong> RentValidity()
    {
        Rent(ref _validity, Bitmaps.Words(Rows));
        return Validity;
    }

    public Span<byte> RentDecoded(int length)
    {
        Rent(ref _decoded, length);
        return Decoded(length);
    }

    public Span<byte> Decoded(int length) => _decoded.AsSpan(0, length);

    public void Dispose()
    {
        Page = -1;
        Kind = DecodedKind.None;
        Return(ref _body);
        Return(ref _decoded);
        Return(ref _validity);
    }

    private static void Rent<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            Return(ref array);
            array = ArrayPool<T>.Shared.Rent(length);
        }
    }

    private static void Return<T>(ref T[] array)
    {
        if (array.Length > 0)
        {
            ArrayPool<T>.Shared.Return(array);
            array = [];
        }
    }
}
