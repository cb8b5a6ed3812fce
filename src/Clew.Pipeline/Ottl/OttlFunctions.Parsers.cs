using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Clew.Otlp.Editing;
using Clew.Pipeline.Text;

namespace Clew.Pipeline.Ottl;

internal static partial class OttlFunctions
{
    private static Dictionary<string, OttlFunction> Parsers() => new()
    {
        ["ParseJSON"] = new("target", static call =>
        {
            var target = call.Text("target");
            return call.Result(OttlTypes.Map | OttlTypes.List | OttlTypes.Attribute, context =>
            {
                try
                {
                    using var document = JsonDocument.Parse(target(context));
                    return FromJson(document.RootElement);
                }
                catch (JsonException fault)
                {
                    throw call.Fail($"the text is no JSON: {fault.Message}");
                }
            });
        }),
        ["ParseKeyValue"] = new("target, delimiter?, pair_delimiter?", static call =>
        {
            var target = call.Text("target");
            var delimiter = call.Text("delimiter", "=");
            var pairDelimiter = call.Text("pair_delimiter", " ");
            return call.Result(OttlTypes.Map, context => ParsePairs(call, target(context), delimiter(context), pairDelimiter(context)));
        }),
        ["ParseCSV"] = new("target, headers, delimiter?, header_delimiter?, mode?", static call =>
        {
            var (target, headers) = (call.Text("target"), call.Text("headers"));
            var delimiter = Delimiter(call, "delimiter", ',');
            var headerDelimiter = Delimiter(call, "header_delimiter", delimiter);
            var mode = call.LiteralText("mode") ?? "strict";
            if (mode is not ("strict" or "lazyQuotes" or "ignoreQuotes"))
            {
                throw call.Bad("mode", $"'mode' must be strict, lazyQuotes or ignoreQuotes, not '{mode}'");
            }

            return call.Result(OttlTypes.Map, context =>
            {
                var names = headers(context).Split(headerDelimiter);
                var fields = CsvRow.Read(target(context).Trim('\r', '\n'), delimiter, mode) ?? throw call.Fail("the text is no CSV row: its quotes do not match");
                if (names.Length != fields.Count)
                {
                    throw call.Fail($"the row has {fields.Count} fields and there are {names.Length} headers");
                }

                var map = new AttributeMap();
                for (var i = 0; i < names.Length; i++)
                {
                    map.Set(names[i], fields[i]);
                }

                return map;
            });
        }),
        ["ParseInt"] = new("target, base", static call =>
        {
            var target = call.Text("target");
            var radix = call.Int("base");
            return call.Result(OttlTypes.Int, context => ParseInteger(call, target(context), radix(context)));
        }),
        ["ParseSeverity"] = new("target, severity_mapping", static call =>
        {
            var target = call.Any("target").Get;
            var mapping = call.Map("severity_mapping");
            return call.Result(OttlTypes.String, context =>
            {
                var value = target(context);
                foreach (var (level, criteria) in mapping(context))
                {
                    if (criteria is OtlpList list && list.Exists(item => IsOfLevel(item, value)))
                    {
                        return level;
                    }
                }

                throw call.Fail($"no level is mapped for {OtlpValue.ToText(value)}");
            });
        }),
        ["ExtractPatterns"] = new("target, pattern", static call =>
        {
            var target = call.Text("target");
            var regex = call.LiteralRegex("pattern");
            if (regex.GroupNames.Count == 0)
            {
                throw call.Bad("pattern", "'pattern' needs at least one named group: (?P<name>…)");
            }

            return call.Result(OttlTypes.Map, context => MapOf((regex.Groups(target(context)) ?? []).Select(static group => ((object?)group.Key, (object?)group.Value))));
        }),
        ["ExtractGrokPatterns"] = new("target, pattern, named_captures_only?, pattern_definitions?", static call =>
        {
            var target = call.Text("target");
            var definitions = new Dictionary<string, string>();
            if (call.Has("pattern_definitions"))
            {
                foreach (var item in call.Any("pattern_definitions").Items ?? throw call.Bad("pattern_definitions", "'pattern_definitions' must be a list of texts NAME=PATTERN"))
                {
                    var parts = (item.Literal as string)?.Split('=', 2);
                    if (parts is not { Length: 2 })
                    {
                        throw call.Bad("pattern_definitions", "'pattern_definitions' must be a list of texts NAME=PATTERN");
                    }

                    definitions[parts[0]] = parts[1];
                }
            }

            GrokPattern grok;
            try
            {
                grok = GrokPattern.Parse(call.LiteralText("pattern")!, call.LiteralBool("named_captures_only") ?? false, definitions);
            }
            catch (ArgumentException fault)
            {
                throw call.Bad("pattern", fault.Message);
            }

            return call.Result(OttlTypes.Map, context => grok.Extract(target(context)));
        }),
        ["URL"] = new("url_string", static call =>
        {
            var text = call.Text("url_string");
            return call.Result(OttlTypes.Map, context => ParseUrl(call, text(context)));
        }),
        ["UserAgent"] = new("value", static call =>
        {
            var text = call.Text("value");
            return call.Result(OttlTypes.Map, context => UserAgentText.Parse(text(context)));
        }),
    };

