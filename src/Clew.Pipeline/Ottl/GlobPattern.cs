using System.Text;
using System.Text.RegularExpressions;

namespace Clew.Pipeline.Ottl;

/// <summary>A pattern of <c>*</c>, <c>?</c>, <c>[a-z]</c> and <c>\</c>, for a whole text.</summary>
internal sealed class GlobPattern
{
    private readonly Regex _regex;

    public GlobPattern(string pattern)
    {
        var text = new StringBuilder("\\A");
        for (var i = 0; i < pattern.Length; i++)
        {
            var c = pattern[i];
            var close = c == '[' ? pattern.IndexOf(']', i + 1) : -1;
            if (close > 0)
            {
                var content = pattern[(i + 1)..close];
                text.Append('[').Append(content.StartsWith('!') ? "^" + content[1..] : content).Append(']');
                i = close;
            }
            else if (c == '\\' && i + 1 < pattern.Length)
            {
                text.Append(Regex.Escape(pattern[++i].ToString()));
            }
            else
            {
                text.Append(c switch { '*' => ".*", '?' => ".", _ => Regex.Escape(c.ToString()) });
            }
        }

        _regex = new Regex(text.Append("\\z").ToString(), RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant);
    }

    public bool IsMatch(string text) => _regex.IsMatch(text);
}
