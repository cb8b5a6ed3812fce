using Clew.TraceQL.Syntax;

namespace Clew.TraceQL.Analysis;

/// <summary>
/// Checks that a parsed query means something. Sentences are Tempo's where Tempo has one; they end in the canonical form of
/// the part they are about. Errors come in the order of the text, inner ones before those around them.
/// </summary>
internal sealed partial class Validator
{
    /// <summary>Canonical text in a sentence is cut here: a generated query can be 100 kB.</summary>
    private const int MaxExpressionLength = 512;

    private readonly string _text;
    private readonly List<Diagnostic> _errors = [];
    private readonly List<Diagnostic> _hints = [];

    private Validator(string text) => _text = text;

    public static NodeList<Diagnostic> Validate(Query query, string text)
    {
        var validator = new Validator(text);
        validator.Check(query.Body);
        return [.. validator._errors, .. validator._hints];
    }

    /// <summary>Whether a filter by itself is one that can be evaluated.</summary>
    public static bool IsValid(SpansetFilter filter, string text)
    {
        var validator = new Validator(text);
        validator.CheckSpanset(filter);
        return validator._errors.Count == 0;
    }

    /// <summary>Whether the types within a field expression agree.</summary>
    public static bool IsValid(FieldExpression field, string text)
    {
        var validator = new Validator(text);
        validator.TypeOf(field);
        return validator._errors.Count == 0;
    }

    private void Check(QueryBody body)
    {
        switch (body)
        {
            case SearchQuery search:
                CheckPipeline(search.Pipeline, maySort: true);
                break;
            case MetricsQuery metrics:
                CheckMetrics(metrics.Expression);
                break;
        }
    }

    private void CheckPipeline(Pipeline pipeline, bool maySort)
    {
        Sort? sort = null;
        foreach (var stage in pipeline.Stages)
        {
            if (stage is Sort next)
            {
                CheckSort(next, maySort && sort is null);
                sort = next;
            }
            else if (sort is not null && stage is not Select)
            {
                Error(sort, $"sort() must be the last stage: {Text(sort)}", "only select() may follow it");
            }

            CheckStage(stage);
        }
    }

    private void CheckSort(Sort sort, bool isAllowed)
    {
        if (!isAllowed)
        {
            Error(sort, $"sort() orders the answer of a search and may stand in it once: {Text(sort)}", null);
        }

        foreach (var key in sort.Keys)
        {
            if (key.Field is not null)
            {
                CheckReference(key.Field);
            }
        }
    }

    private void CheckStage(PipelineStage stage)
    {
        switch (stage)
        {
            case SpansetStage spanset:
                CheckSpanset(spanset.Expression);
                break;
            case ScalarFilter filter:
                CheckScalar(filter.Left);
                CheckScalar(filter.Right);
                break;
            case GroupBy group:
                TypeOf(group.Key);
                if (!ReferencesSpan(group.Key))
                {
                    Error(group.Key, $"grouping field expressions must reference the span: {Text(group)}", "group by an attribute or an intrinsic");
                }

                break;
            case Select select:
                CheckReferences(select.Fields);
                break;
        }
    }

    private void CheckSpanset(SpansetExpression spanset)
    {
        switch (spanset)
        {
            case SpansetFilter filter:
                if (TypeOf(filter.Condition) is not (StaticType.Bool or StaticType.Dynamic))
                {
                    Error(
                        filter.Condition,
                        $"span filter field expressions must resolve to a boolean: {Text(filter)}",
                        "compare it with something");
                }

                break;
            case SpansetBinary binary:
                CheckSpanset(binary.Left);
                CheckSpanset(binary.Right);
                if (binary.Operator.IsStructural() && (binary.Left is SpansetNegation || binary.Right is SpansetNegation))
                {
                    Error(
                        binary,
                        $"a negated spanset cannot be a side of a structural operator: {Text(binary)}",
                        $"write {{ … }} !{binary.Operator.Relation().Text()} {{ … }} for spans without the relation");
                }

                break;
            case SpansetNegation negation:
                CheckSpanset(negation.Operand);
                break;
            case SpansetPipeline pipeline:
                CheckPipeline(pipeline.Pipeline, maySort: false);
                break;
        }
    }

    private void CheckScalar(ScalarExpression scalar)
    {
        switch (scalar)
        {
            case Aggregate aggregate:
                CheckAggregate(aggregate);
                break;
            case ScalarBinary binary:
                CheckScalar(binary.Left);
                CheckScalar(binary.Right);
                break;
            case ScalarPipeline pipeline:
                CheckPipeline(pipeline.Source, maySort: false);
                CheckScalar(pipeline.Value);
                break;
        }
    }

