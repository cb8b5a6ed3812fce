using System.Buffers;
using System.Text;

namespace Clew.TraceQL.Syntax;

/// <summary>
/// Attribute names. They start directly after the scope's dot and run to whitespace, the end, or a character that can follow
/// an operand; so <c>+ - * / % : [ ] @ # $</c> and dots belong to the name. Parts of it may be quoted.
/// </summary>
internal sealed partial class Lexer
{
    /// <summary>Characters that end a name outside quotes, besides whitespace.</summary>
    public static readonly SearchValues<char> NameEnds = SearchValues.Create("{}()=~!<>&|^,");

    private void LexParentAttribute(int start, int nameStart)
    {
        foreach (var (word, scope) in new[] { ("span.", FieldScope.Span), ("resource.", FieldScope.Resource) })
        {
            if (_text.AsSpan(nameStart).StartsWith(word))
            {
                LexAttribute(start, nameStart + word.Length, scope, ofParent: true);
                return;
            }
        }

        LexAttribute(start, nameStart, FieldScope.Any, ofParent: true);
    }

    private void LexAttribute(int start, int nameStart, FieldScope scope, bool ofParent)
    {
        _position = start;
        var position = nameStart;
        StringBuilder? quoted = null;
        var plainFrom = nameStart;
        while (position < _text.Length && !NameEnds.Contains(_text[position]) && !char.IsWhiteSpace(_text[position]))
        {
            if (_text[position] != '"')
            {
                position++;
                continue;
            }

            quoted = (quoted ?? new StringBuilder()).Append(_text, plainFrom, position - plainFrom);
            if (!TryReadQuotedPart(start, ref position, quoted))
            {
                return;
            }

            plainFrom = position;
        }

        var name = quoted is null
            ? _text[nameStart..position]
            : quoted.Append(_text, plainFrom, position - plainFrom).ToString();
        if (name.Length == 0)
        {
            AddInvalid(
                Math.Max(position, nameStart) - start,
                "syntax error: unexpected END_ATTRIBUTE, expecting IDENTIFIER",
                "an attribute name follows the dot at once; quote it if it has blanks or operators: .\"my attribute\"");
            return;
        }

        Add(TokenKind.Attribute, position - start, field: new AttributeRef(scope, name, ofParent));
    }

    private bool TryReadQuotedPart(int start, ref int position, StringBuilder name)
    {
        for (position++; position < _text.Length; position++)
        {
            switch (_text[position])
            {
                case '"':
                    position++;
                    return true;
                case '\\' when position + 1 < _text.Length && _text[position + 1] is '"' or '\\':
                    name.Append(_text[++position]);
                    break;
                case '\\':
                    // The whole rest of the quoted part is given up, so that one mistake is one error.
                    var end = _text.AsSpan(position).IndexOf('"');
                    AddInvalid(
                        (end < 0 ? _text.Length : position + end + 1) - start,
                        "syntax error: invalid escape sequence",
                        "only \\\" and \\\\ are escaped in attribute names");
                    return false;
                case var c:
                    name.Append(c);
                    break;
            }
        }

        AddInvalid(_text.Length - start, "syntax error: unexpected EOF, expecting \"", "close the quoted attribute name");
        return false;
    }
}
