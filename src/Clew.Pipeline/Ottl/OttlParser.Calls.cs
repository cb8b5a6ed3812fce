namespace Clew.Pipeline.Ottl;

/// <content>Calls of editors and converters, their arguments, and lambdas.</content>
internal sealed partial class OttlParser
{
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
}
