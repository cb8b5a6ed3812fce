using System.Globalization;
using Clew.TraceQL.Syntax;
using CsCheck;

namespace Clew.TraceQL.Tests;

public sealed class LiteralTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("1y", 365L * 86_400_000_000_000)]
    [InlineData("2w3d", 17L * 86_400_000_000_000)]
    [InlineData("1d12h", 129_600_000_000_000)]
    [InlineData("1h30m", 5_400_000_000_000)]
    [InlineData("1m30s500ms", 90_500_000_000)]
    [InlineData("1.5s", 1_500_000_000)]
    [InlineData("0.000000001s", 1)]
    [InlineData("1.9999999999s", 1_999_999_999)]
    [InlineData(".5h", 1_800_000_000_000)]
    [InlineData("5us", 5_000)]
    [InlineData("5µs", 5_000)]
    [InlineData("5μs", 5_000)]
    [InlineData("7ns", 7)]
    [InlineData("1s1h", 3_601_000_000_000)]
    [InlineData("-3ms", -3_000_000)]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("9223372036854775807ns", long.MaxValue)]
    public void Duration_text_has_nanoseconds(string text, long nanos)
    {
        Assert.True(TraceQl.TryParseDuration(text, out var parsed));
        Assert.Equal(nanos, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("1d1w")]
    [InlineData("1.5d")]
    [InlineData("1d1us")]
    [InlineData("1h 30m")]
    [InlineData("1.2.3s")]
    [InlineData(".s")]
    [InlineData("1H")]
    [InlineData("300y")]
    [InlineData("9223372036854775808ns")]
    [InlineData("99999999999999999999h")]
    public void Other_text_is_no_duration(string text) => Assert.False(TraceQl.TryParseDuration(text, out _));

    [Fact]
    public void Printed_literal_reads_back() => Generators.NumericValue.Sample(
        value =>
        {
            var query = Parser.ParseQuery($"{{ .x = {value} }}");
            var condition = ((SpansetFilter)((SpansetStage)((SearchQuery)query.Body).Pipeline.Stages[0]).Expression).Condition;
            return ((Literal)((FieldBinary)condition).Right).Value == value;
        },
        writeLine: output.WriteLine,
        iter: 2000,
        threads: 1,
        print: value => value.ToString());

    [Theory]
    [InlineData("""{ .x = "a\tb" }""", "a\tb")]
    [InlineData("""{ .x = "\x41\102\u0043\U00000044" }""", "ABCD")]
    [InlineData("""{ .x = "\xc3\xa9\303\251" }""", "éé")]
    [InlineData("""{ .x = "\xff" }""", "\uFFFD")]
    [InlineData("""{ .x = "\a\b\f\n\r\v\\\"" }""", "\a\b\f\n\r\v\\\"")]
    [InlineData("{ .x = `a\\n\"b` }", "a\\n\"b")]
    [InlineData("{ .x = `a\r\nb` }", "a\nb")]
    [InlineData("""{ .x = "\U0001F600" }""", "😀")]
    public void String_literal_has_the_value(string query, string value)
    {
        var root = TraceQl.Parse(query).Root!;
        var condition = ((SpansetFilter)((SpansetStage)((SearchQuery)root.Body).Pipeline.Stages[0]).Expression).Condition;
        Assert.Equal(value, ((Literal)((FieldBinary)condition).Right).Value.AsString);
    }

    [Theory]
    [InlineData("."+"a", FieldScope.Any, "a", false)]
    [InlineData("span.http.method", FieldScope.Span, "http.method", false)]
    [InlineData("resource.\"a b\".c", FieldScope.Resource, "a b.c", false)]
    [InlineData("parent.a", FieldScope.Any, "a", true)]
    [InlineData("parent.span.a", FieldScope.Span, "a", true)]
    [InlineData("parent.resource.a", FieldScope.Resource, "a", true)]
    [InlineData("parent.event.a", FieldScope.Any, "event.a", true)]
    [InlineData(".\"a\\\"b\\\\c\"", FieldScope.Any, "a\"b\\c", false)]
    public void Field_text_names_the_attribute(string text, FieldScope scope, string name, bool ofParent)
    {
        Assert.True(TraceQl.TryParseField(text, out var field));
        Assert.Equal(new AttributeRef(scope, name, ofParent), field);
    }

    [Fact]
    public void Both_spellings_of_an_intrinsic_are_one_value()
    {
        foreach (var (text, intrinsic) in IntrinsicFacts.Spellings)
        {
            Assert.True(TraceQl.TryParseField(text, out var field));
            Assert.Equal(new IntrinsicRef(intrinsic), field);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData(".a .b")]
    [InlineData(".a = 1")]
    [InlineData("1")]
    [InlineData("span.")]
    public void Other_text_is_no_field(string text) => Assert.False(TraceQl.TryParseField(text, out _));

    [Fact]
    public void Enumerations_keep_the_numbers_of_the_protocol()
    {
        Assert.Equal("Unset=0,Ok=1,Error=2", Numbers<StatusKeyword>());
        Assert.Equal("Unspecified=0,Internal=1,Server=2,Client=3,Producer=4,Consumer=5", Numbers<KindKeyword>());
    }

    private static string Numbers<T>()
        where T : struct, Enum =>
        string.Join(",", Enum.GetValues<T>().Select(value => $"{value}={Convert.ToInt32(value, CultureInfo.InvariantCulture)}"));
}
