using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration.Binding;

/// <summary>
/// A map of the configuration while it is read. Each reading method names a key, its default and its meaning once; from that follow the
/// value, the error for a bad one, the list of valid keys, the effective configuration with sources, and the reference page.
/// </summary>
internal sealed partial class Section
{
    private readonly BindContext _context;
    private readonly ConfigMap _map;
    private readonly string _schemaPath;
    private readonly string? _owner;
    private readonly List<string> _known = [];
    private readonly List<(string Key, SourceMark Mark, Func<ConfigNode> Value)> _effective = [];
    private readonly List<Section> _children = [];

    private Section(BindContext context, ConfigNode? node, SourceMark mark, string path, string schemaPath, string? owner)
    {
        _context = context;
        Path = path;
        Mark = node?.Mark ?? mark;
        _schemaPath = schemaPath;
        _owner = owner;
        if (node is not null && !node.IsNull && node is not ConfigMap)
        {
            Error(node.Mark, $"expected keys with values, found {node.Shape}");
        }

        _map = node as ConfigMap ?? ConfigMap.Empty(Mark);
    }

    /// <summary>Dotted, as an operator reads it; empty for the root.</summary>
    public string Path { get; }

    /// <summary>Where the section was written.</summary>
    public SourceMark Mark { get; }

    /// <summary>True when somebody wrote the section, even an empty one.</summary>
    public bool IsWritten => Mark.Document.IsWritten;

    public bool IsDocumenting => _context.Docs is not null;

    public BindContext Context => _context;

    public static Section Root(BindContext context, ConfigMap map) => new(context, map, map.Mark, "", "", owner: null);

    /// <summary>The keys of the map as they were written.</summary>
    public IReadOnlyList<ConfigEntry> Entries => _map.Entries;

    public bool Has(string key) => _map.TryGet(key, out var entry) && !entry.Value.IsNull;

    /// <summary>Where a key was written; the section itself when it was not.</summary>
    public SourceMark MarkOf(string key) => _map.TryGet(key, out var entry) ? entry.Value.Mark : Mark;

    public void Error(SourceMark mark, string message) => _context.Problems.Error(mark, Path.Length == 0 ? message : $"{Path}: {message}");

    public void ErrorAt(string key, string message) => _context.Problems.Error(MarkOf(key), $"{PathOf(key)}: {message}");

    public void Warn(string key, string message) => _context.Problems.Warn(MarkOf(key), $"{PathOf(key)}: {message}");

    /// <summary>Notes that this version does without a setting's value; the process runs all the same.</summary>
    public void NoteMissing(string key, string value, string why) =>
        _context.Note(_owner, new NotInThisVersion($"{PathOf(key)}: {value}", MarkOf(key).ToString(), why, "", Refuses: false));

    /// <summary>A section that counts as there with all defaults when it is not written.</summary>
    public Section Child(string key, string text = "")
    {
        var node = Take(key, out var mark);
        if (node is ConfigMap { Entries.Count: > 0 })
        {
            _context.NoteSetting(SchemaOf(key), PathOf(key), mark, _owner);
        }

        return AddChild(key, node, mark, text);
    }

    /// <summary>A section that means something by being there, null when it is not.</summary>
    public Section? OptionalChild(string key, string text = "")
    {
        var node = Take(key, out var mark);
        if (node is null && !IsDocumenting)
        {
            return null;
        }

        if (node is not null)
        {
            _context.NoteSetting(SchemaOf(key), PathOf(key), mark, _owner);
        }

        return AddChild(key, node, mark, text);
    }

    /// <summary>
    /// A section that is off when it is not written, on with defaults when it is written without content (the Collector's protocols), and
    /// off again when it says <c>off</c> (ours, so that one option can turn it off).
    /// </summary>
    public Section? Switch(string key)
    {
        _known.Add(key);
        if (!_map.TryGet(key, out var entry))
        {
            return IsDocumenting ? AddChild(key, null, SourceMark.Default, "") : null;
        }

        if (entry.Value is ConfigScalar { IsNull: false, Text: "off" or "false" })
        {
            AddEffective(key, entry.Value.Mark, new ConfigScalar("off", entry.Value.Mark));
            return null;
        }

        return AddChild(key, entry.Value.IsNull ? ConfigMap.Empty(entry.Value.Mark) : entry.Value, entry.Value.Mark, "");
    }

