using Clew.TraceQL.Syntax;

namespace Clew.TraceQL.Completion;

/// <summary>What a bracket holds.</summary>
internal enum FrameKind : byte
{
    /// <summary>The whole text, or a parenthesis outside braces: spansets, stages, numbers.</summary>
    Expression,

    /// <summary>Braces.</summary>
    Filter,

    /// <summary>A parenthesis within a field expression, or the argument of an aggregate or of a pipeline's <c>by</c>.</summary>
    FieldGroup,

    /// <summary>A list of fields: <c>select</c>, <c>by</c> of metrics, metrics functions.</summary>
    FieldList,
    SortKeys,
    Hints,

    /// <summary>Only numbers stand here, or nothing.</summary>
    Closed,

    /// <summary><c>compare(</c>: a filter, then numbers.</summary>
    Compare,
}

/// <summary>How far the text has come within one bracket.</summary>
internal sealed class ContextFrame(FrameKind kind, int start)
{
    public FrameKind Kind { get; } = kind;

    /// <summary>Offset of the bracket.</summary>
    public int Start { get; } = start;

    /// <summary>Something is expected that can stand by itself; else an operator, a comma or the closing bracket.</summary>
    public bool ExpectsOperand { get; set; } = true;

    /// <summary>The field of the present condition.</summary>
    public FieldReference? Field { get; set; }

    /// <summary>Where the present condition starts.</summary>
    public int ConditionStart { get; set; } = -1;

    /// <summary>The comparison of the present condition; for a frame of hints, the <c>=</c>.</summary>
    public TokenKind? Comparison { get; set; }

    public string? Hint { get; set; }

    /// <summary>Directly behind <c>|</c>.</summary>
    public bool AfterPipe { get; set; }

    /// <summary>A metrics function stands in this expression.</summary>
    public bool IsMetrics { get; set; }

    /// <summary>The last thing was an aggregate.</summary>
    public bool AfterAggregate { get; set; }

    /// <summary>What the next parenthesis holds, set by the word before it.</summary>
    public FrameKind? NextGroup { get; set; }

    public void StartCondition(int at)
    {
        Field = null;
        Comparison = null;
        ConditionStart = at;
        ExpectsOperand = true;
    }
}
