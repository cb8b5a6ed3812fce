namespace Clew.Query.Scan;

/// <summary>
/// Which codes of a dictionary hold, in the form that rows are compared with fastest: a few ranges of codes as numbers, else a table. Filled for
/// one row group after another; one thread.
/// </summary>
internal sealed class CodeSet
{
    // Dictionaries of blocks are sorted, so a prefix, or neighbouring numbers, are one range.
    private const int MaxRanges = 4;

    private readonly List<(int Low, int High)> _ranges = [];
    private readonly ulong[] _part = new ulong[Chunk.MaxWords];

    /// <summary>Entry 0 stands for "no value", entry 1 for code 0.</summary>
    private byte[] _table = [];

    // The same in bits, where the codes are few enough for that.
    private readonly uint[] _bits = new uint[(ColumnKernels.MaxPickedCodes + 1) / 32];
    private int _codes;
    private bool _isRanges;

    /// <summary>Codes that hold.</summary>
    public int Count { get; private set; }

    /// <summary>Empties the set for a dictionary of so many codes.</summary>
    public void Begin(int codes)
    {
        if (_table.Length <= codes)
        {
            _table = new byte[codes + 1];
        }

        _table.AsSpan(0, codes + 1).Clear();
        (_codes, Count) = (codes, 0);
    }

    public void Add(int code)
    {
        Count += _table[code + 1] == 0 ? 1 : 0;
        _table[code + 1] = 1;
    }

    /// <summary>No code is added any more.</summary>
    public void End()
    {
        _ranges.Clear();
        _isRanges = true;

        // Few codes are picked in one pass where there are vectors for it, as quick as one range.
        var most = ColumnKernels.PicksInVectors && _codes <= ColumnKernels.MaxPickedCodes ? 1 : MaxRanges;
        var holds = _table.AsSpan(1, _codes);
        for (var at = holds.IndexOf((byte)1); at >= 0;)
        {
            var length = holds[at..].IndexOf((byte)0);
            var end = length < 0 ? _codes : at + length;
            if (_ranges.Count == most)
            {
                _isRanges = false;
                FillBits();
                return;
            }

            _ranges.Add((at, end - 1));
            var next = holds[end..].IndexOf((byte)1);
            at = next < 0 ? -1 : end + next;
        }
    }

    /// <summary>Bits of the rows whose code holds; null, -1, never does.</summary>
    public void Decide(ReadOnlySpan<int> codes, Span<ulong> bits)
    {
        if (!_isRanges)
        {
            if (_codes <= ColumnKernels.MaxPickedCodes)
            {
                ColumnKernels.PickBits(codes, _bits, bits);
            }
            else
            {
                ColumnKernels.LookUp(codes, _table, bits);
            }

            return;
        }

        var words = Bits.Words(codes.Length);
        if (_ranges.Count == 0)
        {
            bits[..words].Clear();
        }

        for (var i = 0; i < _ranges.Count; i++)
        {
            var (low, high) = _ranges[i];
            ColumnKernels.CodesBetween(codes, low, high, i == 0 ? bits : _part);
            if (i > 0)
            {
                Bits.Or(bits[..words], _part.AsSpan(0, words));
            }
        }
    }

    private void FillBits()
    {
        if (_codes > ColumnKernels.MaxPickedCodes)
        {
            return;
        }

        _bits.AsSpan().Clear();
        for (var entry = 1; entry <= _codes; entry++)
        {
            _bits[entry >> 5] |= (uint)_table[entry] << (entry & 31);
        }
    }
}
