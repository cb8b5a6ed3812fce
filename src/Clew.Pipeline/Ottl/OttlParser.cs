using Clew.Otlp.Editing;

namespace Clew.Pipeline.Ottl;

/// <summary>
/// Reads OTTL (statements <c>editor(args) where condition</c>, and conditions) and compiles it. One grammar for values and conditions:
/// or, and, not, comparison, + -, * /, sign, primary; where a condition is asked for the type says whether it is one.
/// </summary>
internal sealed class OttlParser
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

    private OttlGetter Condition()
    {
        var condition = Expression();
        RequireBool(condition);
        return condition.Get;
    }

    private static void RequireBool(OttlExpression expression)
    {
        if ((expression.Type & OttlTypes.Bool) == 0)
        {
            throw new OttlSyntaxException($"a condition is needed here, this is {OttlRuntime.NamesOf(expression.Type)}", expression.Position);
        }
    }

    private OttlExpression Expression()
    {
        if (++_depth > MaxDepth)
        {
            throw new OttlSyntaxException($"nested deeper than {MaxDepth}", Current.Position);
        }

        var left = And();
        while (Current.IsName("or"))
        {
            _next++;
            left = Logic(left, And(), isOr: true);
        }

        _depth--;
        return left;
    }

    private OttlExpression And()
    {
        var left = Not();
        while (Current.IsName("and"))
        {
            _next++;
            left = Logic(left, Not(), isOr: false);
        }

        return left;
    }

    private OttlExpression Not()
    {
        if (!Current.IsName("not"))
        {
            return Comparison();
        }

        var position = Current.Position;
        _next++;
        if (++_depth > MaxDepth)
        {
            throw new OttlSyntaxException($"nested deeper than {MaxDepth}", position);
        }

        var inner = Not();
        _depth--;
        RequireBool(inner);
        var get = inner.Get;
        return new OttlExpression(context => OttlRuntime.Of(!Truth(get(context))), OttlTypes.Bool, position);
    }

    private static OttlExpression Logic(OttlExpression left, OttlExpression right, bool isOr)
    {
        RequireBool(left);
        RequireBool(right);
        var (a, b) = (left.Get, right.Get);
        return new OttlExpression(
            isOr ? context => OttlRuntime.Of(Truth(a(context)) || Truth(b(context))) : context => OttlRuntime.Of(Truth(a(context)) && Truth(b(context))),
            OttlTypes.Bool, left.Position);
    }

    private static bool Truth(object? value) =>
        value is bool flag ? flag : throw new OttlException($"a condition is {OttlRuntime.NameOf(value)}, not true or false");

    private OttlExpression Comparison()
    {
        var left = Sum();
        if (Current.Kind != OttlTokenKind.Symbol || Current.Text is not ("==" or "!=" or "<" or "<=" or ">" or ">="))
        {
            return left;
        }

        var operation = Current.Text;
        _next++;
        var right = Sum();
        var (a, b) = (left.Get, right.Get);
        return new OttlExpression(context => OttlRuntime.Of(OttlRuntime.Compare(operation, a(context), b(context))), OttlTypes.Bool, left.Position);
    }

    private OttlExpression Sum()
    {
        var left = Product();
        while (Current.Is("+") || Current.Is("-"))
        {
            left = Arithmetic(left, Product);
        }

        return left;
    }

    private OttlExpression Product()
    {
        var left = Signed();
        while (Current.Is("*") || Current.Is("/"))
        {
            left = Arithmetic(left, Signed);
        }

        return left;
    }

    private OttlExpression Arithmetic(OttlExpression left, Func<OttlExpression> operand)
    {
        const OttlTypes numbers = OttlTypes.Int | OttlTypes.Double | OttlTypes.Time | OttlTypes.Duration;
        var operation = Current;
        _next++;
        var right = operand();
        foreach (var side in (OttlExpression[])[left, right])
        {
            if ((side.Type & numbers) == 0)
            {
                throw new OttlSyntaxException($"'{operation.Text}' needs numbers, times or durations, this is {OttlRuntime.NamesOf(side.Type)}", side.Position);
            }
        }

        var (a, b) = (left.Get, right.Get);
        var type = left.Type == right.Type && left.Type is OttlTypes.Int or OttlTypes.Double or OttlTypes.Duration ? left.Type : numbers;
        return new OttlExpression(context => OttlRuntime.Calculate(operation.Text, a(context), b(context)), type, left.Position);
    }

    private OttlExpression Signed()
    {
        var sign = Current;
        if (!sign.Is("-") && !sign.Is("+"))
        {
            return Primary();
        }

        _next++;
        if (Current is { Kind: OttlTokenKind.Int, Value: ulong size } && sign.Text == "-")
        {
            _next++;
            return OttlExpression.Constant(unchecked(-(long)size), sign.Position);
        }

        var inner = Primary();
        if (sign.Text == "+")
        {
            return inner;
        }

        if (inner is { IsLiteral: true, Literal: double number })
        {
            return OttlExpression.Constant(-number, sign.Position);
        }

        var get = inner.Get;
        return new OttlExpression(
            context => get(context) switch
            {
                long whole => unchecked(-whole),
                double broken => -broken,
                var other => throw new OttlException($"{OttlRuntime.NameOf(other)} has no sign"),
            },
            inner.Type, sign.Position);
    }

    private OttlExpression Primary()
    {
        var token = Current;
        switch (token.Kind)
        {
            case OttlTokenKind.String:
                _next++;
                return OttlExpression.Constant(token.Text, token.Position);
            case OttlTokenKind.Int:
                _next++;
                return (ulong)token.Value! <= long.MaxValue
                    ? OttlExpression.Constant((long)(ulong)token.Value!, token.Position)
                    : throw new OttlSyntaxException($"{token.Text} does not fit in 64 bits", token.Position);
            case OttlTokenKind.Double or OttlTokenKind.Bytes:
                _next++;
                return OttlExpression.Constant(token.Value, token.Position);
            case OttlTokenKind.Name:
                return Named(token);
            case OttlTokenKind.Symbol when token.Text == "(":
                _next++;
                var inner = Expression();
                Expect(")");
                return inner;
            case OttlTokenKind.Symbol when token.Text == "[":
                return ListLiteral();
            case OttlTokenKind.Symbol when token.Text == "{":
                return MapLiteral();
            default:
                throw new OttlSyntaxException($"a value is needed here, found {token.Shown}", token.Position);
        }
    }

    private OttlExpression Named(OttlToken token)
    {
        switch (token.Text)
        {
            case "true" or "false":
                _next++;
                return OttlExpression.Constant(token.Text == "true", token.Position);
            case "nil":
                _next++;
                return OttlExpression.Constant(null, token.Position);
            case "and" or "or" or "not" or "where":
                throw new OttlSyntaxException($"a value is needed here, found '{token.Text}'", token.Position);
        }

        if (char.IsAsciiLetterUpper(token.Text[0]))
        {
            _next++;
            if (Current.Is("("))
            {
                return WithKeys(Call(token, OttlFunctions.FindConverter(token.Text), OttlFunctions.ConverterNames, "converter"));
            }

            if (s_enums.TryGetValue(token.Text, out var value))
            {
                return OttlExpression.Constant(value, token.Position);
            }

            throw new OttlSyntaxException($"'{token.Text}' is no enum{Hint(token.Text, s_enums.Keys)}", token.Position);
        }

        if (_locals.FindLastIndex(local => local.Name == token.Text) is >= 0 and var index)
        {
            _next++;
            var slot = _locals[index].Slot;
            return WithKeys(new OttlExpression(context => context.Locals[slot], OttlTypes.Any, token.Position));
        }

        return Path();
    }

    private OttlExpression Path()
    {
        var start = Current.Position;
        var steps = new List<OttlStep>();
        do
        {
            if (steps.Count > 0)
            {
                _next++;
            }

            if (Current.Kind != OttlTokenKind.Name)
            {
                throw new OttlSyntaxException($"the name of a field is needed here, found {Current.Shown}", Current.Position);
            }

            var name = Current;
            _next++;
            if (steps.Count == 0 && Current.Is("("))
            {
                throw new OttlSyntaxException($"'{name.Text}' is an editor and gives no value; converters begin with a capital letter", name.Position);
            }

            steps.Add(new OttlStep(name.Text, name.Position, Keys()));
        }
        while (Current.Is("."));
        return _paths.Resolve(steps, start);
    }

    private List<OttlExpression> Keys()
    {
        var keys = new List<OttlExpression>();
        while (Current.Is("["))
        {
            _next++;
            var key = Expression();
            if ((key.Type & (OttlTypes.String | OttlTypes.Int)) == 0)
            {
                throw new OttlSyntaxException($"a key is a text or a whole number, this is {OttlRuntime.NamesOf(key.Type)}", key.Position);
            }

            keys.Add(key);
            Expect("]");
        }

        return keys;
    }

    private OttlExpression WithKeys(OttlExpression value)
    {
        var keys = Keys();
        if (keys.Count == 0)
        {
            return value;
        }

        var get = value.Get;
        return new OttlExpression(
            context =>
            {
                var result = get(context);
                foreach (var key in keys)
                {
                    result = OttlRuntime.Index(result, key.Get(context));
                }

                return result;
            },
            OttlTypes.Attribute, value.Position);
    }

    private OttlExpression ListLiteral()
    {
        var start = Current.Position;
        _next++;
        var items = new List<OttlExpression>();
        while (!Current.Is("]"))
        {
            if (items.Count > 0)
            {
                Expect(",");
            }

            items.Add(Expression());
        }

        _next++;
        var getters = items.ConvertAll(static item => item.Get);
        return new OttlExpression(context => new OtlpList(getters.Select(get => get(context))), OttlTypes.List, start) { Items = items };
    }

    private OttlExpression MapLiteral()
    {
        var start = Current.Position;
        _next++;
        var entries = new List<(string Key, OttlGetter Value)>();
        while (!Current.Is("}"))
        {
            if (entries.Count > 0)
            {
                Expect(",");
            }

            if (Current.Kind != OttlTokenKind.String)
            {
                throw new OttlSyntaxException($"a key in quotes is needed here, found {Current.Shown}", Current.Position);
            }

            var key = Current.Text;
            _next++;
            Expect(":");
            entries.Add((key, Expression().Get));
        }

        _next++;
        return new OttlExpression(
            context =>
            {
                var map = new AttributeMap();
                foreach (var (key, value) in entries)
                {
                    map.Set(key, OtlpValue.Copy(value(context)));
                }

                return map;
            },
            OttlTypes.Map, start);
    }

    private OttlExpression Call(OttlToken name, OttlFunction? function, IReadOnlyCollection<string> known, string what)
    {
        if (function is null)
        {
            throw new OttlSyntaxException($"'{name.Text}' is no {what}{Hint(name.Text, known)}", name.Position);
        }

        Expect("(");
        var arguments = new List<OttlArgument>();
        while (!Current.Is(")"))
        {
            if (arguments.Count > 0)
            {
                if (!Current.Is(","))
                {
                    throw new OttlSyntaxException($"',' or ')' is needed here, found {Current.Shown}", Current.Position);
                }

                _next++;
            }

            arguments.Add(Argument());
        }

        _next++;
        return function.Compile(name.Text, arguments, name.Position, _paths);
    }

    private OttlArgument Argument()
    {
        var position = Current.Position;
        string? name = null;
        if (Current.Kind == OttlTokenKind.Name && _tokens[_next + 1].Is("="))
        {
            name = Current.Text;
            _next += 2;
        }

        if (Current.Kind == OttlTokenKind.Name && char.IsAsciiLetterUpper(Current.Text[0]) && _tokens[_next + 1].Text is "," or ")"
            && _tokens[_next + 1].Kind == OttlTokenKind.Symbol && !s_enums.ContainsKey(Current.Text)
            && OttlFunctions.FindConverter(Current.Text) is { } function)
        {
            _next++;
            return new OttlArgument { Name = name, Position = position, Function = function };
        }

        return IsLambda()
            ? new OttlArgument { Name = name, Position = position, Lambda = Lambda() }
            : new OttlArgument { Name = name, Position = position, Expression = Expression() };
    }

    private bool IsLambda()
    {
        if (!Current.Is("("))
        {
            return false;
        }

        var index = _next + 1;
        while (_tokens[index].Kind == OttlTokenKind.Name || _tokens[index].Is(","))
        {
            index++;
        }

        return _tokens[index].Is(")") && _tokens[index + 1].Is("=>");
    }

    private OttlLambda Lambda()
    {
        _next++;
        var slots = new List<int>();
        while (!Current.Is(")"))
        {
            if (slots.Count > 0)
            {
                Expect(",");
            }

            if (Current.Text == "_")
            {
                slots.Add(-1);
            }
            else
            {
                if (_slots == MaxLocals || slots.Count == 3)
                {
                    throw new OttlSyntaxException("too many parameters", Current.Position);
                }

                _locals.Add((Current.Text, _slots));
                slots.Add(_slots++);
            }

            _next++;
        }

        _next += 2;
        var body = Expression();
        _locals.RemoveRange(_locals.Count - slots.Count(static slot => slot >= 0), slots.Count(static slot => slot >= 0));
        return new OttlLambda([.. slots], body);
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
