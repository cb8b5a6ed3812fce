using System.Text;
using System.Text.RegularExpressions;

namespace Clew.Pipeline.Text;

/// <summary>
/// Regular expressions as Collector files write them (Go's RE2 syntax). Matching takes time linear in the text, as there: what RE2 lacks
/// (references back, looking around) is refused here too. Group names may contain dots.
/// </summary>
internal sealed class GoRegex
{
    private readonly Regex _regex;
    private readonly Dictionary<string, int> _groups;

    private GoRegex(string pattern, Regex regex, Dictionary<string, int> groups)
    {
        Pattern = pattern;
        _regex = regex;
        _groups = groups;
    }

    public string Pattern { get; }

    public IReadOnlyCollection<string> GroupNames => _groups.Keys;

    /// <summary>Throws <see cref="ArgumentException"/> with the reason when the pattern cannot be read.</summary>
    public static GoRegex Parse(string pattern)
    {
        var groups = new Dictionary<string, int>();
        var translated = new Translation(pattern, groups).Run();
        return new GoRegex(pattern, new Regex(translated, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant), groups);
    }

    public static bool TryParse(string pattern, out GoRegex? regex, out string? problem)
    {
        try
        {
            regex = Parse(pattern);
            problem = null;
            return true;
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException)
        {
            regex = null;
            problem = fault.Message;
            return false;
        }
    }

    public bool IsMatch(string text) => _regex.IsMatch(text);

    public bool IsWholeMatch(string text)
    {
        var match = _regex.Match(text);
        return match.Success && match.Index == 0 && match.Length == text.Length;
    }

    /// <summary>The named groups of the first match that took part in it; null when nothing matches.</summary>
    public Dictionary<string, string>? Groups(string text)
    {
        var match = _regex.Match(text);
        return match.Success ? _groups.ToDictionary(static group => group.Key, group => match.Groups[group.Value].Value) : null;
    }

    /// <summary>The text of the first match's named groups, and the text with <c>{name}</c> in their places; groups are null without a match.</summary>
    public string ReplaceGroups(string text, out Dictionary<string, string>? groups)
    {
        groups = null;
        var match = _regex.Match(text);
        if (!match.Success)
        {
            return text;
        }

        groups = [];
        var result = new StringBuilder();
        var position = 0;
        foreach (var (name, group) in _groups.Select(entry => (entry.Key, match.Groups[entry.Value])).Where(static entry => entry.Item2.Success).OrderBy(static entry => entry.Item2.Index))
        {
            groups[name] = group.Value;
            if (group.Index >= position)
            {
                result.Append(text, position, group.Index - position).Append('{').Append(name).Append('}');
                position = group.Index + group.Length;
            }
        }

        return result.Append(text, position, text.Length - position).ToString();
    }

    public string Replace(string text, Func<Match, string> replacement) => _regex.Replace(text, match => replacement(match));

    /// <summary>Replaces every match; <c>$1</c>, <c>${1}</c> and <c>${name}</c> stand for groups and <c>$$</c> for a dollar sign, as in Go.</summary>
    public string ReplaceAll(string text, string template) => _regex.Replace(text, match => Expand(template, match));

    public string Expand(string template, Match match)
    {
        if (!template.Contains('$', StringComparison.Ordinal))
        {
            return template;
        }

        var result = new StringBuilder();
        for (var i = 0; i < template.Length; i++)
        {
            if (template[i] != '$' || i + 1 == template.Length)
            {
                result.Append(template[i]);
                continue;
            }

            if (template[i + 1] == '$')
            {
                result.Append('$');
                i++;
                continue;
            }

            var braced = template[i + 1] == '{';
            var start = i + (braced ? 2 : 1);
            var end = start;
            while (end < template.Length && (char.IsAsciiLetterOrDigit(template[end]) || template[end] == '_' || (braced && template[end] == '.')))
            {
                end++;
            }

            if (end == start || (braced && (end == template.Length || template[end] != '}')))
            {
                result.Append('$');
                continue;
            }

            result.Append(GroupText(template[start..end], match));
            i = braced ? end : end - 1;
        }

        return result.ToString();
    }

    private string GroupText(string name, Match match)
    {
        if (int.TryParse(name, out var number))
        {
            return number < match.Groups.Count ? match.Groups[number].Value : "";
        }

        return _groups.TryGetValue(name, out var group) ? match.Groups[group].Value : "";
    }

    /// <summary>From RE2's syntax to .NET's. All groups become numbered ones, in the order of their parentheses.</summary>
    private sealed class Translation(string pattern, Dictionary<string, int> groups)
    {
        private readonly StringBuilder _result = new();
        private int _position;
        private int _groupCount;
        private bool _multiline;

        public string Run()
        {
            while (_position < pattern.Length)
            {
                var c = pattern[_position];
                switch (c)
                {
                    case '\\':
                        Escape(inClass: false);
                        break;
                    case '[':
                        Class();
                        break;
                    case '(':
                        Group();
                        break;
                    case '$':
                        _result.Append(_multiline ? "$" : "\\z");
                        _position++;
                        break;
                    default:
                        _result.Append(c);
                        _position++;
                        break;
                }
            }

            return _result.ToString();
        }

