using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Clew.TraceQL.Analysis;

/// <summary>
/// A regular expression of <c>=~</c> and <c>!~</c>: RE2's syntax, anchored on both sides, a dot matches a newline too. Matching
/// takes time linear in the text. Immutable and thread-safe.
/// </summary>
public sealed class TraceQlRegex
{
    private readonly Regex? _regex;
    private readonly FrozenSet<string>? _literals;

    private TraceQlRegex(string pattern, Regex? regex, FrozenSet<string>? literals)
    {
        Pattern = pattern;
        _regex = regex;
        _literals = literals;
    }

    /// <summary>As it was written.</summary>
    public string Pattern { get; }

    /// <summary>
    /// All texts that match, when the pattern is nothing but alternatives of plain text (<c>GET|POST</c>), as dashboards
    /// write them; else null.
    /// </summary>
    public IReadOnlyCollection<string>? Literals => _literals;

    /// <summary>Compiles a pattern; false, with the reason, when it is none or too large.</summary>
    public static bool TryCreate(string pattern, [NotNullWhen(true)] out TraceQlRegex? regex, [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        regex = null;
        if (pattern.Length > TraceQlLimits.MaxRegexLength)
        {
            problem = $"the pattern has {pattern.Length} characters; use at most {TraceQlLimits.MaxRegexLength}";
            return false;
        }

        if (Re2Translator.TryReadLiterals(pattern, out var literals))
        {
            problem = null;
            regex = new TraceQlRegex(pattern, null, literals.ToFrozenSet(StringComparer.Ordinal));
            return true;
        }

        if (!Re2Translator.TryTranslate(pattern, out var translated, out problem))
        {
            return false;
        }

        try
        {
            const RegexOptions options = RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant;
            regex = new TraceQlRegex(pattern, new Regex($@"\A(?:{translated})\z", options), null);
            return true;
        }
        catch (RegexParseException error)
        {
            problem = $"error parsing regexp: {Re2Translator.Describe(error.Error)}: `{pattern}`";
        }
        catch (Exception error) when (error is NotSupportedException or InsufficientExecutionStackException)
        {
            problem = $"error parsing regexp: expression too large: `{pattern}`";
        }

        return false;
    }

    public bool IsMatch(ReadOnlySpan<char> text) =>
        _literals is null ? _regex!.IsMatch(text) : _literals.GetAlternateLookup<ReadOnlySpan<char>>().Contains(text);
}
