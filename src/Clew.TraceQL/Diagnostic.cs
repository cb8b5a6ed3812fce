using Clew.TraceQL.Syntax;

namespace Clew.TraceQL;

/// <summary>How much a finding weighs. Only errors make a query unusable.</summary>
public enum DiagnosticSeverity : byte
{
    Error,
    Warning,
    Hint,
}

/// <summary>The step that made the finding.</summary>
public enum DiagnosticPhase : byte
{
    /// <summary>A limit of <see cref="TraceQlLimits"/> on the text itself.</summary>
    Limit,

    /// <summary>The text is not a list of tags (<see cref="TraceQl.ParseTags(string)"/>).</summary>
    Tags,

    /// <summary>The text is not a query.</summary>
    Parse,

    /// <summary>It is one, but has no meaning.</summary>
    Validate,
}

/// <summary>A finding about a query.</summary>
/// <param name="Severity">Its weight.</param>
/// <param name="Phase">The step that made it.</param>
/// <param name="Message">The sentence without its prefix: for errors Tempo's, where Tempo has one.</param>
/// <param name="Range">The text it is about; empty at the end of the text.</param>
/// <param name="Line">Line of the start, from 1.</param>
/// <param name="Column">Column of the start in characters (code points), from 1.</param>
public sealed record Diagnostic(
    DiagnosticSeverity Severity,
    DiagnosticPhase Phase,
    string Message,
    TextRange Range,
    int Line,
    int Column)
{
    /// <summary>What could have stood at the place, as token names; may be empty.</summary>
    public NodeList<string> Expected { get; init; }

    /// <summary>The way out, as half a sentence ("write …", "did you mean …"); may be null.</summary>
    public string? Suggestion { get; init; }

    /// <summary>
    /// The text for a sender. The first line is Tempo's, prefix included; a second one gives the place, where the first does
    /// not, and the suggestion.
    /// </summary>
    public string ToText()
    {
        switch (Phase)
        {
            case DiagnosticPhase.Limit or DiagnosticPhase.Tags:
                return Message;
            case DiagnosticPhase.Parse:
                // An empty text has no place: Tempo leaves it out and keeps the blank.
                var place = Line == 0 ? " " : $" at line {Line}, col {Column}";
                var first = $"{TraceQl.ErrorPrefix}parse error{place}: {Message}";
                return Suggestion is null ? first : $"{first}\n{Suggestion}";
            default:
                var second = Suggestion is null ? $"at line {Line}, col {Column}" : $"at line {Line}, col {Column}: {Suggestion}";
                return $"{TraceQl.ErrorPrefix}{Message}\n{second}";
        }
    }
}
