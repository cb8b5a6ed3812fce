using Clew.TraceQL.Syntax;

namespace Clew.TraceQL.Completion;

/// <summary>The proposals that the language itself can make.</summary>
internal static class Proposals
{
    private static readonly CompletionItem[] Queries =
    [
        new(CompletionItemKind.Query, "{ }", "{ }", "all traces"),
        new(CompletionItemKind.Query, "{ status = error }", "{ status = error }", "traces with errors"),
        new(CompletionItemKind.Query, "{ resource.service.name = \"…\" }", "{ resource.service.name = \"\" }", "traces through a service"),
        new(CompletionItemKind.Query, "{ } | sort(duration desc)", "{ } | sort(duration desc)", "slowest traces first"),
        new(CompletionItemKind.Query, "{ } | rate()", "{ } | rate()", "spans per second"),
    ];

    private static readonly CompletionItem[] Scopes =
    [
        .. TokenFacts.Scopes.Keys.Order(StringComparer.Ordinal).Select(static s => new CompletionItem(CompletionItemKind.Scope, $"{s}.", $"{s}.")),
        new(CompletionItemKind.Scope, ".", ".", "any scope"),
        new(CompletionItemKind.Scope, "parent.", "parent.", "the parent span"),
    ];

    // Both spellings, the canonical first: people type either.
    private static readonly CompletionItem[] Intrinsics =
    [
        .. IntrinsicFacts.Spellings.Select(static s =>
            new CompletionItem(CompletionItemKind.Intrinsic, s.Text, s.Text, TypeName(s.Intrinsic))),
    ];

    private static readonly CompletionItem[] Comparisons = Operators("=", "!=", "<", "<=", ">", ">=");

    private static readonly CompletionItem[] Logical = Operators("&&", "||");

    private static readonly CompletionItem[] SpansetOperators =
    [
        .. Enum.GetValues<SpansetOperator>().Select(static op =>
            new CompletionItem(CompletionItemKind.Operator, op.Text(), op.Text() + " ", Explain(op))),
        new(CompletionItemKind.Operator, "|", "| ", "next stage"),
        new(CompletionItemKind.Function, "with", "with(", "hints"),
    ];

    private static readonly CompletionItem[] Aggregates =
    [
        Function("count()", "count()", "number of spans"),
        Function("min", "min(", "least value"), Function("max", "max(", "greatest value"), Function("avg", "avg(", "mean"),
        Function("sum", "sum(", "sum"), Function("quantile", "quantile(", "quantile(field, 0.95)"), Function("p95", "p95(", "95th percentile"),
        Function("median", "median(", "50th percentile"), Function("stddev", "stddev(", "standard deviation"),
        Function("variance", "variance(", "variance"),
    ];

    private static readonly CompletionItem[] Stages =
    [
        Function("by", "by(", "one spanset per value"), Function("select", "select(", "more fields in the answer"),
        Function("coalesce()", "coalesce()", "one spanset again"), Function("sort", "sort(", "order of the answer"),
    ];

    private static readonly CompletionItem[] MetricsFunctions =
    [
        Function("rate()", "rate()", "spans per second"), Function("count_over_time()", "count_over_time()", "spans per step"),
        Function("min_over_time", "min_over_time("), Function("max_over_time", "max_over_time("), Function("avg_over_time", "avg_over_time("),
        Function("sum_over_time", "sum_over_time("), Function("quantile_over_time", "quantile_over_time(", "quantile_over_time(duration, 0.95)"),
        Function("histogram_over_time", "histogram_over_time(", "buckets of powers of two"),
        Function("compare", "compare({ ", "selection against the rest"),
    ];

    private static readonly CompletionItem[] Ranks =
        [Function("topk", "topk(", "greatest series"), Function("bottomk", "bottomk(", "least series")];

    private static readonly CompletionItem[] SortKeys =
    [
        new(CompletionItemKind.Name, "duration", "duration", "of the trace"), new(CompletionItemKind.Name, "start", "start", "of the trace"),
        new(CompletionItemKind.Name, "spans", "spans", "spans of the trace"), new(CompletionItemKind.Name, "errors", "errors", "spans with status error"),
        new(CompletionItemKind.Name, "matched", "matched", "spans that matched"),
    ];

    private static readonly CompletionItem[] Directions =
        [new(CompletionItemKind.Keyword, "desc", "desc", "greatest first"), new(CompletionItemKind.Keyword, "asc", "asc", "least first")];

    private static readonly CompletionItem[] Hints =
    [
        Hint("most_recent", "search: newest first"), Hint("sample", "metrics: sampling"), Hint("span_sample", "metrics: share of spans"),
        Hint("trace_sample", "metrics: share of traces"), Hint("exemplars", "metrics: on, off or a number"),
        Hint("extrapolate", "metrics: scale by sampling probability"),
    ];

