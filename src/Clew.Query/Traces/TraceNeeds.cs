using Clew.TraceQL.Analysis;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Traces;

/// <summary>What of the spans of a trace a query looks at, so that the rest need not be read.</summary>
internal sealed class TraceNeeds
{
    private TraceNeeds()
    {
    }

    /// <summary>Parent links: structural operators, fields of parents, places in the tree.</summary>
    public bool Tree { get; private set; }

    public bool StatusMessage { get; private set; }

    /// <summary>Name and version of the instrumentation scope.</summary>
    public bool ScopeNames { get; private set; }

    /// <summary>Events or links as a whole: their names, times and ids.</summary>
    public bool Events { get; private set; }

    public bool Links { get; private set; }

    public HashSet<string> SpanKeys { get; } = [];

    public HashSet<string> ResourceKeys { get; } = [ResourceData.ServiceNameKey];

    public HashSet<string> ScopeKeys { get; } = [];

    public HashSet<string> EventKeys { get; } = [];

    public HashSet<string> LinkKeys { get; } = [];

    /// <summary>What a pipeline and its answer look at, and what further fields do.</summary>
    public static TraceNeeds Of(Pipeline pipeline, params IEnumerable<FieldReference> others)
    {
        var needs = new TraceNeeds { Tree = HasStructure(pipeline) };
        foreach (var field in QueryFields.In(pipeline).Concat(others))
        {
            needs.Add(field);
        }

        return needs;
    }

    private void Add(FieldReference field)
    {
        switch (field)
        {
            case AttributeRef attribute:
                Tree |= attribute.OfParent;
                Add(attribute);
                break;
            case IntrinsicRef { Intrinsic: var intrinsic }:
                Tree |= intrinsic is Intrinsic.SpanChildCount or Intrinsic.NestedSetLeft or Intrinsic.NestedSetRight or Intrinsic.NestedSetParent
                    or Intrinsic.Parent or Intrinsic.SpanParentId;
                StatusMessage |= intrinsic == Intrinsic.StatusMessage;
                ScopeNames |= intrinsic is Intrinsic.InstrumentationName or Intrinsic.InstrumentationVersion;
                Events |= intrinsic is Intrinsic.EventName or Intrinsic.EventTimeSinceStart;
                Links |= intrinsic is Intrinsic.LinkTraceId or Intrinsic.LinkSpanId;
                break;
        }
    }

    private void Add(AttributeRef attribute)
    {
        foreach (var (scope, keys) in (ReadOnlySpan<(FieldScope, HashSet<string>)>)
            [(FieldScope.Span, SpanKeys), (FieldScope.Resource, ResourceKeys), (FieldScope.Event, EventKeys), (FieldScope.Link, LinkKeys), (FieldScope.Instrumentation, ScopeKeys)])
        {
            if (attribute.Scope == scope || attribute.Scope == FieldScope.Any)
            {
                keys.Add(attribute.Name);
            }
        }

        StatusMessage |= attribute.FallbackIntrinsic == Intrinsic.StatusMessage;
    }

    private static bool HasStructure(Pipeline pipeline)
    {
        foreach (var stage in pipeline.Stages)
        {
            if (stage is SpansetStage { Expression: var expression } && HasStructure(expression)
                || stage is ScalarFilter filter && (HasStructure(filter.Left) || HasStructure(filter.Right)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasStructure(SpansetExpression expression) => expression switch
    {
        SpansetBinary binary => binary.Operator.IsStructural() || HasStructure(binary.Left) || HasStructure(binary.Right),
        SpansetNegation negation => HasStructure(negation.Operand),
        SpansetPipeline pipeline => HasStructure(pipeline.Pipeline),
        _ => false,
    };

    private static bool HasStructure(ScalarExpression expression) => expression switch
    {
        ScalarPipeline pipeline => HasStructure(pipeline.Source) || HasStructure(pipeline.Value),
        ScalarBinary binary => HasStructure(binary.Left) || HasStructure(binary.Right),
        _ => false,
    };
}