    private void CheckAggregate(Aggregate aggregate)
    {
        if (aggregate.Argument is null)
        {
            return;
        }

        var type = TypeOf(aggregate.Argument);
        if (type is not (StaticType.Int or StaticType.Float or StaticType.Duration or StaticType.Dynamic))
        {
            Error(aggregate, $"aggregate field expressions must resolve to a number type: {Text(aggregate)}", null);
        }
        else if (!ReferencesSpan(aggregate.Argument))
        {
            Error(aggregate, $"aggregate field expressions must reference the span: {Text(aggregate)}", "use an attribute or an intrinsic");
        }

        if (aggregate.Quantile is < 0 or > 1)
        {
            Error(aggregate, $"quantile must be between 0 and 1: {Text(aggregate)}", "0.95 is the 95th percentile");
        }
    }

    private void CheckMetrics(MetricsExpression metrics)
    {
        switch (metrics)
        {
            case MetricsPipeline pipeline:
                CheckPipeline(pipeline.Source, maySort: false);
                CheckFunction(pipeline.Function);
                break;
            case StagedMetrics staged:
                CheckMetrics(staged.Input);
                if (FindCompare(staged.Input) is { } compared)
                {
                    Error(compared, "`compare()` cannot be used with second stage functions", null);
                }

                foreach (var stage in staged.Stages)
                {
                    if (stage is RankStage { Limit: <= 0 })
                    {
                        Error(stage, "limit must be greater than 0", null);
                    }
                }

                break;
            case MetricsBinary binary:
                CheckMetrics(binary.Left);
                CheckMetrics(binary.Right);
                if ((FindCompare(binary.Left) ?? FindCompare(binary.Right)) is { } operand)
                {
                    Error(operand, "`compare()` cannot be used with arithmetic", null);
                }

                break;
        }
    }

    /// <summary>The function when the expression is one by itself; deeper ones have been reported at their own level.</summary>
    private static MetricsCompare? FindCompare(MetricsExpression metrics) => (metrics as MetricsPipeline)?.Function as MetricsCompare;

    private void CheckFunction(MetricsFunction function)
    {
        if (function is MetricsCompare compare)
        {
            CheckCompare(compare);
            return;
        }

        var aggregate = (MetricsAggregate)function;
        CheckReferences(aggregate.By);
        if (aggregate.Argument is { } argument)
        {
            CheckReference(argument);
            if (argument is IntrinsicRef { Intrinsic: var intrinsic and not Intrinsic.Parent }
                && intrinsic.Type() is not (StaticType.Int or StaticType.Float or StaticType.Duration))
            {
                Hint(argument, DiagnosticSeverity.Warning, $"{Text(argument)} is not a number, so {Text(aggregate)} has no samples", null);
            }
        }

        foreach (var quantile in aggregate.Quantiles)
        {
            if (quantile is < 0 or > 1)
            {
                Error(aggregate, $"quantile must be between 0 and 1: {Text(aggregate)}", "0.95 is the 95th percentile");
                break;
            }
        }
    }

    private void CheckCompare(MetricsCompare compare)
    {
        CheckSpanset(compare.Selection);
        if (compare.TopN is < 1 or > 1000)
        {
            Error(compare, "compare() top number of values must be an integer between 1 and 1000", null);
        }

        if (compare.StartUnixNano is <= 0 || compare.EndUnixNano is <= 0)
        {
            Error(compare, "compare() timestamps must be positive integer unix nanoseconds", null);
        }
        else if (compare.EndUnixNano <= compare.StartUnixNano)
        {
            Error(compare, "compare() end timestamp must be greater than start timestamp", null);
        }
    }

    private void CheckReferences(NodeList<FieldReference> fields)
    {
        foreach (var field in fields)
        {
            CheckReference(field);
        }
    }

    private void CheckReference(FieldReference field) => TypeOf(field);

    private static string Text(SyntaxNode node)
    {
        var text = node.ToString();
        return text.Length <= MaxExpressionLength ? text : text[..MaxExpressionLength] + "…";
    }

    private void Error(SyntaxNode at, string message, string? suggestion)
    {
        if (_errors.Count < TraceQlLimits.MaxDiagnostics)
        {
            _errors.Add(Make(at, DiagnosticSeverity.Error, message, suggestion));
        }
    }

    private void Hint(SyntaxNode at, DiagnosticSeverity severity, string message, string? suggestion)
    {
        if (_hints.Count < TraceQlLimits.MaxDiagnostics)
        {
            _hints.Add(Make(at, severity, message, suggestion));
        }
    }

    private Diagnostic Make(SyntaxNode at, DiagnosticSeverity severity, string message, string? suggestion)
    {
        var (line, column) = TextMap.Locate(_text, Math.Min(at.Range.Start, _text.Length));
        return new Diagnostic(severity, DiagnosticPhase.Validate, message, at.Range, line, column) { Suggestion = suggestion };
    }
}
