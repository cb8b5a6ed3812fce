using Clew.TraceQL.Completion;
using Clew.TraceQL.Syntax;

namespace Clew.TraceQL.Tests;

/// <summary>A broken bar in the text is the cursor.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("¦", CompletionSituation.Empty)]
    [InlineData("  ¦", CompletionSituation.Empty)]
    [InlineData("ra¦", CompletionSituation.Empty)]
    [InlineData("{¦", CompletionSituation.Field)]
    [InlineData("{ ¦}", CompletionSituation.Field)]
    [InlineData("{ sp¦", CompletionSituation.Field)]
    [InlineData("{ span:¦", CompletionSituation.Field)]
    [InlineData("{ span:du¦", CompletionSituation.Field)]
    [InlineData("{ !¦", CompletionSituation.Field)]
    [InlineData("{ (¦", CompletionSituation.Field)]
    [InlineData("{ .a = 1 && ¦ }", CompletionSituation.Field)]
    [InlineData("{ .a = 1 && (.b = 2 || ¦", CompletionSituation.Field)]
    [InlineData("{ .¦", CompletionSituation.AttributeName)]
    [InlineData("{ span.¦ }", CompletionSituation.AttributeName)]
    [InlineData("{ span.http.me¦ = 1 }", CompletionSituation.AttributeName)]
    [InlineData("{ parent.resource.¦", CompletionSituation.AttributeName)]
    [InlineData("{ .a = resource.¦", CompletionSituation.AttributeName)]
    [InlineData("{ .a ¦", CompletionSituation.Operator)]
    [InlineData("{ duration ¦ }", CompletionSituation.Operator)]
    [InlineData("{ .a + 1 ¦", CompletionSituation.Operator)]
    [InlineData("{ .a =¦", CompletionSituation.Value)]
    [InlineData("{ .a = ¦ }", CompletionSituation.Value)]
    [InlineData("{ .a = \"¦\" }", CompletionSituation.Value)]
    [InlineData("{ .a = \"G¦", CompletionSituation.Value)]
    [InlineData("{ .a = \"G¦ET\" && .b = 1 }", CompletionSituation.Value)]
    [InlineData("{ status = er¦", CompletionSituation.Value)]
    [InlineData("{ status = error¦", CompletionSituation.Value)]
    [InlineData("{ duration > 1¦", CompletionSituation.Value)]
    [InlineData("{ .a = 1 ¦", CompletionSituation.LogicalOperator)]
    [InlineData("{ .a = 1 ¦ && .b = 2 }", CompletionSituation.LogicalOperator)]
    [InlineData("{ .a = \"x\" ¦}", CompletionSituation.LogicalOperator)]
    [InlineData("{ (.a = 1) ¦", CompletionSituation.LogicalOperator)]
    [InlineData("{ .a } ¦", CompletionSituation.SpansetOperator)]
    [InlineData("({ .a }) ¦", CompletionSituation.SpansetOperator)]
    [InlineData("{ .a } | by(name) ¦", CompletionSituation.SpansetOperator)]
    [InlineData("{ .a } | count() > 2 ¦", CompletionSituation.SpansetOperator)]
    [InlineData("{ .a } >> ¦", CompletionSituation.Spanset)]
    [InlineData("{ .a } && (¦", CompletionSituation.Spanset)]
    [InlineData("!(¦", CompletionSituation.Spanset)]
    [InlineData("{ .a } | ¦", CompletionSituation.PipelineFunction)]
    [InlineData("{ .a } | ra¦", CompletionSituation.PipelineFunction)]
    [InlineData("{ .a } | coalesce() | ¦", CompletionSituation.PipelineFunction)]
    [InlineData("{ .a } | count() ¦", CompletionSituation.Comparison)]
    [InlineData("{ .a } | p95(duration) ¦", CompletionSituation.Comparison)]
    [InlineData("{ .a } | count() > ¦", CompletionSituation.None)]
    [InlineData("{ .a } | max(¦", CompletionSituation.Field)]
    [InlineData("{ .a } | by(¦)", CompletionSituation.Field)]
    [InlineData("{ .a } | select(¦", CompletionSituation.FieldArgument)]
    [InlineData("{ .a } | select(name, ¦)", CompletionSituation.FieldArgument)]
    [InlineData("{ .a } | select(name ¦)", CompletionSituation.None)]
    [InlineData("{ .a } | sort(¦)", CompletionSituation.SortKey)]
    [InlineData("{ .a } | sort(duration ¦)", CompletionSituation.SortDirection)]
    [InlineData("{ .a } | sort(duration de¦)", CompletionSituation.SortDirection)]
    [InlineData("{ .a } | sort(duration desc, ¦)", CompletionSituation.SortKey)]
    [InlineData("{ .a } | rate() ¦", CompletionSituation.MetricsStage)]
    [InlineData("{ .a } | rate() by(¦)", CompletionSituation.FieldArgument)]
    [InlineData("{ .a } | rate() by(.a, span.¦)", CompletionSituation.AttributeName)]
    [InlineData("{ .a } | rate() by(name) | ¦", CompletionSituation.SecondStage)]
    [InlineData("{ .a } | rate() | topk(¦", CompletionSituation.None)]
    [InlineData("{ .a } | rate() > ¦", CompletionSituation.None)]
    [InlineData("{ .a } | quantile_over_time(¦", CompletionSituation.FieldArgument)]
    [InlineData("{ .a } | compare(¦", CompletionSituation.Spanset)]
    [InlineData("{ .a } | compare({ ¦", CompletionSituation.Field)]
    [InlineData("({ .a } | rate()) ¦", CompletionSituation.MetricsStage)]
    [InlineData("{ .a } with(¦", CompletionSituation.HintName)]
    [InlineData("{ .a } with(sa¦", CompletionSituation.HintName)]
    [InlineData("{ .a } with(sample=¦", CompletionSituation.HintValue)]
    [InlineData("{ .a } with(sample=tr¦)", CompletionSituation.HintValue)]
    [InlineData("{ .a } with(sample=true, ¦)", CompletionSituation.HintName)]
    [InlineData("{ .a } // com¦", CompletionSituation.None)]
    [InlineData("{ /* com¦ */ }", CompletionSituation.None)]
    [InlineData("{ /* com */¦ }", CompletionSituation.Field)]
    [InlineData("{ nonsense ] .a = ¦ }", CompletionSituation.Value)]
    public void Cursor_is_in_the_situation(string marked, CompletionSituation situation) =>
        Assert.Equal(situation, Complete(marked).Situation);

    [Theory]
    [InlineData("{ span.http.me¦thod = 1 }", "http.me", "http.method")]
    [InlineData("{ span.¦ = 1 }", "", "")]
    [InlineData("{ status = er¦ }", "er", "er")]
    [InlineData("{ .a = \"G¦ET\" }", "G", "\"GET\"")]
    [InlineData("{ .a = \"G¦ && .b = 1 }", "G", "\"G")]
    [InlineData("{ dur¦ }", "dur", "dur")]
    [InlineData("{ span:du¦ }", "span:du", "span:du")]
    [InlineData("{ .a ¦ }", "", "")]
    [InlineData("{ .a } | ra¦", "ra", "ra")]
    public void Typed_part_is_prefix_and_replaced(string marked, string prefix, string replaced)
    {
        var context = Complete(marked);
        var text = marked.Replace("¦", "", StringComparison.Ordinal);
        Assert.Equal(prefix, context.Prefix);
        Assert.Equal(replaced, text[context.Replace.Start..context.Replace.End]);
    }

    [Theory]
    [InlineData("{ st¦", "status", "statusMessage")]
    [InlineData("{ span:s¦", "span:status", "span:statusMessage")]
    [InlineData("{ status = ¦", "error", "ok", "unset")]
    [InlineData("{ status ¦", "=", "!=")]
    [InlineData("{ name =~¦ }")]
    [InlineData("{} | top¦")]
    [InlineData("{} | rate() | ¦", "topk", "bottomk")]
    [InlineData("{} | q¦", "quantile", "quantile_over_time")]
    [InlineData(
        "{} | sort(s¦",
        "start",
        "spans",
        "span.",
        "span:duration",
        "span:name",
        "status",
        "span:status",
        "statusMessage",
        "span:statusMessage",
        "span:kind",
        "span:id",
        "span:parentID",
        "span:childCount")]
    [InlineData("{} with(most¦", "most_recent")]
    [InlineData("{} with(sample=¦", "true", "false")]
    public void Language_proposes(string marked, params string[] labels) =>
        Assert.Equal(labels, Complete(marked).Items.Select(item => item.Label));

    [Theory]
    [InlineData("{ span.a = ¦", "span.a")]
    [InlineData("{ resource.service.name =~ \"x¦", "resource.service.name")]
    [InlineData("{ .b = 1 && name != ¦ }", "name")]
    [InlineData("{ .a ¦", ".a")]
    public void Field_of_the_condition_is_known(string marked, string field) =>
        Assert.Equal(field, Complete(marked).Field?.ToString());

    [Theory]
    [InlineData("{ span.a = ¦", null)]
    [InlineData("{ .a = 1 && .b = ¦ }", "{ .a = 1 }")]
    [InlineData("{ .a = 1 && .b = \"x¦\" && .c = 2 } | rate()", "{ (.a = 1) && (.c = 2) }")]
    [InlineData("{ .a = 1 && span.¦ }", "{ .a = 1 }")]
    [InlineData("{ .a = 1 && ¦", "{ .a = 1 }")]
    [InlineData("{ .z } >> { .a = 1 && (.b = ¦ || .c = 2) } && { .d = 1 }", "{ .a = 1 }")]
    public void Filter_is_what_stands_around_the_condition(string marked, string? filter) =>
        Assert.Equal(filter, Complete(marked).Filter?.ToString());

    [Fact]
    public void Attribute_names_know_their_scope()
    {
        var context = Complete("{ parent.resource.na¦");
        Assert.Equal((FieldScope.Resource, true, "na"), (context.Scope, context.OfParent, context.Prefix));
        context = Complete("{ .¦");
        Assert.Equal((FieldScope.Any, false, ""), (context.Scope, context.OfParent, context.Prefix));
        context = Complete("{ event.¦");
        Assert.Equal((FieldScope.Event, false, ""), (context.Scope, context.OfParent, context.Prefix));
    }

    [Fact]
    public void Tokens_have_classes()
    {
        const string text = "{ span.a = \"x\" && duration > 1.5s } | max(.b) >= 2 with(sample=true) // end";
        var tokens = TraceQl.Analyze(text, 0).Tokens;
        Assert.Equal(
            "Punctuation:{ Scope:span. Attribute:a Operator:= String:\"x\" Operator:&& Intrinsic:duration Operator:> Duration:1.5s Punctuation:} "
            + "Punctuation:| Function:max Punctuation:( Scope:. Attribute:b Punctuation:) Operator:>= Number:2 "
            + "Function:with Punctuation:( Name:sample Operator:= Keyword:true Punctuation:) Comment:// end",
            string.Join(' ', tokens.Select(token => $"{token.Class}:{text[token.Range.Start..token.Range.End]}")));
    }

    [Fact]
    public void Faults_are_reported_with_ranges()
    {
        var diagnostic = Assert.Single(TraceQl.Analyze("{ .a = 1 && staus = error }", 3).Diagnostics);
        Assert.Equal(new TextRange(12, 17), diagnostic.Range);
        Assert.Contains("did you mean status", diagnostic.Suggestion, StringComparison.Ordinal);
        Assert.Empty(TraceQl.Analyze("  ", 1).Diagnostics);
    }

    [Fact]
    public void All_errors_of_validation_are_reported()
    {
        var diagnostics = TraceQl.Analyze("{ 1 = \"a\" || -true } | by(3) | rate() by (parent)", 0).Diagnostics;
        Assert.Equal(4, diagnostics.Count(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
    }

    [Fact]
    public void Scope_behind_a_leading_dot_is_a_warning()
    {
        var result = TraceQl.Parse("{ .resource.x = 1 && .x.resource = 2 }");
        Assert.True(result.Success);
        var warning = Assert.Single(result.Diagnostics);
        Assert.Equal(DiagnosticSeverity.Warning, warning.Severity);
        Assert.Contains("resource.x", warning.Suggestion, StringComparison.Ordinal);
    }

    [Fact]
    public void Metrics_over_text_is_a_warning() =>
        Assert.Equal(DiagnosticSeverity.Warning, Assert.Single(TraceQl.Parse("{} | max_over_time(name)").Diagnostics).Severity);

    private static CompletionContext Complete(string marked)
    {
        var cursor = marked.IndexOf('¦', StringComparison.Ordinal);
        return TraceQl.Analyze(marked.Remove(cursor, 1), cursor).Completion;
    }
}
