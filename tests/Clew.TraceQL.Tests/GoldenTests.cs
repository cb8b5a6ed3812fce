using System.Text;
using Clew.TraceQL.Syntax;

namespace Clew.TraceQL.Tests;

/// <summary>
/// Golden files: a query on a line that begins with <c>&gt; </c>, below it what comes out of it; ⏎ stands for a line break.
/// With <c>CLEW_UPDATE_GOLDEN=1</c> the files in the repository are rewritten instead; review the difference.
/// </summary>
public sealed class GoldenTests
{
    [Fact]
    public void Messages_are_as_recorded() =>
        Check("messages.txt", static query => TraceQl.Parse(query).ErrorText ?? "no error");

    [Fact]
    public void Canonical_forms_are_as_recorded() =>
        Check("canonical.txt", static query => TraceQl.Parse(query) is { Success: true } result ? result.Root.ToString() : "refused");

    [Fact]
    public void Trees_are_as_recorded() =>
        Check("trees.txt", static query => TraceQl.Parse(query) is { Success: true } result ? TreeText.Draw(result.Root) : "refused");

    [Fact]
    public void Lenient_filters_are_as_recorded() =>
        Check("lenient.txt", static text => TraceQl.ParseLenientFilter(text)?.ToString() ?? "unfiltered");

    [Fact]
    public void Tag_searches_are_as_recorded() => Check(
        "tags.txt",
        static text => TraceQl.ParseTags(text) is { Success: true } result ? result.Root.ToString() : TraceQl.ParseTags(text).ErrorText!);

    private static void Check(string name, Func<string, string> produce)
    {
        var expected = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "corpus", name));
        var actual = new StringBuilder();
        foreach (var line in expected.Split('\n'))
        {
            if (line.StartsWith('#'))
            {
                actual.Append(line).Append('\n');
            }
            else if (line.StartsWith("> ", StringComparison.Ordinal))
            {
                // The file stays one line per query.
                var query = line[2..].Replace('⏎', '\n');
                actual.Append(line).Append('\n').Append(produce(query)).Append("\n\n");
            }
        }

        if (Environment.GetEnvironmentVariable("CLEW_UPDATE_GOLDEN") == "1")
        {
            var source = Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "corpus", "traceql", name);
            File.WriteAllText(source, actual.ToString().TrimEnd('\n') + "\n");
            return;
        }

        Assert.Equal(expected.TrimEnd('\n'), actual.ToString().TrimEnd('\n'));
    }
}
