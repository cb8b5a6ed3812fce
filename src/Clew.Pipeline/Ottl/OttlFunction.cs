using Clew.Otlp.Editing;
using Clew.Pipeline.Text;

namespace Clew.Pipeline.Ottl;

/// <summary>
/// A function: its parameters (<c>target, pattern, function?</c>, those with a question mark may be left out) and what makes a call of
/// its arguments.
/// </summary>
internal sealed class OttlFunction(string parameters, Func<OttlCall, OttlExpression> compile)
{
    private readonly string[] _names = parameters.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    public OttlExpression Compile(string name, List<OttlArgument> arguments, int position, OttlPaths paths)
    {
        var bound = new Dictionary<string, OttlArgument>();
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            var index = argument.Name is null ? i : Array.FindIndex(_names, known => Plain(known) == Plain(argument.Name));
            if (argument.Name is not null && index < 0)
            {
                throw new OttlSyntaxException($"{name} has no parameter '{argument.Name}' (parameters: {Shown})", argument.Position);
            }

            if (index >= _names.Length)
            {
                throw new OttlSyntaxException($"{name} takes {_names.Length} argument{(_names.Length == 1 ? "" : "s")} ({Shown}), not {arguments.Count}", argument.Position);
            }

            if (argument.Name is null && arguments.Take(i).Any(static earlier => earlier.Name is not null))
            {
                throw new OttlSyntaxException("arguments without a name stand in front of those with one", argument.Position);
            }

            if (!bound.TryAdd(Plain(_names[index]), argument))
            {
                throw new OttlSyntaxException($"{name} is given '{_names[index].TrimEnd('?')}' twice", argument.Position);
            }
        }

        if (_names.FirstOrDefault(known => !known.EndsWith('?') && !bound.ContainsKey(Plain(known))) is { } missing)
        {
            throw new OttlSyntaxException($"{name} needs '{missing}' (parameters: {Shown})", position);
        }

        return compile(new OttlCall(name, bound, position, paths));
    }

    private string Shown => _names.Length == 0 ? "none" : string.Join(", ", _names);

    internal static string Plain(string name) => name.TrimEnd('?').Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
}

/// <summary>The arguments of one call, with the checks that can be made before it runs.</summary>
internal sealed class OttlCall(string name, Dictionary<string, OttlArgument> arguments, int position, OttlPaths paths)
{
    public OttlPaths Paths => paths;

    public bool Has(string parameter) => arguments.ContainsKey(OttlFunction.Plain(parameter));

    public OttlExpression Result(OttlTypes type, OttlGetter get) => new(get, type, position);

    public OttlExpression Any(string parameter) => Of(parameter, OttlTypes.Any);

    public Func<OttlContext, string> Text(string parameter)
    {
        var get = Of(parameter, OttlTypes.String).Get;
        return context => get(context) is string text ? text : throw Wrong(parameter, "a text", get(context));
    }

    public Func<OttlContext, string> Text(string parameter, string fallback) => Has(parameter) ? Text(parameter) : _ => fallback;

    /// <summary>The text of any value; null stays null.</summary>
    public Func<OttlContext, string?> TextLike(string parameter)
    {
        var get = Any(parameter).Get;
        return context => get(context) is { } value ? OtlpValue.ToText(value) : null;
    }

    public Func<OttlContext, long> Int(string parameter)
    {
        var get = Of(parameter, OttlTypes.Int).Get;
        return context => get(context) is long number ? number : throw Wrong(parameter, "a whole number", get(context));
    }

    public Func<OttlContext, OttlTime> Time(string parameter)
    {
        var get = Of(parameter, OttlTypes.Time).Get;
        return context => get(context) is OttlTime time ? time : throw Wrong(parameter, "a time", get(context));
    }

    public Func<OttlContext, OttlDuration> Duration(string parameter)
    {
        var get = Of(parameter, OttlTypes.Duration).Get;
        return context => get(context) is OttlDuration duration ? duration : throw Wrong(parameter, "a duration", get(context));
    }

    public Func<OttlContext, AttributeMap> Map(string parameter)
    {
        var get = Of(parameter, OttlTypes.Map).Get;
        return context => get(context) as AttributeMap ?? throw Wrong(parameter, "a map", get(context));
    }

    public Func<OttlContext, OtlpList> List(string parameter)
    {
        var get = Of(parameter, OttlTypes.List).Get;
        return context => get(context) as OtlpList ?? throw Wrong(parameter, "a list", get(context));
    }

    public Func<OttlContext, List<string>> Texts(string parameter)
    {
        var list = List(parameter);
        return context => [.. list(context).Select(item => item as string ?? throw Wrong(parameter, "a list of texts", item))];
    }

    /// <summary>A path that can be written.</summary>
    public OttlExpression Target(string parameter, OttlTypes types = OttlTypes.Any)
    {
        var expression = Of(parameter, types);
        return expression.Set is not null ? expression : throw new OttlSyntaxException($"{name}: '{parameter}' must be a path that can be changed", expression.Position);
    }

