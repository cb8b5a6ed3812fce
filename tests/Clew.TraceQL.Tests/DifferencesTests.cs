using Clew.TraceQL.Analysis;
using Clew.TraceQL.Syntax;

namespace Clew.TraceQL.Tests;

/// <summary>One test per difference of the language that <c>docs/traceql-differences.md</c> lists.</summary>
public sealed class DifferencesTests
{
    [Theory]
    [InlineData("{ .a } | min(.x) < max(duration)")]
    [InlineData("{ .a } | max(.x) - min(.x) > 3")]
    [InlineData("{ .a } | count() % 2 = 0")]
    [InlineData("2 < count()")]
    public void Aggregates_are_compared_with_aggregates(string query) => AssertAnswered(query);

    [Theory]
    [InlineData("({ .a } | count()) > 2")]
    [InlineData("({ .a } | count()) + ({ .b } | avg(duration)) = 2")]
    [InlineData("({ .a } | count()) / ({ .b } | count()) > ({ .c } | count())")]
    public void Numbers_come_from_pipelines_of_their_own(string query) => AssertAnswered(query);

    [Theory]
    [InlineData("{ parent.a = 1 }")]
    [InlineData("{ parent.resource.service.name != resource.service.name }")]
    [InlineData("{ parent.span.a = span.a }")]
    [InlineData("{ parent.duration > 1s }")]
    [InlineData("{} | rate() by (parent.name)")]
    public void Fields_of_the_parent_are_answered(string query) => AssertAnswered(query);

    [Fact]
    public void Parent_itself_is_only_compared_with_nil()
    {
        AssertAnswered("{ parent = nil }");
        AssertAnswered("{ nil != parent }");
        Assert.Equal(DiagnosticPhase.Validate, TraceQl.Parse("{ parent }").Error?.Phase);
        Assert.Equal(DiagnosticPhase.Validate, TraceQl.Parse("{ 1 >= parent }").Error?.Phase);
    }