    private static readonly CompletionItem[] Booleans = Keywords("true", "false");

    public static IEnumerable<CompletionItem> For(CompletionSituation situation, FieldReference? field, string? hint) => situation switch
    {
        CompletionSituation.Empty => Queries,
        CompletionSituation.Spanset => [new(CompletionItemKind.Query, "{ }", "{ }"), .. Aggregates],
        CompletionSituation.SpansetOperator => SpansetOperators,
        CompletionSituation.Field => [.. Scopes, .. Intrinsics, .. Keywords("true", "false", "nil")],
        CompletionSituation.FieldArgument => [.. Scopes, .. Intrinsics],
        CompletionSituation.Operator => OperatorsFor(field),
        CompletionSituation.Value => ValuesOf(field),
        CompletionSituation.LogicalOperator => Logical,
        CompletionSituation.PipelineFunction => [.. Stages, .. Aggregates, .. MetricsFunctions],
        CompletionSituation.Comparison => Comparisons,
        CompletionSituation.MetricsStage => [Function("by", "by(", "labels"), Function("|", "| ", "second stage"), .. Comparisons, Function("with", "with(", "hints")],
        CompletionSituation.SecondStage => Ranks,
        CompletionSituation.SortKey => [.. SortKeys, .. Scopes, .. Intrinsics.Where(static item => item.Label != "duration")],
        CompletionSituation.SortDirection => Directions,
        CompletionSituation.HintName => Hints,
        CompletionSituation.HintValue => hint is "most_recent" or "sample" or "exemplars" or "extrapolate" ? Booleans : [],
        _ => [],
    };

    private static CompletionItem[] OperatorsFor(FieldReference? field)
    {
        var type = field is IntrinsicRef intrinsic ? intrinsic.Intrinsic.Type() : StaticType.Dynamic;
        return type switch
        {
            StaticType.Status or StaticType.Kind or StaticType.Nil => Operators("=", "!="),
            StaticType.String => [.. Comparisons, .. Operators("=~", "!~")],
            StaticType.Dynamic => [.. Comparisons, .. Operators("=~", "!~", "+", "-", "*", "/", "%", "^"), .. Logical],
            _ => [.. Comparisons, .. Operators("+", "-", "*", "/", "%", "^")],
        };
    }

    private static CompletionItem[] ValuesOf(FieldReference? field) => field switch
    {
        IntrinsicRef { Intrinsic: Intrinsic.Status } => Keywords("error", "ok", "unset"),
        IntrinsicRef { Intrinsic: Intrinsic.Kind } => Keywords("server", "client", "producer", "consumer", "internal", "unspecified"),
        IntrinsicRef { Intrinsic: Intrinsic.Duration or Intrinsic.TraceDuration or Intrinsic.EventTimeSinceStart } =>
            Keywords("1ms", "10ms", "100ms", "1s", "10s"),
        IntrinsicRef { Intrinsic: Intrinsic.NestedSetParent } => [new(CompletionItemKind.Keyword, "-1", "-1", "roots")],
        IntrinsicRef { Intrinsic: Intrinsic.Parent } => Keywords("nil"),
        AttributeRef => Keywords("nil", "true", "false"),
        _ => [],
    };

    private static CompletionItem Function(string label, string insert, string? detail = null) =>
        new(CompletionItemKind.Function, label, insert, detail);

    private static CompletionItem Hint(string name, string detail) => new(CompletionItemKind.Hint, name, name + "=", detail);

    private static CompletionItem[] Operators(params ReadOnlySpan<string> texts)
    {
        var items = new CompletionItem[texts.Length];
        for (var i = 0; i < texts.Length; i++)
        {
            items[i] = new(CompletionItemKind.Operator, texts[i], texts[i] + " ");
        }

        return items;
    }

    private static CompletionItem[] Keywords(params ReadOnlySpan<string> texts)
    {
        var items = new CompletionItem[texts.Length];
        for (var i = 0; i < texts.Length; i++)
        {
            items[i] = new(CompletionItemKind.Keyword, texts[i], texts[i]);
        }

        return items;
    }

    private static string TypeName(Intrinsic intrinsic) =>
        intrinsic == Intrinsic.Parent ? "the parent span" : intrinsic.Type().ToString().ToLowerInvariant();

    private static string Explain(SpansetOperator op)
    {
        var relation = op.Relation() switch
        {
            SpansetOperator.And => "both found in the trace",
            SpansetOperator.Or => "either found in the trace",
            SpansetOperator.Child => "children",
            SpansetOperator.Parent => "parents",
            SpansetOperator.Descendant => "descendants",
            SpansetOperator.Ancestor => "ancestors",
            _ => "siblings",
        };
        return op.Form() switch
        {
            StructuralForm.Negated => $"not {relation}",
            StructuralForm.Union => $"{relation}, and what they belong to",
            _ => relation,
        };
    }
}
