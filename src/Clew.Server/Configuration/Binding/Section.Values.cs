using System.Globalization;
using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration.Binding;

/// <summary>The types that a value can have.</summary>
internal sealed partial class Section
{
    private delegate bool TryParse<T>(string text, out T value);

    public string String(string key, string fallback, string text = "") =>
        Value(key, fallback, "text", text, static (string s, out string value) => (value = s) is not null, Shown, "", null);

    public Secret Secret(string key, string text = "")
    {
        _context.Docs?.Add(new SettingDoc(PathOf(key), "secret", "", text));
        var node = Take(key, out var mark);
        var value = node is ConfigScalar scalar ? scalar.Text : node?.OriginalText;
        if (node is not null && value is null)
        {
            ErrorAt(key, $"expected a single value, found {node.Shape}");
        }

        if (string.IsNullOrEmpty(value))
        {
            return default;
        }

        _context.NoteSetting(SchemaOf(key), PathOf(key), mark, _owner);
        AddEffective(key, mark, ConfigScalar.String(value, mark, isSecret: true));
        return new Secret(value);
    }

    public bool Bool(string key, bool fallback, string text = "") =>
        Value(key, fallback, "true or false", text, TryParseBool, static (value, mark) => ConfigScalar.Of(value, mark), "write true or false", null);

    public int Int(string key, int fallback, string text = "", int min = 0, int max = int.MaxValue) =>
        (int)Long(key, fallback, text, min, max);

    public long Long(string key, long fallback, string text = "", long min = 0, long max = long.MaxValue) =>
        Value(key, fallback, "number", text, TryParseLong, static (value, mark) => ConfigScalar.Of(value, mark), "write a whole number", Between(min, max));

    public int? OptionalInt(string key, string text = "", int min = 0) =>
        OptionalValue<int>(key, () => Int(key, 0, text, min), "number", text);

    public double Double(string key, double fallback, string text = "", double min = 0, double max = double.MaxValue) =>
        Value(key, fallback, "number", text, TryParseDouble, static (value, mark) => new ConfigScalar(Text(value), mark), "write a number",
            value => value < min ? $"must be at least {Text(min)}" : value > max ? $"must be at most {Text(max)}" : null);

    /// <summary>Single precision, as the sampler's arithmetic demands.</summary>
    public float Float(string key, float fallback, string text = "", float min = 0) =>
        Value(key, fallback, "number", text, TryParseFloat,
            static (value, mark) => new ConfigScalar(value.ToString("R", CultureInfo.InvariantCulture), mark), "write a number",
            value => value < min || float.IsNaN(value) ? $"must be at least {min.ToString(CultureInfo.InvariantCulture)}" : null);

    public TimeSpan Duration(string key, TimeSpan fallback, string text = "", TimeSpan? min = null, TimeSpan? max = null) =>
        Value(key, fallback, "duration", text, GoDuration.TryParse, static (value, mark) => new ConfigScalar(GoDuration.Format(value), mark), GoDuration.Hint,
            value => value < (min ?? TimeSpan.Zero) ? $"must be at least {GoDuration.Format(min ?? TimeSpan.Zero)}"
                : max is { } most && value > most ? $"must be at most {GoDuration.Format(most)}" : null);

    public TimeSpan? OptionalDuration(string key, string text = "") =>
        OptionalValue<TimeSpan>(key, () => Duration(key, default, text), "duration", text);

    public ByteSize Size(string key, ByteSize fallback, string text = "", ByteSize min = default) =>
        Value(key, fallback, "size", text, ByteSize.TryParse, static (value, mark) => new ConfigScalar(value.ToString(), mark),
            "use a number of bytes, or one with a unit, like 256MiB",
            value => value < min ? $"must be at least {min}" : null);

    public ByteSize? OptionalSize(string key, string text = "") =>
        OptionalValue<ByteSize>(key, () => Size(key, default, text), "size", text);

    /// <summary>A size given as a number of mebibytes; the unit is in the key.</summary>
    public ByteSize SizeInMiB(string key, ByteSize fallback, string text = "") =>
        ByteSize.FromMiB(Long(key, fallback.Bytes >> 20, text, 0, long.MaxValue >> 20));

    public Endpoint Endpoint(string key, Endpoint fallback, string text = "") =>
        Value(key, fallback, "host:port", text, Configuration.Endpoint.TryParse,
            static (value, mark) => ConfigScalar.String(value.ToString(), mark), Configuration.Endpoint.Hint, null);

    public ValueList<Endpoint> Endpoints(string key, ValueList<Endpoint> fallback, string text)
    {
        var shown = fallback.Select(static endpoint => endpoint.ToString()).ToValueList();
        var texts = Strings(key, shown, text, "host:port, or several", minimum: 1);
        var endpoints = new List<Endpoint>();
        foreach (var item in texts)
        {
            if (Configuration.Endpoint.TryParse(item, out var endpoint))
            {
                endpoints.Add(endpoint);
            }
            else
            {
                ErrorAt(key, $"'{item}' is not an endpoint; {Configuration.Endpoint.Hint}");
            }
        }

        return endpoints.ToValueList();
    }

