namespace Clew.Pipeline.Ottl;

/// <summary>
/// Reads OTTL (statements <c>editor(args) where condition</c>, and conditions) and compiles it. One grammar for values and conditions:
/// or, and, not, comparison, + -, * /, sign, primary; where a condition is asked for the type says whether it is one.
/// </summary>
internal sealed partial class OttlParser
{
    /// <summary>Expressions nested deeper are refused: they would end the process in reading.</summary>
    private const int MaxDepth = 200;

    private const int MaxLocals = 64;

    private static readonly Dictionary<string, long> s_enums = new()
    {
        ["SPAN_KIND_UNSPECIFIED"] = 0, ["SPAN_KIND_INTERNAL"] = 1, ["SPAN_KIND_SERVER"] = 2, ["SPAN_KIND_CLIENT"] = 3, ["SPAN_KIND_PRODUCER"] = 4, ["SPAN_KIND_CONSUMER"] = 5,
        ["STATUS_CODE_UNSET"] = 0, ["STATUS_CODE_OK"] = 1, ["STATUS_CODE_ERROR"] = 2,
    };

    private readonly OttlPaths _paths;
    private readonly List<OttlToken> _tokens;
    private readonly List<(string Name, int Slot)> _locals = [];
    private int _next;
    private int _depth;
    private int _slots;

    private OttlParser(string text, OttlPaths paths)
    {
        _paths = paths;
        _tokens = OttlLexer.Read(text);
    }

    private OttlToken Current => _tokens[_next];

    /// <summary>A statement: what it does, and under which condition (null: always).</summary>
    public static (OttlGetter Action, OttlGetter? Condition) Statement(string text, OttlPaths paths)
    {
        var parser = new OttlParser(text, paths);
        var name = parser.Current;
        if (name.Kind != OttlTokenKind.Name || !char.IsAsciiLetterLower(name.Text[0]))
        {
            throw new OttlSyntaxException($"a statement begins with the name of an editor, such as set(…); found {name.Shown}", name.Position);
        }

        parser._next++;
        var action = parser.Call(name, OttlFunctions.FindEditor(name.Text), OttlFunctions.EditorNames, "editor");
        OttlGetter? condition = null;
        if (parser.Current.IsName("where"))
        {
            parser._next++;
            condition = parser.Condition();
        }

        parser.ExpectEnd();
        return (action.Get, condition);
    }

    public static OttlGetter ConditionOnly(string text, OttlPaths paths)
    {
        var parser = new OttlParser(text, paths);
        var condition = parser.Condition();
        parser.ExpectEnd();
        return condition;
    }

    /// <summary>The condition of <c>route() where …</c> (null without one), or a bare condition.</summary>
    public static OttlGetter? Route(string text, OttlPaths paths)
    {
        var parser = new OttlParser(text, paths);
        if (!parser.Current.IsName("route") || !parser._tokens[1].Is("("))
        {
            return ConditionOnly(text, paths);
        }

        parser._next += 2;
        parser.Expect(")");
        OttlGetter? condition = null;
        if (parser.Current.IsName("where"))
        {
            parser._next++;
            condition = parser.Condition();
        }

        parser.ExpectEnd();
        return condition;
    }

    /// <summary>A value expression, for settings that take one.</summary>
    public static OttlGetter Value(string text, OttlPaths paths)
    {
        var parser = new OttlParser(text, paths);
        var value = parser.Expression();
        parser.ExpectEnd();
        return value.Get;
    }

    /// <summary>The first names of all paths in a text: from them follows the context.</summary>
    public static IEnumerable<(string First, string? Second, int Position)> PathsIn(string text)
    {
        var tokens = OttlLexer.Read(text);
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            var isPath = token.Kind == OttlTokenKind.Name && char.IsAsciiLetterLower(token.Text[0])
                && !tokens[i + 1].Is("(") && !tokens[i + 1].Is("=")
                && (i == 0 || !tokens[i - 1].Is("."))
                && token.Text is not ("where" or "and" or "or" or "not" or "true" or "false" or "nil");
            if (isPath)
            {
                yield return (token.Text, tokens[i + 1].Is(".") ? tokens[i + 2].Text : null, token.Position);
            }
        }
    }

    private void Expect(string symbol)
    {
        if (!Current.Is(symbol))
        {
            throw new OttlSyntaxException($"'{symbol}' is needed here, found {Current.Shown}", Current.Position);
        }

        _next++;
    }

    private void ExpectEnd()
    {
        if (Current.Kind != OttlTokenKind.End)
        {
            throw new OttlSyntaxException($"nothing more is expected here, found {Current.Shown}", Current.Position);
        }
    }

    private static string Hint(string name, IEnumerable<string> known) =>
        NearestName.Find(name, known) is { } nearest ? $"; did you mean '{nearest}'?" : "";
}
