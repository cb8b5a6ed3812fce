using System.Text;
using Clew.TraceQL.Syntax;

namespace Clew.TraceQL.Analysis;

/// <summary>Lines and columns of a text, and errors that carry them.</summary>
internal static class TextMap
{
    /// <summary>The refusal of a text above <see cref="TraceQlLimits.MaxQueryBytes"/>, else null.</summary>
    public static Diagnostic? CheckSize(string text)
    {
        // A UTF-16 unit takes one byte at least and three at most, so most texts need no counting.
        const int limit = TraceQlLimits.MaxQueryBytes;
        if (text.Length <= limit / 3 || (text.Length <= limit && Encoding.UTF8.GetByteCount(text) <= limit))
        {
            return null;
        }

        return new Diagnostic(
            DiagnosticSeverity.Error,
            DiagnosticPhase.Limit,
            $"TraceQL expression exceeds the configured maximum size of {limit} bytes, reduce the size of the expression",
            default,
            1,
            1);
    }

    public static Diagnostic Diagnose(string text, ParseException error)
    {
        var (line, column) = text.Length == 0 ? (0, 0) : Locate(text, error.Range.Start);
        return new Diagnostic(DiagnosticSeverity.Error, DiagnosticPhase.Parse, error.Message, error.Range, line, column)
        {
            Expected = [.. error.Expected],
            Suggestion = error.Suggestion,
        };
    }

    /// <summary>Line and column, both from 1; columns count code points.</summary>
    public static (int Line, int Column) Locate(string text, int offset)
    {
        var line = 1;
        var column = 1;
        for (var i = 0; i < offset; i++)
        {
            if (text[i] == '\n')
            {
                line++;
                column = 1;
            }
            else if (!char.IsLowSurrogate(text[i]) || i == 0 || !char.IsHighSurrogate(text[i - 1]))
            {
                column++;
            }
        }

        return (line, column);
    }
}