        private void Group()
        {
            var rest = pattern.AsSpan(_position);
            var named = rest.StartsWith("(?P<") ? 4 : rest.StartsWith("(?<") && !rest.StartsWith("(?<=") && !rest.StartsWith("(?<!") ? 3 : 0;
            if (named > 0)
            {
                var end = pattern.IndexOf('>', _position);
                if (end < 0)
                {
                    throw new ArgumentException($"the name of a group does not end in '{pattern}'");
                }

                groups[pattern[(_position + named)..end]] = ++_groupCount;
                _result.Append('(');
                _position = end + 1;
                return;
            }

            if (!rest.StartsWith("(?"))
            {
                _groupCount++;
                _result.Append('(');
                _position++;
                return;
            }

            // Flags, or a group that is not captured.
            var close = pattern.AsSpan(_position).IndexOfAny(':', ')');
            if (close < 0)
            {
                throw new ArgumentException($"missing ) in '{pattern}'");
            }

            var flags = pattern.Substring(_position + 2, close - 2);
            var on = flags.Split('-')[0];
            if (on.Contains('m', StringComparison.Ordinal))
            {
                _multiline = true;
            }

            _result.Append(pattern, _position, close + 1);
            _position += close + 1;
        }

        private void Class()
        {
            _result.Append('[');
            _position++;
            if (Peek() == '^')
            {
                _result.Append('^');
                _position++;
            }

            if (Peek() == ']')
            {
                _result.Append("\\]");
                _position++;
            }

            while (_position < pattern.Length && pattern[_position] != ']')
            {
                if (pattern[_position] == '\\')
                {
                    Escape(inClass: true);
                }
                else if (pattern.AsSpan(_position).StartsWith("[:"))
                {
                    Posix();
                }
                else
                {
                    _result.Append(pattern[_position] == '[' ? "\\[" : pattern[_position].ToString());
                    _position++;
                }
            }

            if (_position == pattern.Length)
            {
                throw new ArgumentException($"missing closing ] in '{pattern}'");
            }

            _result.Append(']');
            _position++;
        }

        private void Posix()
        {
            var end = pattern.IndexOf(":]", _position, StringComparison.Ordinal);
            var name = end < 0 ? "" : pattern[(_position + 2)..end];
            _result.Append(name switch
            {
                "alnum" => "0-9A-Za-z",
                "alpha" => "A-Za-z",
                "ascii" => "\\x00-\\x7F",
                "blank" => "\\t ",
                "cntrl" => "\\x00-\\x1F\\x7F",
                "digit" => "0-9",
                "graph" => "!-~",
                "lower" => "a-z",
                "print" => " -~",
                "punct" => "!-/:-@\\[-`{-~",
                "space" => "\\t\\n\\v\\f\\r ",
                "upper" => "A-Z",
                "word" => "0-9A-Za-z_",
                "xdigit" => "0-9A-Fa-f",
                _ => throw new ArgumentException($"'{pattern}' has an unknown character class [:{name}:]"),
            });
            _position = end + 2;
        }

        private void Escape(bool inClass)
        {
            if (_position + 1 == pattern.Length)
            {
                throw new ArgumentException($"'{pattern}' ends in a backslash");
            }

            var c = pattern[_position + 1];
            _position += 2;
            switch (c)
            {
                case 'd':
                    _result.Append(inClass ? "0-9" : "[0-9]");
                    break;
                case 'D' when !inClass:
                    _result.Append("[^0-9]");
                    break;
                case 'w':
                    _result.Append(inClass ? "0-9A-Za-z_" : "[0-9A-Za-z_]");
                    break;
                case 'W' when !inClass:
                    _result.Append("[^0-9A-Za-z_]");
                    break;
                case 's':
                    _result.Append(inClass ? "\\t\\n\\f\\r " : "[\\t\\n\\f\\r ]");
                    break;
                case 'S' when !inClass:
                    _result.Append("[^\\t\\n\\f\\r ]");
                    break;
                case 'z':
                    _result.Append("\\z");
                    break;
                case 'p' or 'P' when _position < pattern.Length && pattern[_position] != '{':
                    _result.Append('\\').Append(c).Append('{').Append(pattern[_position++]).Append('}');
                    break;
                case 'x' when _position < pattern.Length && pattern[_position] == '{':
                    var end = pattern.IndexOf('}', _position);
                    _result.Append(Regex.Escape(char.ConvertFromUtf32(Convert.ToInt32(pattern[(_position + 1)..end], 16))));
                    _position = end + 1;
                    break;
                case 'Q':
                    var stop = pattern.IndexOf("\\E", _position, StringComparison.Ordinal);
                    var literal = stop < 0 ? pattern[_position..] : pattern[_position..stop];
                    _result.Append(Regex.Escape(literal));
                    _position = stop < 0 ? pattern.Length : stop + 2;
                    break;
                case >= '1' and <= '9':
                    throw new ArgumentException($"'{pattern}' refers back to a group (\\{c}), which these expressions cannot do");
                case '_' or '"' or '\'' or '/' or '=' or '<' or '>' or ':' or ';' or ',' or '!' or '@' or '%' or '&' or '~' or '`':
                    // A backslash in front of punctuation is the character itself; .NET refuses some of them.
                    _result.Append(c);
                    break;
                default:
                    _result.Append('\\').Append(c);
                    break;
            }
        }

        private char Peek() => _position < pattern.Length ? pattern[_position] : '\0';
    }
}
