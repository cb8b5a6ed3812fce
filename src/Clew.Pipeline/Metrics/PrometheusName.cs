namespace Clew.Pipeline.Metrics;

/// <summary>Names as Prometheus takes them: letters, digits and underscores, not beginning with a digit.</summary>
internal static class PrometheusName
{
    public static string OfLabel(string name)
    {
        var text = string.Create(name.Length, name, static (buffer, from) =>
        {
            for (var i = 0; i < from.Length; i++)
            {
                buffer[i] = char.IsAsciiLetterOrDigit(from[i]) || from[i] == '_' ? from[i] : '_';
            }
        });
        return text.Length > 0 && char.IsAsciiDigit(text[0]) ? "key_" + text : text;
    }

    public static string OfMetric(string name) => OfLabel(name.Replace(':', '_'));
}
