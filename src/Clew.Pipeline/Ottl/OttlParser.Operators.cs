namespace Clew.Pipeline.Ottl;

/// <content>or, and, not, comparisons, arithmetic and signs: from the weakest operator to the strongest.</content>
internal sealed partial class OttlParser
{
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
}
