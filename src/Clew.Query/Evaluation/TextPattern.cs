using System.Text.RegularExpressions;

namespace Clew.Query.Evaluation;

/// <summary>A regular expression of the language: anchored on both sides, a dot matches a newline, linear in the text.</summary>
internal sealed class TextPattern
{
    private readonly Regex _regex;

    public TextPattern(string pattern)
    {
        try
        {
            const RegexOptions options = RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant;
            _regex = new Regex($@"\A(?:{pattern})\z", options);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            throw new QueryException(QueryFault.BadRequest, $"invalid TraceQL query: invalid regex: {error.Message}");
        }
    }

    public bool IsMatch(ReadOnlySpan<char> text) => _regex.IsMatch(text);
}
