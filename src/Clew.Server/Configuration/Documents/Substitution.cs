using System.Text;
using Clew.Server.Configuration.Binding;

namespace Clew.Server.Configuration.Documents;

/// <summary>
/// Replaces <c>${env:NAME}</c>, <c>${env:NAME:-default}</c>, <c>${NAME}</c>, <c>${file:path}</c> and <c>${yaml:text}</c> in the values of a
/// document, by the Collector's rules: a value that is exactly one expression may become a map, a list or a number, in the middle of
/// text it is text; expressions nest; <c>$$</c> is a dollar.
/// </summary>
internal sealed class Substitution
{
    /// <summary>Expressions replaced in one value, counting those inside what was inserted; more is a circle.</summary>
    public const int MaxRounds = 1000;

    private readonly IConfigEnvironment _environment;
    private readonly ConfigProblems _problems;
    private readonly IReadOnlyDictionary<string, string> _fallbacks;
    private readonly ICollection<string> _filesRead;
    private int _rounds;
    private bool _isInLinks;

    /// <summary>
    /// <paramref name="fallbacks"/> are values of variables that are not set, for what a platform promises to set;
    /// <paramref name="filesRead"/> receives the full path of each inserted file.
    /// </summary>
    public Substitution(
        IConfigEnvironment environment,
        ConfigProblems problems,
        IReadOnlyDictionary<string, string> fallbacks,
        ICollection<string> filesRead)
    {
        _environment = environment;
        _problems = problems;
        _fallbacks = fallbacks;
        _filesRead = filesRead;
    }

    public ConfigNode Expand(ConfigNode node)
    {
        switch (node)
        {
            case ConfigScalar scalar:
                if (!scalar.Text.Contains('$', StringComparison.Ordinal))
                {
                    return scalar;
                }

                _rounds = 0;
                return ExpandScalar(scalar);
            case ConfigList list:
                return new ConfigList([.. list.Items.Select(Expand)], list.Mark);
            case ConfigMap map:
                return new ConfigMap([.. map.Entries.Select(ExpandEntry)], map.Mark);
            default:
                return node;
        }
    }

    // Only the links of the UI have places that a span fills in; anywhere else such an expression is a mistake.
    private ConfigEntry ExpandEntry(ConfigEntry entry)
    {
        var wasInLinks = _isInLinks;
        _isInLinks |= entry.Key == "links";
        var expanded = entry with { Value = Expand(entry.Value) };
        _isInLinks = wasInLinks;
        return expanded;
    }

    private ConfigNode ExpandScalar(ConfigScalar scalar)
    {
        var scan = new Scan(scalar.Text, scalar.Mark);
        ExpandText(ref scan, nested: false);
        if (scan.Only is { } only)
        {
            return only;
        }

        var mark = scan.Via is null ? scalar.Mark : scalar.Mark with { Via = scan.Via };
        return new ConfigScalar(scan.Output.ToString(), mark, scalar.IsPlain);
    }

    /// <summary>Copies text to the output up to the end, or (nested) up to the brace that closes the expression.</summary>
    /// <returns>False when nested and the closing brace is missing.</returns>
    private bool ExpandText(ref Scan scan, bool nested)
    {
        while (scan.Position < scan.Text.Length)
        {
            var c = scan.Text[scan.Position];
            if (nested && c == '}')
            {
                scan.Position++;
                return true;
            }

            if (c != '$')
            {
                scan.Output.Append(c);
                scan.Position++;
                continue;
            }

            var start = scan.Position;
            while (scan.Position < scan.Text.Length && scan.Text[scan.Position] == '$')
            {
                scan.Position++;
            }

            var dollars = scan.Position - start;
            scan.Output.Append('$', dollars / 2);
            if (dollars % 2 == 0)
            {
                continue;
            }

            if (scan.Position == scan.Text.Length || scan.Text[scan.Position] != '{')
            {
                scan.Output.Append('$');
                continue;
            }

            ExpandExpression(ref scan, start);
        }

        return !nested;
    }

    private void ExpandExpression(ref Scan scan, int start)
    {
        var open = scan.Position;
        var outer = scan.Output;
        var inner = new StringBuilder();
        scan.Output = inner;
        scan.Position = open + 1;
        var closed = ExpandText(ref scan, nested: true);
        scan.Output = outer;
        if (!closed)
        {
            // Not an expression after all: the rest stays as it was written.
            scan.Output.Append(scan.Text.AsSpan(open - 1));
            scan.Position = scan.Text.Length;
            return;
        }

        var isWholeText = start == 0 && open == 1 && scan.Position == scan.Text.Length;
        var (node, via) = Resolve(inner.ToString(), scan.Mark);
        scan.Via = scan.Via is null || via is null ? via ?? scan.Via : $"{scan.Via}, {via}";
        if (isWholeText)
        {
            scan.Only = node;
        }
        else if (node is ConfigScalar value)
        {
            scan.Output.Append(value.IsNull ? "" : value.Text);
        }
        else if (node.OriginalText is { } text)
        {
            scan.Output.Append(text);
        }
        else
        {
            _problems.Error(scan.Mark, $"'${{{inner}}}' is {node.Shape}, which cannot stand in the middle of text");
        }
    }