    private static object? FromJson(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => MapOf(element.EnumerateObject().Select(static property => ((object?)property.Name, FromJson(property.Value)))),
        JsonValueKind.Array => new OtlpList(element.EnumerateArray().Select(FromJson)),
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    private static AttributeMap ParsePairs(OttlCall call, string text, string delimiter, string pairDelimiter)
    {
        if (text.Length == 0)
        {
            throw call.Fail("the text is empty");
        }

        if (delimiter.Length == 0 || pairDelimiter.Length == 0 || delimiter == pairDelimiter)
        {
            throw call.Fail("delimiter and pair_delimiter must be two different texts");
        }

        var map = new AttributeMap();
        foreach (var pair in SplitOutsideQuotes(call, text, pairDelimiter))
        {
            var at = pair.IndexOf(delimiter, StringComparison.Ordinal);
            if (at < 0)
            {
                throw call.Fail($"'{Truncate(pair, 60, "…")}' has no '{delimiter}'");
            }

            map.Set(Bare(pair[..at]), Bare(pair[(at + delimiter.Length)..]));
        }

        return map;
    }

    private static string Bare(string text)
    {
        var bare = text.Trim();
        return bare.Length >= 2 && bare[0] is '"' or '\'' && bare[^1] == bare[0] ? bare[1..^1] : bare;
    }

    private static List<string> SplitOutsideQuotes(OttlCall call, string text, string delimiter)
    {
        var parts = new List<string>();
        var quote = '\0';
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (quote != '\0')
            {
                i += text[i] == '\\' ? 1 : 0;
                quote = i < text.Length && text[i] == quote ? '\0' : quote;
            }
            else if (text[i] is '"' or '\'')
            {
                quote = text[i];
            }
            else if (string.CompareOrdinal(text, i, delimiter, 0, delimiter.Length) == 0)
            {
                parts.Add(text[start..i]);
                i += delimiter.Length - 1;
                start = i + 1;
            }
        }

        if (quote != '\0')
        {
            throw call.Fail("a quote is not closed");
        }

        parts.Add(text[start..]);
        return [.. parts.Where(static part => part.Trim().Length > 0)];
    }

    private static char Delimiter(OttlCall call, string parameter, char fallback) => call.LiteralText(parameter) switch
    {
        null => fallback,
        { Length: 1 } text => text[0],
        var text => throw call.Bad(parameter, $"'{parameter}' must be one character, not '{text}'"),
    };

    private static long ParseInteger(OttlCall call, string text, long radix)
    {
        if (radix is < 0 or 1 or > 36)
        {
            throw call.Fail($"the base must be 0 or from 2 to 36, not {radix}");
        }

        var digits = text.AsSpan();
        var negative = digits.StartsWith("-");
        digits = negative || digits.StartsWith("+") ? digits[1..] : digits;
        if (radix == 0)
        {
            (radix, var prefix) = digits switch
            {
                _ when digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase) => (16, 2),
                _ when digits.StartsWith("0b", StringComparison.OrdinalIgnoreCase) => (2, 2),
                _ when digits.StartsWith("0o", StringComparison.OrdinalIgnoreCase) => (8, 2),
                _ when digits.Length > 1 && digits[0] == '0' => (8, 1),
                _ => (10, 0),
            };
            digits = digits[prefix..].ToString().Replace("_", "", StringComparison.Ordinal);
        }

        var value = BigInteger.Zero;
        foreach (var c in digits)
        {
            var digit = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiLetter(c) ? char.ToLowerInvariant(c) - 'a' + 10 : 99;
            if (digit >= radix)
            {
                throw call.Fail($"'{Truncate(text, 60, "…")}' is no number of base {radix}");
            }

            value = (value * radix) + digit;
        }

