using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration.Foreign;

/// <summary>
/// Helm's rule for values over a chart's defaults: maps are joined, everything else replaces, and a null takes the default away. A null
/// without a default stays, and means what it means in the file that the chart writes.
/// </summary>
internal static class HelmMerge
{
    /// <summary>
    /// In the sections of <paramref name="keepsDefault"/> a null directly below keeps the default. Somebody who writes <c>batch:</c> without
    /// settings wants the component, and a chart that takes it away makes a configuration that does not start.
    /// </summary>
    public static ConfigMap Merge(ConfigMap defaults, ConfigMap values, params ReadOnlySpan<string> keepsDefault)
    {
        var result = defaults;
        foreach (var entry in values.Entries)
        {
            if (!defaults.TryGet(entry.Key, out var standard))
            {
                result = result.With(entry.Key, entry.Value, entry.KeyMark);
            }
            else if (entry.Value.IsNull)
            {
                result = result.Without(entry.Key);
            }
            else if (entry.Value is ConfigMap map && standard.Value is ConfigMap child)
            {
                var kept = keepsDefault.Contains(entry.Key) ? WithoutNulls(map) : map;
                result = Replace(result, entry, Merge(child, kept));
            }
            else
            {
                result = Replace(result, entry, entry.Value);
            }
        }

        return new ConfigMap(result.Entries, values.Entries.Count == 0 ? defaults.Mark : values.Mark);
    }

    private static ConfigMap Replace(ConfigMap map, ConfigEntry entry, ConfigNode value) =>
        new([.. map.Entries.Select(other => other.Key == entry.Key ? new ConfigEntry(entry.Key, entry.KeyMark, value) : other)], map.Mark);

    private static ConfigMap WithoutNulls(ConfigMap map) => new([.. map.Entries.Where(static entry => !entry.Value.IsNull)], map.Mark);
}
