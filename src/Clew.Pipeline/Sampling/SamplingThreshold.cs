using System.Globalization;

namespace Clew.Pipeline.Sampling;

/// <summary>
/// The rejection threshold of consistent probability sampling: of the 2^56 randomness values those at or above it are kept. Written in
/// tracestate as <c>ot=th:</c> with up to 14 hex digits, trailing zeros cut (OpenTelemetry specification, "TraceState: Probability Sampling").
/// </summary>
public readonly record struct SamplingThreshold(ulong Value)
{
    /// <summary>2^56: the number of randomness values, and the threshold that keeps none.</summary>
    public const ulong Range = 1UL << 56;

    /// <summary>Hex digits of a threshold or a randomness.</summary>
    public const int Digits = 14;

    public static SamplingThreshold AlwaysSample { get; }

    /// <summary>What share of spans is kept, 0 to 1.</summary>
    public double Probability => (Range - Value) / (double)Range;

    /// <summary>How many spans one kept span stands for.</summary>
    public double AdjustedCount => Range / (double)(Range - Value);

    public bool Keeps(ulong randomness) => randomness >= Value;

    /// <summary>
    /// The threshold of a probability at a precision of hex digits, with one digit more for each leading digit that carries no
    /// information: <c>f</c> for a small probability, <c>0</c> for one near 1.
    /// </summary>
    /// <param name="probability">Above 0, at most 1.</param>
    /// <param name="precision">1 to 14.</param>
    public static SamplingThreshold Of(double probability, int precision)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(probability);
        if (probability >= 1)
        {
            return AlwaysSample;
        }

        var digits = Math.Min(Digits, precision + Math.Max(LeadingDigits(probability), LeadingDigits(1 - probability)));
        var exact = Range - (ulong)Math.Round(probability * Range, MidpointRounding.AwayFromZero);
        var shift = (Digits - digits) * 4;
        var rounded = shift == 0 ? exact : (exact + (1UL << (shift - 1))) >> shift << shift;
        return new SamplingThreshold(Math.Min(rounded, Range - 1));
    }

    /// <summary>Reads <c>th</c>: 1 to 14 hex digits.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out SamplingThreshold threshold)
    {
        threshold = default;
        if (text.Length is 0 or > Digits || !TryHex(text, out var value))
        {
            return false;
        }

        threshold = new SamplingThreshold(value << ((Digits - text.Length) * 4));
        return true;
    }

    /// <summary>Lower-case hex digits; only these, no sign and no blanks.</summary>
    internal static bool TryHex(ReadOnlySpan<char> text, out ulong value) =>
        ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);

    /// <summary>14 hex digits with trailing zeros cut, "0" for always.</summary>
    public override string ToString()
    {
        var text = Value.ToString("x14", CultureInfo.InvariantCulture).TrimEnd('0');
        return text.Length == 0 ? "0" : text;
    }

    // floor(-e / 4) with x = m * 2^e and 0.5 <= m < 1: whole hex digits before the first one that carries information.
    private static int LeadingDigits(double x)
    {
        if (x <= 0)
        {
            return 0;
        }

        var exponent = Math.ILogB(x) + 1;
        return Math.Max(0, (int)Math.Floor(-exponent / 4.0));
    }
}
