using System.Diagnostics.CodeAnalysis;
using System.Text;
using Clew.TraceQL.Syntax;

namespace Clew.TraceQL.Analysis;

/// <summary>Reads logfmt: <c>key=value key="quoted value" key</c>, separated by blanks.</summary>
internal static class Logfmt
{
    public static bool TryRead(
        string text,
        out List<KeyValuePair<string, string?>> pairs,
        [NotNullWhen(false)] out Diagnostic? error)
    {
        pairs = [];
        error = null;
        var position = 0;
        while (true)
        {
            while (position < text.Length && text[position] <= ' ')
            {
                position++;
            }

            if (position == text.Length)
            {
                return true;
            }

            var start = position;
            while (position < text.Length && text[position] is > ' ' and not ('=' or '"'))
            {
                position++;
            }

            var key = text[start..position];
            if (key.Length == 0 || (position < text.Length && text[position] == '"'))
            {
                error = Fail(text, position, $"unexpected '{text[position]}'");
                return false;
            }

            string? value = null;
            if (position < text.Length && text[position] == '=')
            {
                position++;
                if (!TryReadValue(text, ref position, out value, out error))
                {
                    return false;
                }
            }

            pairs.Add(new(key, value));
        }
    }

    private static bool TryReadValue(string text, ref int position, out string value, [NotNullWhen(false)] out Diagnostic? error)
    {
        error = null;
        value = "";
        if (position < text.Length && text[position] == '"')
        {
            return TryReadQuoted(text, ref position, ref value, out error);
        }

        var start = position;
        while (position < text.Length && text[position] is > ' ' and not ('=' or '"'))
        {
            position++;
        }

        if (position < text.Length && text[position] > ' ')
        {
            error = Fail(text, position, $"unexpected '{text[position]}'");
            return false;
        }

        value = text[start..position];
        return true;
    }

    private static bool TryReadQuoted(string text, ref int position, ref string value, [NotNullWhen(false)] out Diagnostic? error)
    {
        error = null;
        var start = position;
        var output = new StringBuilder();
        for (position++; position < text.Length; position++)
        {
            var c = text[position];
            if (c == '"')
            {
                position++;
                value = output.ToString();
                return true;
            }

            if (c == '\\' && position + 1 < text.Length)
            {
                position++;
                c = text[position] switch { 'n' => '\n', 'r' => '\r', 't' => '\t', var other => other };
            }

            output.Append(c);
        }

        error = Fail(text, start, "unterminated quoted value");
        return false;
    }

    private static Diagnostic Fail(string text, int offset, string problem)
    {
        var (line, column) = TextMap.Locate(text, offset);
        var message = $"invalid tags: {problem} at line {line}, col {column}; write tags as key=value key=\"other value\"";
        return new Diagnostic(DiagnosticSeverity.Error, DiagnosticPhase.Tags, message, new TextRange(offset, offset), line, column);
    }
}
