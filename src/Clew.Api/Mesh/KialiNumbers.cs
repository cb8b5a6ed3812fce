using System.Globalization;

namespace Clew.Api.Mesh;

/// <summary>Numbers as the graph's clients expect them: text, short, and never rounded to nothing.</summary>
internal static class KialiNumbers
{
    private const int MostDigits = 5;

    /// <summary>Two decimals; more, up to five, when a rate below one would show no digit.</summary>
    public static string Rate(double value) => Text(value, 2);

    /// <summary>One decimal, and more for a share that is there but small.</summary>
    public static string Percent(double value) => Text(value, 1);

    public static string Whole(double value) => Text(value, 0, extend: false);

    private static string Text(double value, int digits, bool extend = true)
    {
        if (extend && value is > 0 and < 1)
        {
            digits = Math.Clamp((int)Math.Ceiling(-Math.Log10(value)), digits, MostDigits);
        }

        // Decimal rounds what is written, not the binary fraction beside it, and halves go to the even digit as the peers' do.
        return Math.Abs(value) < 1e15
            ? decimal.Round((decimal)value, digits, MidpointRounding.ToEven).ToString($"F{digits}", CultureInfo.InvariantCulture)
            : value.ToString($"F{digits}", CultureInfo.InvariantCulture);
    }
}
