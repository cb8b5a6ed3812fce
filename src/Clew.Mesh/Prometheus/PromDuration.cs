using System.Globalization;

namespace Clew.Mesh.Prometheus;

/// <summary>Durations as Prometheus writes them: <c>90s</c>, <c>1h30m</c>, <c>15d</c>, <c>0s</c>.</summary>
public static class PromDuration
{
    private static readonly (string Unit, double Seconds)[] Units =
    [
        ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400), ("w", 604_800), ("y", 31_536_000),
    ];

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        double seconds = 0;
        var rest = text.AsSpan();
        if (rest.IsEmpty)
        {
            return false;
        }

        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits <= 0 || !long.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            rest = rest[digits..];
            var letters = rest.IndexOfAnyInRange('0', '9');
            var unit = letters < 0 ? rest : rest[..letters];
            var found = false;
            foreach (var (name, length) in Units)
            {
                if (unit.SequenceEqual(name))
                {
                    seconds += number * length;
                    found = true;
                }
            }

            if (!found || seconds > TimeSpan.MaxValue.TotalSeconds / 2)
            {
                return false;
            }

            rest = rest[unit.Length..];
        }

        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }
}
