using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Clew.Parquet;

/// <summary>
/// CRC-32 with the polynomial of gzip, reflected: the checksum of Parquet pages. Long inputs are folded 64 bytes at a time with
/// carry-less multiplication (Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel
/// 2009; the constants are from there), which costs about a tenth of a nanosecond per byte or less.
/// </summary>
internal static class Crc32
{
    private const int FoldBytes = 64;

    public static uint Hash(ReadOnlySpan<byte> data)
    {
        uint state = uint.MaxValue;
        if (Pclmulqdq.IsSupported && data.Length >= FoldBytes)
        {
            int folded = data.Length & ~15;
            state = Fold(data[..folded], state);
            data = data[folded..];
        }

        return ~Plain(data, state);
    }

    /// <summary>A byte at a time: for the rest, for other processors, and the oracle of the tests.</summary>
    internal static uint Plain(ReadOnlySpan<byte> data, uint state)
    {
        foreach (byte b in data)
        {
            state = s_table[(byte)(state ^ b)] ^ (state >> 8);
        }

        return state;
    }

    /// <summary>At least 64 bytes, a multiple of 16.</summary>
    private static uint Fold(ReadOnlySpan<byte> data, uint state)
    {
        ref byte at = ref MemoryMarshal.GetReference(data);
        nuint offset = FoldBytes;
        nuint length = (nuint)data.Length;

        Vector128<ulong> a = Load(ref at, 0) ^ Vector128.CreateScalar((ulong)state);
        Vector128<ulong> b = Load(ref at, 16);
        Vector128<ulong> c = Load(ref at, 32);
        Vector128<ulong> d = Load(ref at, 48);
        Vector128<ulong> by512 = Vector128.Create(0x154442bd4UL, 0x1c6e41596);
        for (; offset + FoldBytes <= length; offset += FoldBytes)
        {
            a = Fold(a, by512) ^ Load(ref at, offset);
            b = Fold(b, by512) ^ Load(ref at, offset + 16);
            c = Fold(c, by512) ^ Load(ref at, offset + 32);
            d = Fold(d, by512) ^ Load(ref at, offset + 48);
        }

        Vector128<ulong> by128 = Vector128.Create(0x1751997d0UL, 0x0ccaa009e);
        a = Fold(a, by128) ^ b;
        a = Fold(a, by128) ^ c;
        a = Fold(a, by128) ^ d;
        for (; offset < length; offset += 16)
        {
            a = Fold(a, by128) ^ Load(ref at, offset);
        }

        // 128 bits to 64, to 32, and Barrett's reduction.
        Vector128<ulong> low32 = Vector128.Create(0xffffffffUL, 0xffffffff);
        a = Pclmulqdq.CarrylessMultiply(a, by128, 0x10) ^ Sse2.ShiftRightLogical128BitLane(a, 8);
        Vector128<ulong> high = Sse2.ShiftRightLogical128BitLane(a, 4);
        a = Pclmulqdq.CarrylessMultiply(a & low32, Vector128.CreateScalar(0x163cd6124UL), 0) ^ high;
        Vector128<ulong> polynomial = Vector128.Create(0x1db710641UL, 0x1f7011641);
        Vector128<ulong> quotient = Pclmulqdq.CarrylessMultiply(a & low32, polynomial, 0x10) & low32;
        return (Pclmulqdq.CarrylessMultiply(quotient, polynomial, 0) ^ a).AsUInt32().GetElement(1);
    }

    private static Vector128<ulong> Load(ref byte at, nuint offset) => Vector128.LoadUnsafe(ref at, offset).AsUInt64();

    private static Vector128<ulong> Fold(Vector128<ulong> value, Vector128<ulong> by) =>
        Pclmulqdq.CarrylessMultiply(value, by, 0x00) ^ Pclmulqdq.CarrylessMultiply(value, by, 0x11);

    private static readonly uint[] s_table = MakeTable();

    private static uint[] MakeTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? (value >> 1) ^ 0xedb88320 : value >> 1;
            }

            table[i] = value;
        }

        return table;
    }
}