        value = negative ? -value : value;
        return digits.Length > 0 && value >= long.MinValue && value <= long.MaxValue
            ? (long)value
            : throw call.Fail($"'{Truncate(text, 60, "…")}' is no number of 64 bits");
    }

    private static bool IsOfLevel(object? criterion, object? value)
    {
        if (criterion is not AttributeMap map)
        {
            return value is not null && OttlRuntime.Compare("==", criterion, value);
        }

        if (map.Get("equals") is OtlpList texts && texts.Exists(text => OttlRuntime.Compare("==", text, value)))
        {
            return true;
        }

        return (map.Get("range"), value) switch
        {
            (AttributeMap range, long number) => number >= (range.Get("min") as long? ?? long.MinValue) && number <= (range.Get("max") as long? ?? long.MaxValue),
            (string { Length: 3 } status, long number) when status.EndsWith("xx", StringComparison.Ordinal) => number / 100 == status[0] - '0',
            _ => false,
        };
    }

    private static AttributeMap ParseUrl(OttlCall call, string text)
    {
        var map = new AttributeMap();
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme <= 0 || !Uri.TryCreate(text, UriKind.Absolute, out _))
        {
            throw call.Fail($"'{Truncate(text, 80, "…")}' is no URL");
        }

        // By hand: Uri would add a path of "/" and decode what the URL wrote.
        var rest = text[(scheme + 3)..];
        var fragmentAt = rest.IndexOf('#', StringComparison.Ordinal);
        var fragment = fragmentAt < 0 ? "" : rest[(fragmentAt + 1)..];
        rest = fragmentAt < 0 ? rest : rest[..fragmentAt];
        var queryAt = rest.IndexOf('?', StringComparison.Ordinal);
        var query = queryAt < 0 ? "" : rest[(queryAt + 1)..];
        rest = queryAt < 0 ? rest : rest[..queryAt];
        var pathAt = rest.IndexOf('/', StringComparison.Ordinal);
        var path = pathAt < 0 ? "" : rest[pathAt..];
        var authority = pathAt < 0 ? rest : rest[..pathAt];
        var at = authority.LastIndexOf('@');
        var user = at < 0 ? "" : authority[..at];
        var host = authority[(at + 1)..];
        var colon = host.LastIndexOf(':');
        var hasPort = colon > 0 && !host.EndsWith(']') && long.TryParse(host[(colon + 1)..], out _);
        map.Set("url.original", text);
        map.Set("url.scheme", text[..scheme]);
        map.Set("url.domain", hasPort ? host[..colon] : host);
        map.Set("url.path", Uri.UnescapeDataString(path));
        if (hasPort)
        {
            map.Set("url.port", long.Parse(host[(colon + 1)..], CultureInfo.InvariantCulture));
        }

        var file = path[(path.LastIndexOf('/') + 1)..];
        var dot = file.LastIndexOf('.');
        SetIfAny("url.extension", dot < 0 ? "" : file[(dot + 1)..]);
        SetIfAny("url.query", query);
        SetIfAny("url.fragment", Uri.UnescapeDataString(fragment));
        SetIfAny("url.user_info", user);
        var separator = user.IndexOf(':', StringComparison.Ordinal);
        SetIfAny("url.username", Uri.UnescapeDataString(separator < 0 ? user : user[..separator]));
        SetIfAny("url.password", Uri.UnescapeDataString(separator < 0 ? "" : user[(separator + 1)..]));
        return map;

        void SetIfAny(string key, string value)
        {
            if (value.Length > 0)
            {
                map.Set(key, value);
            }
        }
    }
}

/// <summary>One row of CSV.</summary>
internal static class CsvRow
{
    /// <summary>Null when quotes do not match, which mode <c>lazyQuotes</c> tolerates and <c>ignoreQuotes</c> does not look at.</summary>
    public static List<string>? Read(string row, char delimiter, string mode)
    {
        if (mode == "ignoreQuotes")
        {
            return [.. row.Split(delimiter)];
        }

        var fields = new List<string>();
        var field = new StringBuilder();
        var (quoted, wasQuoted) = (false, false);
        for (var i = 0; i < row.Length; i++)
        {
            var c = row[i];
            if (quoted && c == '"' && i + 1 < row.Length && row[i + 1] == '"')
            {
                field.Append('"');
                i++;
            }
            else if (quoted && c == '"' && (i + 1 == row.Length || row[i + 1] == delimiter))
            {
                quoted = false;
            }
            else if (c == '"' && !quoted && field.Length == 0 && !wasQuoted)
            {
                (quoted, wasQuoted) = (true, true);
            }
            else if (c == '"' && mode == "strict")
            {
                return null;
            }
            else if (c == delimiter && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
                wasQuoted = false;
            }
            else
            {
                field.Append(c);
            }
        }

        fields.Add(field.ToString());
        return quoted && mode == "strict" ? null : fields;
    }
}

