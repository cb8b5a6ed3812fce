using System.Globalization;

namespace Clew.Server.Configuration;

/// <summary>
/// A number of bytes as an operator writes it: <c>1048576</c>, <c>256MiB</c>, <c>1.5GiB</c>, <c>20MB</c>.
/// <c>KiB MiB GiB TiB</c> (also <c>Ki Mi Gi Ti</c>) are powers of 1024, <c>kB MB GB TB</c> (also <c>k M G T</c>) powers of 1000.
/// </summary>
internal readonly record struct ByteSize(long Bytes) : IComparable<ByteSize>
{
    private static readonly (string Suffix, long Factor)[] s_units =
    [
        ("kib", 1L << 10), ("mib", 1L << 20), ("gib", 1L << 30), ("tib", 1L << 40),
        ("ki", 1L << 10), ("mi", 1L << 20), ("gi", 1L << 30), ("ti", 1L << 40),
        ("kb", 1_000L), ("mb", 1_000_000L), ("gb", 1_000_000_000L), ("tb", 1_000_000_000_000L),
        ("k", 1_000L), ("m", 1_000_000L), ("g", 1_000_000_000L), ("t", 1_000_000_000_000L),
        ("b", 1L),
    ];

    public static ByteSize Zero => default;

    public static ByteSize FromKiB(long value) => new(value << 10);

    public static ByteSize FromMiB(long value) => new(value << 20);

    public static ByteSize FromGiB(long value) => new(value << 30);

    public int CompareTo(ByteSize other) => Bytes.CompareTo(other.Bytes);

    public static bool operator <(ByteSize left, ByteSize right) => left.Bytes < right.Bytes;

    public static bool operator >(ByteSize left, ByteSize right) => left.Bytes > right.Bytes;

    public static bool operator <=(ByteSize left, ByteSize right) => left.Bytes <= right.Bytes;

    public static bool operator >=(ByteSize left, ByteSize right) => left.Bytes >= right.Bytes;

    public static bool TryParse(string text, out ByteSize size)
    {
        size = default;
        var number = text.AsSpan().Trim();
        var factor = 1L;
        foreach (var (suffix, unitFactor) in s_units)
        {
            if (number.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                number = number[..^suffix.Length].TrimEnd();
                factor = unitFactor;
                break;
            }
        }

        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            || value > long.MaxValue / factor)
        {
            return false;
        }

        size = new ByteSize((long)(value * factor));
        return true;
    }

    /// <summary>The largest binary unit that divides the size exactly, else plain bytes; <see cref="TryParse"/> reads it back.</summary>
    public override string ToString()
    {
        foreach (var (suffix, shift) in new[] { ("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10) })
        {
            if (Bytes != 0 && Bytes % (1L << shift) == 0)
            {
                return (Bytes >> shift).ToString(CultureInfo.InvariantCulture) + suffix;
            }
        }

        return Bytes.ToString(CultureInfo.InvariantCulture);
    }
}
