using Clew.Otlp.Editing;

namespace Clew.Pipeline.Ottl;

/// <content>What stands without an operator: literals, enums, locals, paths with their keys, lists and maps.</content>
internal sealed partial class OttlParser
{
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
}