/// <summary>What the usual browsers, libraries and robots say of themselves.</summary>
internal static class UserAgentText
{
    private static readonly (string Name, GoRegex Pattern, int Parts)[] s_agents =
    [
        .. Browsers(("Edge", "(?:Edg|EdgA|EdgiOS|Edge)"), ("Opera", "OPR"), ("Samsung Internet", "SamsungBrowser"), ("Yandex Browser", "YaBrowser"), ("Vivaldi", "Vivaldi"), ("Whale", "Whale"),
            ("Googlebot", "Googlebot"), ("bingbot", "bingbot"), ("HeadlessChrome", "HeadlessChrome"), ("Chrome Mobile iOS", "CriOS"), ("Firefox iOS", "FxiOS"), ("Firefox", "Firefox")),
        ("Chrome Mobile", GoRegex.Parse(@"Chrome/(?P<v>[0-9.]+) Mobile"), 4),
        .. Browsers(("Chrome", "Chrome")),
        ("Mobile Safari", GoRegex.Parse(@"Version/(?P<v>[0-9.]+).* Mobile/.*Safari/"), 3),
        ("Safari", GoRegex.Parse(@"Version/(?P<v>[0-9.]+).*Safari/"), 3),
        ("IE", GoRegex.Parse(@"(?:MSIE |Trident/.*rv:)(?P<v>[0-9.]+)"), 3),
    ];

    private static readonly GoRegex s_first = GoRegex.Parse(@"^(?P<n>[A-Za-z][A-Za-z0-9_.-]*)/v?(?P<v>[0-9]+(?:\.[0-9A-Za-z]+)*)");

    private static readonly (string Name, GoRegex Pattern)[] s_systems =
    [
        ("Windows", GoRegex.Parse(@"Windows NT (?P<v>[0-9.]+)")),
        ("iOS", GoRegex.Parse(@"(?:iPhone|iPad|iPod).* OS (?P<v>[0-9_]+)")),
        ("Android", GoRegex.Parse(@"Android(?: (?P<v>[0-9.]+))?")),
        ("Mac OS X", GoRegex.Parse(@"Mac OS X (?P<v>[0-9_.]+)")),
        ("Chrome OS", GoRegex.Parse(@"CrOS \w+ (?P<v>[0-9.]+)")),
        ("Ubuntu", GoRegex.Parse(@"Ubuntu(?:/(?P<v>[0-9.]+))?")),
        ("Linux", GoRegex.Parse(@"Linux(?P<v>)")),
    ];

    public static AttributeMap Parse(string text)
    {
        var (name, version) = ("Other", "");
        foreach (var (agent, pattern, parts) in s_agents)
        {
            if (pattern.Groups(text) is { } groups)
            {
                (name, version) = (agent, string.Join('.', groups["v"].Split('.').Take(Math.Min(parts, 3))));
                break;
            }
        }

        if (name == "Other" && !text.StartsWith("Mozilla/", StringComparison.Ordinal) && s_first.Groups(text) is { } first)
        {
            (name, version) = (first["n"], first["v"]);
        }

        var (system, systemVersion) = ("Other", "");
        foreach (var (candidate, pattern) in s_systems)
        {
            if (pattern.Groups(text) is { } groups)
            {
                (system, systemVersion) = (candidate, groups["v"].Replace('_', '.'));
                break;
            }
        }

        if (system == "Windows")
        {
            systemVersion = systemVersion switch { "10.0" => "10", "6.3" => "8.1", "6.2" => "8", "6.1" => "7", "6.0" => "Vista", "5.1" => "XP", _ => systemVersion };
        }

        var map = new AttributeMap();
        map.Set("user_agent.name", name);
        map.Set("user_agent.version", version);
        map.Set("user_agent.original", text);
        map.Set("os.name", system);
        if (systemVersion.Length > 0)
        {
            map.Set("os.version", systemVersion);
        }

        return map;
    }

    private static IEnumerable<(string, GoRegex, int)> Browsers(params (string Name, string Token)[] browsers) =>
        browsers.Select(static browser => (browser.Name, GoRegex.Parse($"{browser.Token}/(?P<v>[0-9.]+)"), 3));
}
