using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Clew.Server.Configuration.Documents;

/// <summary>
/// A configuration text as a tree in which every node remembers where it was written. Immutable: merging and mapping make new trees and
/// share what did not change.
/// </summary>
internal abstract class ConfigNode(SourceMark mark)
{
    public SourceMark Mark { get; } = mark;

    /// <summary>The text that a substitution inserted, when it reads as a map or list and somebody may have meant it as a string.</summary>
    public string? OriginalText { get; init; }

    /// <summary>True for a value that is absent on purpose: <c>key:</c>, <c>~</c>, <c>null</c>.</summary>
    public virtual bool IsNull => false;

    /// <summary>What an operator would call it in a sentence.</summary>
    public abstract string Shape { get; }
}

/// <summary>A text value. Whether it is a number, a boolean or a duration is decided by who reads it.</summary>
internal sealed class ConfigScalar(string text, SourceMark mark, bool isPlain = true, bool isSecret = false) : ConfigNode(mark)
{
    public string Text { get; } = text;

    /// <summary>True when it was written without quotes, so that <c>null</c> means null.</summary>
    public bool IsPlain { get; } = isPlain;

    /// <summary>True when it must print as <c>***</c>.</summary>
    public bool IsSecret { get; } = isSecret;

    public override bool IsNull => IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";

    public override string Shape => IsNull ? "nothing" : "a single value";

    public static ConfigScalar Null(SourceMark mark) => new("null", mark);

    public static ConfigScalar Of(bool value, SourceMark mark) => new(value ? "true" : "false", mark);

    public static ConfigScalar Of(long value, SourceMark mark) => new(value.ToString(CultureInfo.InvariantCulture), mark);

    /// <summary>A string that stays a string when it is written and read again.</summary>
    public static ConfigScalar String(string value, SourceMark mark, bool isSecret = false) => new(value, mark, isPlain: false, isSecret);
}

/// <summary>A list of nodes.</summary>
internal sealed class ConfigList(IReadOnlyList<ConfigNode> items, SourceMark mark) : ConfigNode(mark)
{
    public IReadOnlyList<ConfigNode> Items { get; } = items;

    public override string Shape => "a list";

    public static ConfigList OfStrings(IEnumerable<string> values, SourceMark mark) =>
        new([.. values.Select(value => ConfigScalar.String(value, mark))], mark);
}

/// <summary>One key of a map, with the place of the key itself.</summary>
internal readonly record struct ConfigEntry(string Key, SourceMark KeyMark, ConfigNode Value);

/// <summary>A map in the order in which it was written; keys are unique.</summary>
internal sealed class ConfigMap(IReadOnlyList<ConfigEntry> entries, SourceMark mark) : ConfigNode(mark)
{
    public IReadOnlyList<ConfigEntry> Entries { get; } = entries;

    public override string Shape => "a map";

    public static ConfigMap Empty(SourceMark mark) => new([], mark);

    public bool TryGet(string key, out ConfigEntry entry)
    {
        foreach (var candidate in Entries)
        {
            if (candidate.Key == key)
            {
                entry = candidate;
                return true;
            }
        }

        entry = default;
        return false;
    }

    public bool Has(string key) => TryGet(key, out _);

    /// <summary>The node at a path of keys, if every step is there and is a map.</summary>
    public bool TryFind([NotNullWhen(true)] out ConfigNode? node, params ReadOnlySpan<string> path)
    {
        node = this;
        foreach (var key in path)
        {
            if (node is not ConfigMap map || !map.TryGet(key, out var entry))
            {
                node = null;
                return false;
            }

            node = entry.Value;
        }

        return true;
    }

    /// <summary>The map at a path, or null.</summary>
    public ConfigMap? FindMap(params ReadOnlySpan<string> path) => TryFind(out var node, path) ? node as ConfigMap : null;

    /// <summary>The same map with one entry replaced, in its place, or added at the end.</summary>
    public ConfigMap With(string key, ConfigNode value, SourceMark? keyMark = null)
    {
        var entries = new List<ConfigEntry>(Entries.Count + 1);
        var replaced = false;
        foreach (var entry in Entries)
        {
            if (entry.Key == key)
            {
                entries.Add(entry with { Value = value });
                replaced = true;
            }
            else
            {
                entries.Add(entry);
            }
        }

        if (!replaced)
        {
            entries.Add(new ConfigEntry(key, keyMark ?? value.Mark, value));
        }

        return new ConfigMap(entries, Mark);
    }

    public ConfigMap Without(string key) => Has(key) ? new ConfigMap([.. Entries.Where(entry => entry.Key != key)], Mark) : this;

    /// <summary>Sets the node at a path, making maps on the way; what is no map there gives way to one.</summary>
    public ConfigMap WithPath(ConfigNode value, params ReadOnlySpan<string> path)
    {
        if (path.Length == 1)
        {
            return With(path[0], value);
        }

        var child = TryGet(path[0], out var entry) && entry.Value is ConfigMap map ? map : Empty(value.Mark);
        return With(path[0], child.WithPath(value, path[1..]), value.Mark);
    }
}
