using Clew.Query.Evaluation;
using Clew.Query.Scan;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Search;

/// <summary>
/// What the columns can tell about a pipeline: conditions on spans, and which of them a trace must meet to have a chance. Everything here
/// errs on the side of too many traces; the second phase decides.
/// </summary>
internal sealed class SearchPlan
{
    private readonly List<FieldExpression> _expressions = [];

    private SearchPlan(Pipeline pipeline)
    {
        (Needed, Result) = OfPipeline(pipeline);
        Conditions = _expressions.ConvertAll(Condition.Of);
    }

    /// <summary>Conditions that spans meet or not; everything else refers to them by number.</summary>
    public List<Condition> Conditions { get; }

    /// <summary>What a trace must have.</summary>
    public TraceFormula Needed { get; }

    /// <summary>The conditions of which every span of the answer meets at least one: the window is asked of those spans.</summary>
    public IReadOnlySet<int> Result { get; }

    /// <summary>
    /// True when one condition decides alone which traces have a chance. Row groups can then be searched one by one.
    /// </summary>
    public bool IsSingle => Needed is TraceFormula.Has { Condition: var only } && Result.Contains(only) && Result.Count == 1;

    public static SearchPlan Of(Pipeline pipeline) => new(pipeline);

    private (TraceFormula Needed, IReadOnlySet<int> Result) OfPipeline(Pipeline pipeline)
    {
        var needed = new List<TraceFormula>();
        IReadOnlySet<int>? result = null;
        FieldExpression? condition = null;
        foreach (var stage in pipeline.Stages)
        {
            switch (stage)
            {
                // Filters in a row leave spans that meet all of them, whatever grouping or counting stands between.
                case SpansetStage { Expression: SpansetFilter filter }:
                    condition = condition is null ? filter.Condition : new FieldBinary(BinaryOperator.And, condition, filter.Condition);
                    break;
                case SpansetStage { Expression: var expression }:
                    var (ofExpression, resultOfExpression) = OfExpression(expression);
                    needed.Add(ofExpression);
                    result = resultOfExpression;
                    break;
                case ScalarFilter scalar when Sources(scalar) is { Count: > 0 } sources:
                    var parts = sources.ConvertAll(source => OfPipeline(source.Source));
                    needed.Add(TraceFormula.AnyOf(parts.ConvertAll(static part => part.Needed)));
                    result = Union(parts.ConvertAll(static part => part.Result));
                    break;
            }
        }

        if (condition is not null)
        {
            var index = Add(condition);
            needed.Add(new TraceFormula.Has(index));
            result = new HashSet<int> { index };
        }

        if (result is null)
        {
            var every = Add(new Literal(StaticValue.True));
            return (new TraceFormula.Has(every), new HashSet<int> { every });
        }

        return (TraceFormula.AllOf(needed), result);
    }

    private (TraceFormula Needed, IReadOnlySet<int> Result) OfExpression(SpansetExpression expression)
    {
        switch (expression)
        {
            case SpansetFilter filter:
                var index = Add(filter.Condition);
                return (new TraceFormula.Has(index), new HashSet<int> { index });
            case SpansetPipeline pipeline:
                return OfPipeline(pipeline.Pipeline);
            case SpansetBinary binary:
                return OfBinary(binary);
            default:
                // A negation may hold for any trace, with all of its spans.
                var every = Add(new Literal(StaticValue.True));
                return (new TraceFormula.Has(every), new HashSet<int> { every });
        }
    }

    private (TraceFormula Needed, IReadOnlySet<int> Result) OfBinary(SpansetBinary binary)
    {
        if (binary.Operator == SpansetOperator.And && SpansetFacts.OnlyDecides(binary.Left) != SpansetFacts.OnlyDecides(binary.Right))
        {
            return OfExpression(SpansetFacts.OnlyDecides(binary.Left) ? binary.Right : binary.Left);
        }

        if (binary.Operator.IsStructural() && binary.Operator.Form() == StructuralForm.Negated)
        {
            return OfExpression(binary.Right);
        }

        var (left, resultOfLeft) = OfExpression(binary.Left);
        var (right, resultOfRight) = OfExpression(binary.Right);
        if (binary.Operator == SpansetOperator.Or)
        {
            return (TraceFormula.AnyOf([left, right]), Union([resultOfLeft, resultOfRight]));
        }

        var both = TraceFormula.AllOf([left, right]);
        return binary.Operator.IsStructural() && binary.Operator.Form() == StructuralForm.Plain
            ? (both, resultOfRight)
            : (both, Union([resultOfLeft, resultOfRight]));
    }

    private static List<ScalarPipeline> Sources(ScalarFilter filter)
    {
        var sources = new List<ScalarPipeline>();
        Collect(filter.Left);
        Collect(filter.Right);
        return sources;

        void Collect(ScalarExpression expression)
        {
            switch (expression)
            {
                case ScalarPipeline pipeline:
                    sources.Add(pipeline);
                    break;
                case ScalarBinary binary:
                    Collect(binary.Left);
                    Collect(binary.Right);
                    break;
            }
        }
    }

    private static HashSet<int> Union(List<IReadOnlySet<int>> sets)
    {
        var union = new HashSet<int>();
        foreach (var set in sets)
        {
            union.UnionWith(set);
        }

        return union;
    }

    private int Add(FieldExpression condition)
    {
        var index = _expressions.IndexOf(condition);
        if (index < 0)
        {
            index = _expressions.Count;
            _expressions.Add(condition);
        }

        return index;
    }
}