    /// <summary>One of the words of an enum, written in lower case with underscores.</summary>
    public T Choice<T>(string key, T fallback, string text = "", params ReadOnlySpan<(string Word, T Value)> words)
    {
        var choices = words.ToArray();
        var names = string.Join(", ", choices.Where(static choice => choice.Word.Length > 0).Select(static choice => choice.Word));
        return Value(key, fallback, names, text, Parse, Show, $"use one of {names}", null);

        bool Parse(string word, out T value)
        {
            foreach (var choice in choices)
            {
                if (string.Equals(choice.Word, word, StringComparison.OrdinalIgnoreCase))
                {
                    value = choice.Value;
                    return true;
                }
            }

            value = fallback;
            return false;
        }

        ConfigScalar Show(T value, SourceMark mark) =>
            ConfigScalar.String(choices.First(choice => EqualityComparer<T>.Default.Equals(choice.Value, value)).Word, mark);
    }

    /// <summary>A list of words; one text with commas is a list too.</summary>
    public ValueList<string> Strings(string key, ValueList<string> fallback, string text = "", string type = "list", int minimum = 0)
    {
        _context.Docs?.Add(new SettingDoc(PathOf(key), type, string.Join(", ", fallback), text));
        var node = Take(key, out var mark);
        if (node is null)
        {
            AddEffective(key, SourceMark.Default, ConfigList.OfStrings(fallback, SourceMark.Default));
            return fallback;
        }

        var items = new List<ConfigScalar>();
        switch (node)
        {
            case ConfigScalar scalar:
                items.AddRange(Split(scalar));
                break;
            case ConfigList list:
                foreach (var item in list.Items)
                {
                    if (item is ConfigScalar word)
                    {
                        items.Add(ConfigScalar.String(word.IsNull ? "" : word.Text, word.Mark));
                    }
                    else
                    {
                        _context.Problems.Error(item.Mark, $"{PathOf(key)}: expected a single value in the list, found {item.Shape}");
                    }
                }

                break;
            default:
                ErrorAt(key, $"expected a list, found {node.Shape}");
                return fallback;
        }

        if (items.Count < minimum)
        {
            ErrorAt(key, "must not be empty");
        }

        var values = items.Select(static item => item.Text).ToValueList();
        if (!values.Equals(fallback))
        {
            _context.NoteSetting(SchemaOf(key), PathOf(key), mark, _owner);
        }

        AddEffective(key, mark, new ConfigList(items, mark));
        return values;
    }

    /// <summary>Secrets in a list, such as tokens.</summary>
    public ValueList<Secret> Secrets(string key, string text)
    {
        _context.Docs?.Add(new SettingDoc(PathOf(key), "list of secrets", "", text));
        var node = Take(key, out var mark);
        var items = node switch
        {
            null => [],
            ConfigList list => list.Items.OfType<ConfigScalar>().ToArray(),
            ConfigScalar scalar => [scalar],
            _ => null,
        };
        if (items is null || (node is ConfigList { Items.Count: var count } && count != items.Length))
        {
            ErrorAt(key, "expected a list of single values");
            return [];
        }

        if (items.Length > 0)
        {
            _context.NoteSetting(SchemaOf(key), PathOf(key), mark, _owner);
        }

        AddEffective(key, mark, new ConfigList([.. items.Select(static item => ConfigScalar.String(item.Text, item.Mark, isSecret: true))], mark));
        return items.Select(static item => new Secret(item.Text)).ToValueList();
    }

    /// <summary>Names with values: a map, or (as the Collector also has it) a list of <c>{name, value}</c>.</summary>
    public ValueMap<string, string> StringMap(string key, string text = "", bool isSecret = false)
    {
        _context.Docs?.Add(new SettingDoc(PathOf(key), isSecret ? "map of secrets" : "map", "", text));
        var node = Take(key, out var mark);
        var entries = new List<ConfigEntry>();
        switch (node)
        {
            case null:
                return ValueMap<string, string>.Empty;
            case ConfigMap map:
                entries.AddRange(map.Entries);
                break;
            case ConfigList list:
                foreach (var item in list.Items)
                {
                    if (item is ConfigMap pair && pair.TryGet("name", out var name) && name.Value is ConfigScalar word && pair.TryGet("value", out var value))
                    {
                        entries.Add(new ConfigEntry(word.Text, name.KeyMark, value.Value));
                    }
                    else
                    {
                        _context.Problems.Error(item.Mark, $"{PathOf(key)}: expected {{name: …, value: …}}");
                    }
                }

                break;
            default:
                ErrorAt(key, $"expected names with values, found {node.Shape}");
                return ValueMap<string, string>.Empty;
        }

        var result = new Dictionary<string, string>();
        var shown = new List<ConfigEntry>();
        foreach (var entry in entries)
        {
            var value = entry.Value is ConfigScalar scalar ? (scalar.IsNull ? "" : scalar.Text) : entry.Value.OriginalText;
            if (value is null)
            {
                _context.Problems.Error(entry.Value.Mark, $"{PathOf(key)}.{entry.Key}: expected a single value, found {entry.Value.Shape}");
                continue;
            }

            result[entry.Key] = value;
            shown.Add(entry with { Value = ConfigScalar.String(value, entry.Value.Mark, isSecret) });
        }

        _context.NoteSetting(SchemaOf(key), PathOf(key), mark, _owner);
        AddEffective(key, mark, new ConfigMap(shown, mark));
        return new ValueMap<string, string>(result);
    }

