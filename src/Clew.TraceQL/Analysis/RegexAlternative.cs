using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Clew.TraceQL.Analysis;

/// <summary>How an alternative without other metacharacters matches.</summary>
public enum RegexAlternativeKind : byte
{
    /// <summary><c>text</c>.</summary>
    Equal,

    /// <summary><c>text.*</c>.</summary>
    Prefix,

    /// <summary><c>.*text</c>.</summary>
    Suffix,

    /// <summary><c>.*text.*</c>; with an empty text everything.</summary>
    Contains,
}

/// <summary>One alternative of a pattern that is plain text with or without <c>.*</c> at its ends.</summary>
public sealed class RegexAlternative
{
    private readonly byte[] _utf8;

    private RegexAlternative(RegexAlternativeKind kind, string text)
    {
        Kind = kind;
        Text = text;
        _utf8 = Encoding.UTF8.GetBytes(text);
    }

    public RegexAlternativeKind Kind { get; }

    /// <summary>The plain text, without escapes.</summary>
    public string Text { get; }

    /// <summary>The plain text as it is stored.</summary>
    public ReadOnlySpan<byte> Utf8 => _utf8;

    public bool IsMatch(ReadOnlySpan<char> text) => Kind switch
    {
        RegexAlternativeKind.Equal => text.SequenceEqual(Text),
        RegexAlternativeKind.Prefix => text.StartsWith(Text),
        RegexAlternativeKind.Suffix => text.EndsWith(Text),
        _ => text.IndexOf(Text) >= 0,
    };

    public bool IsMatch(ReadOnlySpan<byte> utf8) => Kind switch
    {
        RegexAlternativeKind.Equal => utf8.SequenceEqual(_utf8),
        RegexAlternativeKind.Prefix => utf8.StartsWith(_utf8),
        RegexAlternativeKind.Suffix => utf8.EndsWith(_utf8),
        _ => utf8.IndexOf(_utf8) >= 0,
    };

    /// <summary>Reads a pattern that is nothing but such alternatives; false when it needs a real expression.</summary>
    internal static bool TryRead(string pattern, [NotNullWhen(true)] out List<RegexAlternative>? alternatives)
    {
        alternatives = [];
        var rest = pattern.AsSpan();
        while (true)
        {
            var opensWithAny = rest.StartsWith(".*");
            if (!TryReadText(opensWithAny ? rest[2..] : rest, out var text, out var behind))
            {
                alternatives = null;
                return false;
            }

            var closesWithAny = behind.StartsWith(".*");
            behind = closesWithAny ? behind[2..] : behind;
            if (!behind.IsEmpty && behind[0] != '|')
            {
                alternatives = null;
                return false;
            }

            var kind = (opensWithAny, closesWithAny) switch
            {
                (false, false) => RegexAlternativeKind.Equal,
                (false, true) => RegexAlternativeKind.Prefix,
                // ".*" by itself takes anything.
                (true, false) => text.Length == 0 ? RegexAlternativeKind.Contains : RegexAlternativeKind.Suffix,
                _ => RegexAlternativeKind.Contains,
            };
            alternatives.Add(new RegexAlternative(kind, text));
            if (behind.IsEmpty)
            {
                return true;
            }

            rest = behind[1..];
        }
    }

    /// <summary>Plain text, with escaped punctuation, up to <c>|</c>, <c>.*</c> or the end. False at any other metacharacter.</summary>
    private static bool TryReadText(ReadOnlySpan<char> pattern, out string text, out ReadOnlySpan<char> behind)
    {
        var output = new StringBuilder();
        var i = 0;
        for (; i < pattern.Length && pattern[i] != '|' && !pattern[i..].StartsWith(".*"); i++)
        {
            var c = pattern[i];
            var isEscape = c == '\\' && i + 1 < pattern.Length && char.IsAscii(pattern[i + 1])
                && !char.IsAsciiLetterOrDigit(pattern[i + 1]) && !char.IsControl(pattern[i + 1]);
            if (isEscape)
            {
                c = pattern[++i];
            }
            else if (@"\.*+?()[]{}^$".Contains(c) || char.IsSurrogate(c))
            {
                // A lone surrogate has no UTF-8 and so no place in stored text; pairs are rare enough.
                break;
            }

            output.Append(c);
        }

        text = output.ToString();
        behind = pattern[i..];
        return behind.IsEmpty || behind[0] == '|' || behind.StartsWith(".*");
    }
}
