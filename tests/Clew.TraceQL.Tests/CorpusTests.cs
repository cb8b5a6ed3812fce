namespace Clew.TraceQL.Tests;

public sealed class CorpusTests
{
    public static TheoryData<string, string> Cases() => QueryCases.Rows(QueryCases.CorpusPath);

    [Fact]
    public void Corpus_is_large_enough() => Assert.InRange(Cases().Count, 300, int.MaxValue);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Query_fails_in_its_phase_or_survives_printing(string group, string query)
    {
        var result = TraceQl.Parse(query);
        switch (group)
        {
            case "valid":
                Assert.Null(result.ErrorText);
                var printed = result.Root!.ToString();
                var again = TraceQl.Parse(printed);
                Assert.Null(again.ErrorText);
                Assert.Equal(result.Root, again.Root);
                Assert.Equal(printed, again.Root!.ToString());
                break;
            case "parse_fails":
                AssertFails(result, DiagnosticPhase.Parse);
                break;
            case "validate_fails":
                AssertFails(result, DiagnosticPhase.Validate);
                break;
            default:
                Assert.Fail($"unknown group {group}");
                break;
        }

        AssertRangesLieWithin(result, query);
    }

    private static void AssertFails(ParseResult result, DiagnosticPhase phase)
    {
        Assert.False(result.Success);
        Assert.Null(result.Root);
        Assert.Equal(phase, result.Error.Phase);
        Assert.StartsWith("invalid TraceQL query: ", result.ErrorText, StringComparison.Ordinal);
    }

    private static void AssertRangesLieWithin(ParseResult result, string query)
    {
        foreach (var diagnostic in result.Diagnostics)
        {
            Assert.InRange(diagnostic.Range.Start, 0, query.Length);
            Assert.InRange(diagnostic.Range.End, diagnostic.Range.Start, query.Length);
        }
    }
}
