using Clew.TraceQL;
using Clew.TraceQL.Completion;
using Clew.TraceQL.Syntax;

namespace Clew.Api.V1.Editor;

/// <summary>The language's analysis of a text in the form that editors get.</summary>
internal static class QueryReports
{
    public static QueryReport Of(string text, int cursor)
    {
        var analysis = TraceQl.Analyze(text, cursor);
        var parsed = string.IsNullOrWhiteSpace(text) ? null : TraceQl.Parse(text);
        return new QueryReport(
            parsed?.Root?.Body switch
            {
                SearchQuery => "search",
                MetricsQuery => "metrics",
                _ => null,
            },
            parsed?.Root?.ToString(),
            [.. analysis.Tokens.Select(static token => new TokenReport(token.Class, token.Range.Start, token.Range.End))],
            [.. analysis.Diagnostics.Select(Diagnostic)],
            Completion(analysis.Completion),
            Filter(parsed?.Root, text));
    }

    private static DiagnosticReport Diagnostic(Diagnostic found) => new(
        found.Severity, found.Phase, found.Message, found.Range.Start, found.Range.End, found.Line, found.Column, [.. found.Expected], found.Suggestion, found.ToText());

    private static CompletionReport Completion(CompletionContext completion) => new(
        completion.Situation,
        completion.Replace.Start,
        completion.Replace.End,
        completion.Prefix,
        [.. completion.Items.Select(static item => new ProposalReport(item.Kind, item.Label, item.Insert, item.Detail))],
        completion.Situation is CompletionSituation.AttributeName or CompletionSituation.Field or CompletionSituation.FieldArgument ? ScopeName(completion.Scope) : null,
        completion.OfParent,
        completion.Field?.ToString(),
        completion.Hint,
        completion.Filter?.ToString());

    private static string ScopeName(FieldScope scope) => scope is FieldScope.Any ? "any" : scope.ToString().ToLowerInvariant();

    /// <summary>The filter that a query begins with. Of a metrics query the one of its pipeline.</summary>
    private static FilterReport? Filter(TraceQL.Syntax.Query? query, string text)
    {
        var pipeline = query?.Body switch
        {
            SearchQuery search => search.Pipeline,
            MetricsQuery { Expression: MetricsPipeline metrics } => metrics.Source,
            MetricsQuery { Expression: StagedMetrics { Input: MetricsPipeline metrics } } => metrics.Source,
            _ => null,
        };
        if (pipeline?.Stages is not [SpansetStage { Expression: SpansetFilter filter }, ..])
        {
            return null;
        }

        var conditions = new List<ConditionReport>();
        if (filter.Condition is not Literal { Value: var literal } || literal != StaticValue.True)
        {
            Split(filter.Condition, text, conditions);
        }

        return new FilterReport(filter.Range.Start, filter.Range.End, conditions);
    }

    private static void Split(FieldExpression expression, string text, List<ConditionReport> conditions)
    {
        var written = text[expression.Range.Start..expression.Range.End];
        if (expression is FieldBinary { Operator: BinaryOperator.And } and && and.Left.Range.Length > 0 && and.Right.Range.Length > 0 && IsBare(and, text))
        {
            Split(and.Left, text, conditions);
            Split(and.Right, text, conditions);
            return;
        }

        conditions.Add(expression is FieldBinary { Left: FieldReference field, Right: Literal { Value: var value } } comparison && comparison.Operator is >= BinaryOperator.Equal and <= BinaryOperator.NotMatch
            ? new ConditionReport(expression.Range.Start, expression.Range.End, written, field.ToString(), comparison.Operator.Text(), Plain(value), value.Type.ToString().ToLowerInvariant())
            : new ConditionReport(expression.Range.Start, expression.Range.End, written, null, null, null, null));
    }

    // Without parentheses around a side: what stands between the two is the operator alone.
    private static bool IsBare(FieldBinary and, string text) => text[and.Left.Range.End..and.Right.Range.Start].Trim() == "&&";

    private static string Plain(in StaticValue value) => value.Type == StaticType.String ? value.AsString : value.ToString();
}
