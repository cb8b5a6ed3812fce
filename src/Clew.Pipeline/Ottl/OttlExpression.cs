namespace Clew.Pipeline.Ottl;

internal delegate object? OttlGetter(OttlContext context);

internal delegate void OttlSetter(OttlContext context, object? value);

/// <summary>A compiled expression with what is known of it before it runs.</summary>
internal sealed class OttlExpression(OttlGetter get, OttlTypes type, int position)
{
    public OttlGetter Get => get;

    public OttlTypes Type => type;

    /// <summary>Where it begins in the text.</summary>
    public int Position => position;

    /// <summary>Set for paths that can be written.</summary>
    public OttlSetter? Set { get; init; }

    /// <summary>True when the value never changes; <see cref="Literal"/> is then the value.</summary>
    public bool IsLiteral { get; init; }

    public object? Literal { get; init; }

    /// <summary>The items, when it was written as a list.</summary>
    public IReadOnlyList<OttlExpression>? Items { get; init; }

    public static OttlExpression Constant(object? value, int position) =>
        new(_ => value, OttlRuntime.TypeOf(value), position) { IsLiteral = true, Literal = value };
}

/// <summary>A lambda expression: slots of its parameters in <see cref="OttlContext.Locals"/>, and its body.</summary>
internal sealed record OttlLambda(int[] Slots, OttlExpression Body)
{
    public object? Call(OttlContext context, object? first = null, object? second = null, object? third = null)
    {
        while (context.Locals.Count < 64)
        {
            context.Locals.Add(null);
        }

        ReadOnlySpan<object?> values = [first, second, third];
        for (var i = 0; i < Slots.Length; i++)
        {
            if (Slots[i] >= 0)
            {
                context.Locals[Slots[i]] = values[i];
            }
        }

        return Body.Get(context);
    }
}

/// <summary>One argument of a call.</summary>
internal sealed class OttlArgument
{
    public string? Name { get; init; }

    public required int Position { get; init; }

    public OttlExpression? Expression { get; init; }

    public OttlLambda? Lambda { get; init; }

    /// <summary>A converter named without a call, such as <c>SHA256</c>.</summary>
    public OttlFunction? Function { get; init; }
}