    [Fact]
    public void Metrics_take_up_to_32_labels()
    {
        static string Query(int labels) => $"{{}} | rate() by ({string.Join(", ", Enumerable.Range(0, labels).Select(i => $".a{i}"))})";
        AssertAnswered(Query(TraceQlLimits.MaxMetricsGroupBy));
        Assert.Contains("at most 32 fields", TraceQl.Parse(Query(TraceQlLimits.MaxMetricsGroupBy + 1)).ErrorText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("!({ .a })")]
    [InlineData("{ .a } && !({ .b } >> { .c })")]
    [InlineData("{ .a } && !({ .b } | count() > 2)")]
    public void Traces_without_something_are_found(string query) => AssertAnswered(query);

    [Theory]
    [InlineData("{ .a } | sort(duration desc)")]
    [InlineData("{ .a } | sort(start asc, spans, errors, matched)")]
    [InlineData("{ .a } | sort(span:duration, .size asc) | select(name)")]
    public void Answers_are_sorted(string query) => AssertAnswered(query);

    [Fact]
    public void Bare_duration_in_a_sort_is_the_trace_s()
    {
        var keys = ((Sort)((SearchQuery)TraceQl.Parse("{} | sort(duration, span:duration)").Root!.Body).Pipeline.Stages[1]).Keys;
        Assert.Equal(SortKeyKind.Duration, keys[0].Kind);
        Assert.Equal(new IntrinsicRef(Intrinsic.Duration), keys[1].Field);
    }

    [Theory]
    [InlineData("{ .a } | p95(duration) > 1s", 0.95)]
    [InlineData("{ .a } | p5(duration) > 1s", 0.05)]
    [InlineData("{ .a } | p999(duration) > 1s", 0.999)]
    [InlineData("{ .a } | p9999(duration) > 1s", 0.9999)]
    [InlineData("{ .a } | median(duration) > 1s", 0.5)]
    [InlineData("{ .a } | quantile(duration, 0.25) > 1s", 0.25)]
    public void Percentiles_of_a_trace_are_aggregates(string query, double quantile)
    {
        var filter = (ScalarFilter)((SearchQuery)TraceQl.Parse(query).Root!.Body).Pipeline.Stages[1];
        Assert.Equal(quantile, ((Aggregate)filter.Left).Quantile);
    }

    [Theory]
    [InlineData("{ .a } | stddev(duration) > avg(duration)")]
    [InlineData("{ .a } | variance(.x) > 2")]
    public void Statistics_of_a_trace_are_aggregates(string query) => AssertAnswered(query);

    [Theory]
    [InlineData("{ .a } >> ({ .b } | count() > 2)")]
    [InlineData("({ .a } | count() > 2) >> ({ .b } | count() > 2) | select(.c)")]
    [InlineData("({ .a } | count() > 2) | { .b }")]
    public void Pipelines_and_spansets_combine_freely(string query) => AssertAnswered(query);

    [Theory]
    [InlineData("status", Intrinsic.Status)]
    [InlineData("kind", Intrinsic.Kind)]
    [InlineData("duration", Intrinsic.Duration)]
    [InlineData("name", Intrinsic.Name)]
    [InlineData("statusMessage", Intrinsic.StatusMessage)]
    public void Unscoped_names_fall_back_to_intrinsics(string name, Intrinsic intrinsic)
    {
        Assert.Equal(intrinsic, new AttributeRef(FieldScope.Any, name).FallbackIntrinsic);
        Assert.Equal(intrinsic, new AttributeRef(FieldScope.Any, name, OfParent: true).FallbackIntrinsic);
        Assert.Null(new AttributeRef(FieldScope.Span, name).FallbackIntrinsic);
    }

    [Theory]
    [InlineData("{ .x = maxInt + 1 }", "{ .x = 9.223372036854776E+18 }")]
    [InlineData("{ .x = 3s / 2s }", "{ .x = 1.5 }")]
    [InlineData("{ .x = 1h * 1h }", "{ .x = 1.296E+25 }")]
    public void Literal_arithmetic_does_not_wrap(string query, string canonical) => Assert.Equal(canonical, TraceQl.Parse(query).Root?.ToString());

    [Fact]
    public void Half_typed_conditions_are_dropped_one_by_one()
    {
        Assert.Equal("{ .a = 1 }", TraceQl.ParseLenientFilter("{ .a = 1 && .b =~ \"[")?.ToString());
        Assert.Equal("{ .a = 1 }", TraceQl.ParseLenientFilter("{ .a = 1 && .b }")?.ToString());
        Assert.Equal("{ .a = 1 }", TraceQl.ParseLenientFilter("{ .a = 1 && status = \"err")?.ToString());
    }

    [Fact]
    public void Bare_numbers_of_tags_match_numbers_and_text() =>
        Assert.Equal("{ (.code = `500`) || (.code = 500) }", TraceQl.ParseTags("code=500").Root?.ToString());

    [Fact]
    public void Duration_bounds_of_tags_include_their_ends() => Assert.Equal(
        "{ ((.a = `b`) && (traceDuration >= 1s)) && (traceDuration <= 2s) }",
        TraceQl.ParseTags("a=b", 1_000_000_000, 2_000_000_000).Root?.ToString());

    [Fact]
    public void Too_many_tags_are_refused()
    {
        var tags = Enumerable.Range(0, TraceQlLimits.MaxTags + 1).Select(i => new KeyValuePair<string, string?>($"k{i}", "v")).ToList();
        Assert.Equal("invalid tags: 65 tags are too many; use at most 64", TraceQl.ParseTags(tags, null, null).ErrorText);
    }

    [Fact]
    public void Compare_takes_no_part_in_arithmetic() => Assert.Equal(
        "`compare()` cannot be used with arithmetic",
        TraceQl.Parse("({} | compare({ .a })) + 1").Error?.Message);

    [Fact]
    public void Errors_say_where_and_what_to_do()
    {
        var error = TraceQl.Parse("{ .a = 1 &&\n  status = \"error\" }").Error!;
        Assert.Equal((2, 3), (error.Line, error.Column));
        Assert.Equal(
            "invalid TraceQL query: binary operations must operate on the same type: status = `error`\nat line 2, col 3: write error without quotes",
            error.ToText());
    }

    [Fact]
    public void Fields_of_a_query_are_listed_once_in_order()
    {
        var query = TraceQl.Parse("{ .a = 1 } >> { span:name = \"x\" && .a = 2 } | by(resource.b) | max(duration) > 1s | select(name, .c)").Root!;
        Assert.Equal(".a name resource.b duration .c", string.Join(' ', QueryFields.In(query)));
        Assert.Equal(
            ".a duration .b",
            string.Join(' ', QueryFields.In(TraceQl.Parse("({ .a } | max_over_time(duration) by(.b)) / 2 > 1").Root!)));
    }

    [Fact]
    public void Hints_are_read_by_type_first_of_the_right_one()
    {
        var query = TraceQl.Parse("{} with(sample=true, sample=0.5, exemplars=10, x=\"y\", d=1s, exemplars=20)").Root!;
        Assert.True(query.HintBool("sample"));
        Assert.Equal(0.5, query.HintFloat("sample"));
        Assert.Equal(10, query.HintInt("exemplars"));
        Assert.Equal(10, query.HintFloat("exemplars"));
        Assert.Equal("y", query.HintString("x"));
        Assert.Equal(1_000_000_000, query.HintDurationNanos("d"));
        Assert.Null(query.HintBool("exemplars"));
        Assert.Null(query.HintInt("unknown"));
    }

    private static void AssertAnswered(string query) => Assert.Null(TraceQl.Parse(query).ErrorText);
}
