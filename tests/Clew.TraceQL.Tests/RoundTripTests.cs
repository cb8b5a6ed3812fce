using Clew.TraceQL.Syntax;
using CsCheck;

namespace Clew.TraceQL.Tests;

public sealed class RoundTripTests(ITestOutputHelper output)
{
    [Fact]
    public void Printed_query_parses_to_an_equal_tree() => Generators.Query.Sample(
        query =>
        {
            var text = query.ToString();
            var again = Parser.ParseQuery(text);
            return again == query && again.ToString() == text;
        },
        writeLine: output.WriteLine,
        iter: 3000,
        threads: 1,
        print: query => query.ToString());

    [Fact]
    public void Equal_trees_have_equal_hashes() => Generators.Query.Sample(
        query => Parser.ParseQuery(query.ToString()).GetHashCode() == query.GetHashCode(),
        writeLine: output.WriteLine,
        iter: 300,
        threads: 1);

    [Fact]
    public void Validation_of_any_tree_gives_located_errors_or_a_tree() => Generators.Query.Sample(
        query =>
        {
            var text = query.ToString();
            var result = TraceQl.Parse(text);
            return result.Success
                ? result.Root == query
                : result.Error is { Phase: DiagnosticPhase.Validate, Line: > 0, Column: > 0 } error && error.Range.End <= text.Length;
        },
        writeLine: output.WriteLine,
        iter: 1000,
        threads: 1,
        print: query => query.ToString());
}