    /// <summary>The section of one component; it owns the notes made while it is read.</summary>
    public Section Component(ConfigEntry entry, ComponentId id, ComponentType type)
    {
        _known.Add(entry.Key);
        var child = new Section(
            _context,
            entry.Value.IsNull ? ConfigMap.Empty(entry.Value.Mark) : entry.Value,
            entry.Value.Mark,
            PathOf(id.ToString()),
            SchemaOf(type.Type),
            PathOf(id.ToString()));
        _children.Add(child);
        _effective.Add((id.ToString(), entry.KeyMark, child.Effective));
        return child;
    }

    /// <summary>The section under a key that the operator chose.</summary>
    public Section Item(ConfigEntry entry)
    {
        _known.Add(entry.Key);
        return AddChild(entry.Key, entry.Value.IsNull ? null : entry.Value, entry.Value.Mark, "", "*");
    }

    /// <summary>Keeps one entry as it was written.</summary>
    public void Keep(ConfigEntry entry)
    {
        _known.Add(entry.Key);
        AddEffective(entry.Key, entry.KeyMark, SecretNames.Mark(entry.Value, entry.Key));
    }

    /// <summary>Sections under keys that the operator chooses. <paramref name="placeholder"/> stands for the key in the reference page.</summary>
    public ValueMap<string, T> MapOf<T>(string key, string placeholder, string text, Func<Section, T> read)
    {
        var section = Child(key, text);
        if (IsDocumenting)
        {
            read(section.AddChild(placeholder, null, SourceMark.Default, ""));
        }

        var items = new List<KeyValuePair<string, T>>();
        foreach (var entry in section.Entries)
        {
            items.Add(new(entry.Key, read(section.Item(entry))));
        }

        return new ValueMap<string, T>(items);
    }

    /// <summary>A list of sections.</summary>
    public ValueList<T> ListOf<T>(string key, string text, Func<Section, T> read)
    {
        var node = Take(key, out var mark);
        if (IsDocumenting)
        {
            read(AddChild($"{key}[]", null, SourceMark.Default, text));
            return [];
        }

        if (node is null)
        {
            AddEffective(key, SourceMark.Default, new ConfigList([], SourceMark.Default));
            return [];
        }

        if (node is not ConfigList list)
        {
            ErrorAt(key, $"expected a list, found {node.Shape}");
            return [];
        }

        if (list.Items.Count > 0)
        {
            _context.NoteSetting(SchemaOf(key), PathOf(key), mark, _owner);
        }

        var items = new List<T>();
        var sections = new List<Section>();
        for (var i = 0; i < list.Items.Count; i++)
        {
            var item = new Section(_context, list.Items[i], mark, $"{PathOf(key)}[{i}]", SchemaOf(key), _owner);
            _children.Add(item);
            sections.Add(item);
            items.Add(read(item));
        }

        _effective.Add((key, mark, () => new ConfigList([.. sections.Select(static item => item.Effective())], mark)));
        return items.ToValueList();
    }

