namespace Clew.TraceQL.Syntax;

/// <summary>A whole query: what to find, and hints on how.</summary>
public sealed record Query(QueryBody Body, NodeList<Hint> Hints) : SyntaxNode
{
    /// <summary>The first hint of that name that is a bool; hints of the wrong type are ignored.</summary>
    public bool? HintBool(string name) => FirstHint(name, static v => v.Type == StaticType.Bool)?.AsBool;

    /// <summary>The first hint of that name that is an int.</summary>
    public long? HintInt(string name) => FirstHint(name, static v => v.Type == StaticType.Int)?.AsInt;

    /// <summary>The first hint of that name that is a float or an int.</summary>
    public double? HintFloat(string name) => FirstHint(name, static v => v.Type is StaticType.Float or StaticType.Int)?.AsNumber;

    /// <summary>The first hint of that name that is a duration, in nanoseconds.</summary>
    public long? HintDurationNanos(string name) => FirstHint(name, static v => v.Type == StaticType.Duration)?.AsDurationNanos;

    /// <summary>The first hint of that name that is a string.</summary>
    public string? HintString(string name) => FirstHint(name, static v => v.Type == StaticType.String)?.AsString;

    private StaticValue? FirstHint(string name, Func<StaticValue, bool> accepts)
    {
        foreach (var hint in Hints)
        {
            if (hint.Name == name && accepts(hint.Value))
            {
                return hint.Value;
            }
        }

        return null;
    }
}

/// <summary>What a query asks for: traces or series.</summary>
public abstract record QueryBody : SyntaxNode;

/// <summary>A search: spansets of traces.</summary>
public sealed record SearchQuery(Pipeline Pipeline) : QueryBody;

/// <summary>A metrics query: time series.</summary>
public sealed record MetricsQuery(MetricsExpression Expression) : QueryBody;

/// <summary>One hint of <c>with(name = value)</c>. Unknown ones are kept and ignored.</summary>
public sealed record Hint(string Name, StaticValue Value) : SyntaxNode;
