namespace Clew.TraceQL.Syntax;

/// <summary>Leaves the parser at the first mistake. Never leaves <see cref="TraceQl"/>.</summary>
internal sealed class ParseException(string message, TextRange range, IReadOnlyList<string> expected, string? suggestion)
    : Exception(message)
{
    public TextRange Range { get; } = range;

    public IReadOnlyList<string> Expected { get; } = expected;

    public string? Suggestion { get; } = suggestion;
}