    public ValueMap<string, Secret> SecretMap(string key, string text = "") =>
        new(StringMap(key, text, isSecret: true).Select(static entry => new KeyValuePair<string, Secret>(entry.Key, new Secret(entry.Value))));

    /// <summary>The id of a component, such as an extension; null when it is not written.</summary>
    public ComponentId? Id(string key, string text = "")
    {
        var value = String(key, "", text);
        if (value.Length == 0)
        {
            return null;
        }

        if (ComponentIdText.TryParse(value, out var id))
        {
            return id;
        }

        ErrorAt(key, $"'{value}' is not a component id; use type or type/name");
        return null;
    }

    /// <summary>Component ids, each with the place where it was written.</summary>
    public IReadOnlyList<(ComponentId Id, SourceMark Mark)> Ids(string key)
    {
        var ids = new List<(ComponentId, SourceMark)>();
        var words = new List<ConfigScalar>();
        Strings(key, []);
        if (Take(key, out _) is { } node)
        {
            words.AddRange(node switch
            {
                ConfigList list => list.Items.OfType<ConfigScalar>(),
                ConfigScalar scalar => Split(scalar),
                _ => [],
            });
        }

        foreach (var word in words)
        {
            if (ComponentIdText.TryParse(word.Text, out var id))
            {
                ids.Add((id, word.Mark));
            }
            else
            {
                _context.Problems.Error(word.Mark, $"{PathOf(key)}: '{word.Text}' is not a component id; use type or type/name");
            }
        }

        return ids;
    }

    private static IEnumerable<ConfigScalar> Split(ConfigScalar scalar) =>
        scalar.Text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(part => ConfigScalar.String(part, scalar.Mark));

    private T? OptionalValue<T>(string key, Func<T> read, string type, string text)
        where T : struct
    {
        if (_map.TryGet(key, out var entry) && !entry.Value.IsNull)
        {
            return read();
        }

        _known.Add(key);
        _context.Docs?.Add(new SettingDoc(PathOf(key), type, "", text));
        return null;
    }

    private T Value<T>(
        string key,
        T fallback,
        string type,
        string text,
        TryParse<T> tryParse,
        Func<T, SourceMark, ConfigScalar> show,
        string hint,
        Func<T, string?>? check)
    {
        _context.Docs?.Add(new SettingDoc(PathOf(key), type, show(fallback, SourceMark.Default).Text, text));
        var node = Take(key, out var mark);
        var written = node is ConfigScalar scalar ? scalar.Text : typeof(T) == typeof(string) ? node?.OriginalText : null;
        if (written is null)
        {
            if (node is not null)
            {
                ErrorAt(key, $"expected a single value, found {node.Shape}");
            }

            AddEffective(key, SourceMark.Default, show(fallback, SourceMark.Default));
            return fallback;
        }

        if (!tryParse(written, out var value))
        {
            ErrorAt(key, $"'{SecretNames.WithoutUserInfo(written)}' is not valid; {hint}");
            return fallback;
        }

        if (check?.Invoke(value) is { } complaint)
        {
            ErrorAt(key, $"{written} {complaint}");
            return fallback;
        }

        var effective = show(value, mark);
        if (!EqualityComparer<T>.Default.Equals(value, fallback))
        {
            _context.NoteSetting(SchemaOf(key), $"{PathOf(key)}: {effective.Text}", mark, _owner);
        }

        AddEffective(key, mark, effective);
        return value;
    }

    private static ConfigScalar Shown(string value, SourceMark mark) => ConfigScalar.String(SecretNames.WithoutUserInfo(value), mark);

    private static Func<long, string?> Between(long min, long max) =>
        value => value < min ? $"must be at least {min}" : value > max ? $"must be at most {max}" : null;

    private static bool TryParseBool(string text, out bool value)
    {
        value = text is "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON";
        return value || text is "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF";
    }

    private static bool TryParseLong(string text, out long value)
    {
        var digits = text.Replace("_", "", StringComparison.Ordinal);
        return digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? long.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
            : long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) || TryParseWhole(digits, out value);
    }

    // Go's YAML gives 1e3 and 10.0 to an integer field as well.
    private static bool TryParseWhole(string text, out long value)
    {
        value = 0;
        if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            || number != decimal.Truncate(number) || number is > long.MaxValue or < long.MinValue)
        {
            return false;
        }

        value = (long)number;
        return true;
    }

    private static bool TryParseDouble(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    private static bool TryParseFloat(string text, out float value) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && float.IsFinite(value);

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
