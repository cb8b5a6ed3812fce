namespace Clew.TraceQL.Tests;

/// <summary>
/// Runs query examples from outside the project: set <c>CLEW_CONFORMANCE</c> to a folder with <c>traceql-*.yaml</c> files of the
/// groups valid, parse_fails, validate_fails and unsupported (the last may be answered or refused).
/// </summary>
public sealed class ConformanceTests(ITestOutputHelper output)
{
    private static string? Folder => Environment.GetEnvironmentVariable("CLEW_CONFORMANCE");

    public static bool IsAskedFor => !string.IsNullOrEmpty(Folder);

    [Fact(Skip = "CLEW_CONFORMANCE names no folder", SkipUnless = nameof(IsAskedFor))]
    public void Examples_from_outside_behave()
    {
        var failures = new List<string>();
        foreach (var file in Directory.EnumerateFiles(Folder!, "traceql-*.yaml").Order(StringComparer.Ordinal))
        {
            foreach (var (group, queries) in QueryCases.Read(file))
            {
                var before = failures.Count;
                failures.AddRange(queries.Where(query => !Behaves(group, query)).Select(query => $"{group}: {query}"));
                output.WriteLine($"{group}: {queries.Count - (failures.Count - before)} of {queries.Count}");
                if (group == "unsupported")
                {
                    output.WriteLine($"answered of them: {queries.Count(query => TraceQl.Parse(query).Success)}");
                }
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    private static bool Behaves(string group, string query)
    {
        var result = TraceQl.Parse(query);
        return group switch
        {
            "valid" => result.Success && result.Root == TraceQl.Parse(result.Root.ToString()).Root,
            "parse_fails" => result.Error?.Phase == DiagnosticPhase.Parse,
            "validate_fails" => result.Error?.Phase == DiagnosticPhase.Validate,
            _ => result.Success || result.ErrorText!.StartsWith(TraceQl.ErrorPrefix, StringComparison.Ordinal),
        };
    }
}
