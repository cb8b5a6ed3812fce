namespace Clew.Semantics;

/// <summary>
/// How many spans a kept span stands for, as a fixed-point number: whole units of 2^-20, so that sums add exactly in any order. 2^63 of
/// these units are 8.8 × 10^12 spans.
/// </summary>
public static class SamplingWeight
{
    public const int FractionBits = 20;

    /// <summary>One span.</summary>
    public const long One = 1L << FractionBits;

    /// <summary>A span sampled at less than one in a million says more about its sampler's settings than about traffic.</summary>
    private const double Most = 1 << 20;

    public static double ToDouble(long weight) => weight / (double)One;

    public static long Of(double count) => count >= 1 ? (long)Math.Round(Math.Min(count, Most) * One) : One;

    /// <summary>The weight that a W3C tracestate tells (<c>ot=th:…</c>); zero when it tells none.</summary>
    public static long OfTraceState(ReadOnlySpan<byte> traceState)
    {
        while (traceState.Length > 0)
        {
            var comma = traceState.IndexOf((byte)',');
            var member = (comma < 0 ? traceState : traceState[..comma]).Trim((byte)' ');
            traceState = comma < 0 ? default : traceState[(comma + 1)..];
            if (member.StartsWith("ot="u8))
            {
                return OfMember(member[3..]);
            }
        }

        return 0;
    }

    private static long OfMember(ReadOnlySpan<byte> member)
    {
        while (member.Length > 0)
        {
            var end = member.IndexOf((byte)';');
            var value = end < 0 ? member : member[..end];
            member = end < 0 ? default : member[(end + 1)..];
            if (value.StartsWith("th:"u8))
            {
                return OfThreshold(value[3..]);
            }
        }

        return 0;
    }

    /// <summary>Of 2^56 random values those at or above the threshold are kept; 1 to 14 hex digits, trailing zeros cut.</summary>
    private static long OfThreshold(ReadOnlySpan<byte> digits)
    {
        if (digits.Length is 0 or > 14)
        {
            return 0;
        }

        ulong threshold = 0;
        foreach (var digit in digits)
        {
            var value = digit switch
            {
                >= (byte)'0' and <= (byte)'9' => digit - '0',
                >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
                _ => -1,
            };
            if (value < 0)
            {
                return 0;
            }

            threshold = (threshold << 4) | (uint)value;
        }

        const ulong range = 1UL << 56;
        threshold <<= 4 * (14 - digits.Length);
        return Of(range / (double)(range - threshold));
    }
}
