using Microsoft.Extensions.Logging;

namespace Clew.Pipeline.Ottl;

/// <summary>A condition that was read, for one context.</summary>
public sealed class OttlCondition
{
    private readonly OttlGetter _get;

    private OttlCondition(string text, OttlContextKind kind, OttlGetter get)
    {
        Text = text;
        Kind = kind;
        _get = get;
    }

    public string Text { get; }

    public OttlContextKind Kind { get; }

    /// <summary>
    /// Throws <see cref="OttlSyntaxException"/>. A context of null is found from the paths; <paramref name="needsPrefix"/> asks for a prefix on
    /// every path also where the context is known.
    /// </summary>
    public static OttlCondition Parse(string text, OttlContextKind? kind, bool needsPrefix = false)
    {
        var (chosen, paths) = OttlScope.Of([text], kind, needsPrefix);
        return new OttlCondition(text, chosen, OttlParser.ConditionOnly(text, paths));
    }

    /// <summary>The condition of <c>route() where …</c>; null when there is none.</summary>
    public static OttlCondition? ParseRoute(string text, OttlContextKind? kind)
    {
        var (chosen, paths) = OttlScope.Of([text], kind);
        return OttlParser.Route(text, paths) is { } get ? new OttlCondition(text, chosen, get) : null;
    }

    /// <summary>Throws <see cref="OttlException"/>.</summary>
    public bool IsTrue(OttlContext context) => _get(context) is true;
}

/// <summary>A statement that was read, for one context.</summary>
public sealed class OttlStatement
{
    private readonly OttlGetter _action;
    private readonly OttlGetter? _condition;

    private OttlStatement(string text, OttlContextKind kind, OttlGetter action, OttlGetter? condition)
    {
        Text = text;
        Kind = kind;
        _action = action;
        _condition = condition;
    }

    public string Text { get; }

    public OttlContextKind Kind { get; }

    /// <summary>
    /// Throws <see cref="OttlSyntaxException"/>. A context of null is found from the paths; <paramref name="needsPrefix"/> asks for a prefix on
    /// every path also where the context is known.
    /// </summary>
    public static OttlStatement Parse(string text, OttlContextKind? kind, bool needsPrefix = false)
    {
        var (chosen, paths) = OttlScope.Of([text], kind, needsPrefix);
        var (action, condition) = OttlParser.Statement(text, paths);
        return new OttlStatement(text, chosen, action, condition);
    }

    /// <summary>Throws <see cref="OttlException"/>.</summary>
    public void Run(OttlContext context)
    {
        if (_condition is null || _condition(context) is true)
        {
            _action(context);
        }
    }
}

/// <summary>Finds the context of texts that do not name one: that of the innermost thing their paths begin with.</summary>
public static class OttlScope
{
    /// <summary>Null when no path says; throws <see cref="OttlSyntaxException"/> for a text that cannot be read.</summary>
    public static OttlContextKind? Infer(IEnumerable<string> texts)
    {
        OttlContextKind? innermost = null;
        foreach (var text in texts)
        {
            foreach (var (first, second, _) in OttlParser.PathsIn(text))
            {
                if (second is not null && OttlPaths.KindOf(first) is { } kind && (innermost is null || kind > innermost))
                {
                    innermost = kind;
                }
            }
        }

        return innermost;
    }

    internal static (OttlContextKind Kind, OttlPaths Paths) Of(IEnumerable<string> texts, OttlContextKind? kind, bool needsPrefix = false)
    {
        var chosen = kind ?? Infer(texts) ?? OttlContextKind.Span;
        return (chosen, new OttlPaths(chosen, mayOmitPrefix: kind is not null && !needsPrefix));
    }
}

/// <summary>Applies <c>error_mode</c>, and says at most once a minute and text what went wrong.</summary>
internal sealed class OttlErrors(string component, OttlErrorMode mode, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan s_quiet = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, (long At, long Count)> _said = [];
    private readonly Lock _gate = new();

    public OttlErrorMode Mode => mode;

    /// <summary>True when the failure was dealt with, false when it is to go on.</summary>
    public bool Handle(string text, OttlException fault, OttlErrorMode? own = null)
    {
        var applied = own ?? mode;
        if (applied == OttlErrorMode.Propagate)
        {
            return false;
        }

        if (applied == OttlErrorMode.Ignore)
        {
            long count;
            lock (_gate)
            {
                var known = _said.TryGetValue(text, out var last);
                count = last.Count + 1;
                var isTime = !known || clock.GetElapsedTime(last.At) >= s_quiet;
                _said[text] = (isTime ? clock.GetTimestamp() : last.At, isTime ? 0 : count);
                if (!isTime)
                {
                    return true;
                }
            }

            logger.OttlFailed(component, text, fault.Message, count);
        }

        return true;
    }
}