    private (ConfigNode Node, string? Via) Resolve(string expression, SourceMark mark)
    {
        if (++_rounds > MaxRounds)
        {
            _problems.Error(mark, $"more than {MaxRounds} substitutions in one value: does '${{{expression}}}' lead back to itself?");
            _rounds = int.MinValue;
            return (ConfigScalar.Null(mark), expression);
        }

        if (_rounds < 0)
        {
            return (ConfigScalar.Null(mark), expression);
        }

        if (expression.Contains('$', StringComparison.Ordinal))
        {
            _problems.Error(mark, $"'${{{expression}}}' contains a dollar sign");
            return (ConfigScalar.Null(mark), expression);
        }

        if (_isInLinks && UiLinks.IsPlaceholder(expression))
        {
            return (ConfigScalar.String($"${{{expression}}}", mark), null);
        }

        var (scheme, rest) = SplitScheme(expression);
        switch (scheme)
        {
            case "env":
                return ResolveVariable(rest, mark);
            case "file":
                return ResolveFile(rest, mark);
            case "yaml":
                return (Parse(rest, mark with { Via = "yaml" }, mark.Document), "yaml");
            default:
                _problems.Error(mark, $"'${{{expression}}}' has the unknown scheme '{scheme}'; use env, file or yaml");
                return (ConfigScalar.Null(mark), expression);
        }
    }

    private (ConfigNode Node, string? Via) ResolveVariable(string rest, SourceMark mark)
    {
        var separator = rest.IndexOf(":-", StringComparison.Ordinal);
        var name = separator < 0 ? rest : rest[..separator];
        var via = $"env {name}";
        var place = mark with { Via = via };
        if (!IsVariableName(name))
        {
            _problems.Error(mark, $"'{name}' is not the name of an environment variable; use letters, digits and underscores");
            return (ConfigScalar.Null(place), via);
        }

        // Like the Collector: a default stands in only for a variable that is not set at all.
        var value = _environment.GetVariable(name);
        if (value is null && separator >= 0)
        {
            value = rest[(separator + 2)..];
            via = $"default, env {name} is not set";
            place = mark with { Via = via };
        }
        else if (value is null && _fallbacks.TryGetValue(name, out var fallback))
        {
            return (Parse(fallback, mark, mark.Document), null);
        }

        if (value is null)
        {
            _problems.Warn(mark, $"the environment variable {name} is not set; its place stays empty (give a default with ${{env:{name}:-default}})");
            return (ConfigScalar.Null(place), via);
        }

        return (Parse(value, place, mark.Document), via);
    }

    private (ConfigNode Node, string Via) ResolveFile(string path, SourceMark mark)
    {
        var via = $"file {path}";
        try
        {
            var text = _environment.ReadFile(path);
            _filesRead.Add(_environment.GetFullPath(path));
            return (Parse(text.TrimEnd('\r', '\n'), mark with { Via = via }, new SourceDocument(path, mark.Document.Kind)), via);
        }
        catch (IOException e)
        {
            _problems.Error(mark, $"cannot read '{path}': {e.Message}");
            return (ConfigScalar.Null(mark), via);
        }
    }

    /// <summary>Inserted text is YAML when it reads as a map or list, and the text itself otherwise.</summary>
    private ConfigNode Parse(string text, SourceMark mark, SourceDocument document)
    {
        var node = YamlReader.Read(text, document, new ConfigProblems());
        if (node is ConfigMap or ConfigList)
        {
            var expanded = document == mark.Document ? NodeMarks.Relocate(ExpandInner(node), mark) : ExpandInner(node);
            return expanded switch
            {
                ConfigMap map => new ConfigMap(map.Entries, map.Mark) { OriginalText = text },
                ConfigList list => new ConfigList(list.Items, list.Mark) { OriginalText = text },
                _ => expanded,
            };
        }

        var plain = node is ConfigScalar { IsPlain: true };
        var scan = new Scan(text, mark);
        ExpandText(ref scan, nested: false);
        return scan.Only ?? (text.Length == 0 ? ConfigScalar.String("", mark) : new ConfigScalar(scan.Output.ToString(), mark, plain));
    }

    private ConfigNode ExpandInner(ConfigNode node) => node switch
    {
        ConfigScalar scalar => ExpandScalar(scalar),
        ConfigList list => new ConfigList([.. list.Items.Select(ExpandInner)], list.Mark),
        ConfigMap map => new ConfigMap([.. map.Entries.Select(entry => entry with { Value = ExpandInner(entry.Value) })], map.Mark),
        _ => node,
    };

    private static (string Scheme, string Opaque) SplitScheme(string expression)
    {
        var colon = expression.IndexOf(':', StringComparison.Ordinal);

        // ${NAME:-default} is Tempo's way, and a shell's; the part before the colon is a name then.
        if (colon < 0 || expression.AsSpan(colon).StartsWith(":-"))
        {
            return ("env", expression);
        }

        return (expression[..colon], expression[(colon + 1)..]);
    }

    private static bool IsVariableName(string name)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
        {
            return false;
        }

        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
            {
                return false;
            }
        }

        return true;
    }

    private struct Scan(string text, SourceMark mark)
    {
        public readonly string Text = text;
        public readonly SourceMark Mark = mark;
        public int Position;
        public StringBuilder Output = new();
        public string? Via;

        /// <summary>What the one expression became when the text is nothing else.</summary>
        public ConfigNode? Only;
    }
}
