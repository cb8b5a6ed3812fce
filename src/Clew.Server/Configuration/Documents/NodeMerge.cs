namespace Clew.Server.Configuration.Documents;

/// <summary>The Collector's merge rule: maps are joined key by key, everything else of a later document replaces what was there.</summary>
internal static class NodeMerge
{
    /// <summary>A null in the later document wipes the earlier value; <c>{}</c> keeps it.</summary>
    public static ConfigNode Merge(ConfigNode earlier, ConfigNode later) =>
        earlier is ConfigMap left && later is ConfigMap right ? Merge(left, right) : later;

    public static ConfigMap Merge(ConfigMap earlier, ConfigMap later)
    {
        if (earlier.Entries.Count == 0)
        {
            return later;
        }

        var entries = new List<ConfigEntry>(earlier.Entries.Count + later.Entries.Count);
        foreach (var entry in earlier.Entries)
        {
            entries.Add(later.TryGet(entry.Key, out var replacement)
                ? new ConfigEntry(entry.Key, replacement.KeyMark, Merge(entry.Value, replacement.Value))
                : entry);
        }

        foreach (var entry in later.Entries)
        {
            if (!earlier.Has(entry.Key))
            {
                entries.Add(entry);
            }
        }

        return new ConfigMap(entries, later.Mark);
    }
}