    /// <summary>A path to a map that the editor changes in place and stores again.</summary>
    public (Func<OttlContext, AttributeMap?> Get, OttlSetter Set) TargetMap(string parameter)
    {
        var target = Target(parameter, OttlTypes.Map);
        return (
            context => target.Get(context) switch
            {
                AttributeMap map => map,
                var other => throw Wrong(parameter, "a map", other),
            },
            target.Set!);
    }

    public string? LiteralText(string parameter) => Literal<string>(parameter, "a text in quotes");

    public long? LiteralInt(string parameter) => Has(parameter) ? (long)LiteralValue(parameter, "a number", static value => value is long) : null;

    public bool? LiteralBool(string parameter) => Has(parameter) ? (bool)LiteralValue(parameter, "true or false", static value => value is bool) : null;

    public GoRegex LiteralRegex(string parameter) => Parse(parameter, LiteralText(parameter)!);

    /// <summary>A pattern, made once when it is a literal.</summary>
    public Func<OttlContext, GoRegex> Regex(string parameter)
    {
        var expression = Of(parameter, OttlTypes.String);
        if (expression is { IsLiteral: true, Literal: string literal })
        {
            var regex = Parse(parameter, literal);
            return _ => regex;
        }

        var text = Text(parameter);
        (string Pattern, GoRegex Regex)? last = null;
        return context =>
        {
            var pattern = text(context);
            if (last is { } known && known.Pattern == pattern)
            {
                return known.Regex;
            }

            if (!GoRegex.TryParse(pattern, out var regex, out var problem))
            {
                throw new OttlException($"{name}: '{pattern}' is no regular expression: {problem}");
            }

            last = (pattern, regex!);
            return regex!;
        };
    }

    /// <summary>A converter from text to text, given by name.</summary>
    public Func<OttlContext, string, string>? TextFunction(string parameter)
    {
        if (!arguments.TryGetValue(OttlFunction.Plain(parameter), out var argument))
        {
            return null;
        }

        if (argument.Function is null)
        {
            throw new OttlSyntaxException($"{name}: '{parameter}' must be the name of a converter, such as SHA256", argument.Position);
        }

        var input = new OttlArgument { Position = argument.Position, Expression = new OttlExpression(static context => context.Pending, OttlTypes.String, argument.Position) };
        var call = argument.Function.Compile(parameter, [input], argument.Position, paths).Get;
        return (context, text) =>
        {
            context.Pending = text;
            return OtlpValue.ToText(call(context));
        };
    }

    public OttlLambda Lambda(string parameter, int parameters)
    {
        var argument = arguments[OttlFunction.Plain(parameter)];
        return argument.Lambda is { } lambda && lambda.Slots.Length == parameters
            ? lambda
            : throw new OttlSyntaxException(
                $"{name}: '{parameter}' must be a lambda expression with {parameters} parameters, such as ({string.Join(", ", Enumerable.Repeat("_", parameters))}) => true", argument.Position);
    }

    public OttlSyntaxException Bad(string parameter, string message) =>
        new($"{name}: {message}", arguments.TryGetValue(OttlFunction.Plain(parameter), out var argument) ? argument.Position : position);

    public OttlException Wrong(string parameter, string wanted, object? value) =>
        new($"{name}: '{parameter}' must be {wanted}, it is {OttlRuntime.NameOf(value)}");

    public OttlException Fail(string message) => new($"{name}: {message}");

    private OttlExpression Of(string parameter, OttlTypes types)
    {
        var argument = arguments[OttlFunction.Plain(parameter)];
        if (argument.Expression is not { } expression)
        {
            throw new OttlSyntaxException($"{name}: '{parameter}' must be a value", argument.Position);
        }

        return (expression.Type & types) != 0
            ? expression
            : throw new OttlSyntaxException($"{name}: '{parameter}' must be {OttlRuntime.NamesOf(types)}, this is {OttlRuntime.NamesOf(expression.Type)}", expression.Position);
    }

    private T? Literal<T>(string parameter, string wanted)
        where T : class => Has(parameter) ? (T)LiteralValue(parameter, wanted, static value => value is T) : null;

    private object LiteralValue(string parameter, string wanted, Func<object?, bool> isRight)
    {
        var argument = arguments[OttlFunction.Plain(parameter)];
        return argument.Expression is { IsLiteral: true } expression && isRight(expression.Literal)
            ? expression.Literal!
            : throw new OttlSyntaxException($"{name}: '{parameter}' must be {wanted}", argument.Position);
    }

    private GoRegex Parse(string parameter, string pattern) => GoRegex.TryParse(pattern, out var regex, out var problem)
        ? regex!
        : throw Bad(parameter, $"'{pattern}' is no regular expression: {problem}");
}