    /// <summary>A list whose items are single values or sections.</summary>
    public List<T> Mixed<T>(string key, string text, Func<ConfigScalar, T?> ofScalar, Func<Section, T?> ofSection)
        where T : class
    {
        var node = Take(key, out var mark);
        if (IsDocumenting)
        {
            _context.Docs!.Add(new SettingDoc(PathOf(key), "list", "", text));
            ofSection(AddChild($"{key}[]", null, SourceMark.Default, ""));
            return [];
        }

        if (node is null)
        {
            AddEffective(key, SourceMark.Default, new ConfigList([], SourceMark.Default));
            return [];
        }

        if (node is not ConfigList list)
        {
            ErrorAt(key, $"expected a list, found {node.Shape}");
            return [];
        }

        _context.NoteSetting(SchemaOf(key), PathOf(key), mark, _owner);
        var items = new List<T>();
        var shown = new List<Func<ConfigNode>>();
        for (var i = 0; i < list.Items.Count; i++)
        {
            T? item;
            if (list.Items[i] is ConfigScalar scalar)
            {
                item = ofScalar(scalar);
                shown.Add(() => scalar);
            }
            else
            {
                var section = new Section(_context, list.Items[i], mark, $"{PathOf(key)}[{i}]", SchemaOf(key), _owner);
                _children.Add(section);
                shown.Add(section.Effective);
                item = ofSection(section);
            }

            if (item is not null)
            {
                items.Add(item);
            }
        }

        _effective.Add((key, mark, () => new ConfigList([.. shown.Select(static show => show())], mark)));
        return items;
    }

    /// <summary>Words of a list with the places where they were written.</summary>
    public IReadOnlyList<ConfigScalar> Words(string key, string text = "")
    {
        Strings(key, [], text);
        return Take(key, out _) switch
        {
            ConfigList list => [.. list.Items.OfType<ConfigScalar>()],
            ConfigScalar scalar => [scalar],
            _ => [],
        };
    }

    /// <summary>A part that is kept as it was written. Values under keys that sound secret print as <c>***</c>.</summary>
    public ConfigNode? Raw(string key)
    {
        var node = Take(key, out var mark);
        if (node is not null)
        {
            _context.NoteSetting(SchemaOf(key), PathOf(key), mark, _owner);
            AddEffective(key, mark, SecretNames.Mark(node));
        }

        return node;
    }

    /// <summary>Keeps the whole section as it was written: nothing in it is unknown.</summary>
    public void KeepAll()
    {
        foreach (var entry in _map.Entries)
        {
            Keep(entry);
        }
    }

    /// <summary>Reports what nobody has read, here and in every section below.</summary>
    public void ReportUnknownKeys()
    {
        foreach (var entry in _map.Entries)
        {
            if (!_known.Contains(entry.Key))
            {
                UnknownKeys.Report(_context.Problems, entry.KeyMark, Path, entry.Key, _known);
            }
        }

        foreach (var child in _children)
        {
            child.ReportUnknownKeys();
        }
    }

    /// <summary>What was read, with defaults, in the order of reading.</summary>
    public ConfigMap Effective() =>
        new([.. _effective.Select(static entry => new ConfigEntry(entry.Key, entry.Mark, entry.Value()))], Mark);

    /// <summary>Replaces what the effective configuration shows for a key.</summary>
    public void AddEffective(string key, SourceMark mark, ConfigNode value) => _effective.Add((key, mark, () => value));

    private Section AddChild(string key, ConfigNode? node, SourceMark mark, string text, string? schemaKey = null)
    {
        if (text.Length > 0)
        {
            _context.Docs?.Add(new SettingDoc(PathOf(key), "", "", text));
        }

        var child = new Section(_context, node, mark, PathOf(key), SchemaOf(schemaKey ?? key), _owner);
        _children.Add(child);
        _effective.Add((key, mark, child.Effective));
        return child;
    }

    /// <summary>The node under a key; null when it is absent or says nothing.</summary>
    private ConfigNode? Take(string key, out SourceMark mark)
    {
        if (!_known.Contains(key))
        {
            _known.Add(key);
        }

        if (_map.TryGet(key, out var entry) && !entry.Value.IsNull)
        {
            mark = entry.Value.Mark;
            return entry.Value;
        }

        mark = SourceMark.Default;
        return null;
    }

    private string PathOf(string key) => Path.Length == 0 ? key : $"{Path}.{key}";

    private string SchemaOf(string key) => _schemaPath.Length == 0 ? key : $"{_schemaPath}.{key}";
}
