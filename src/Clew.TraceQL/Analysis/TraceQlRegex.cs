using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace Clew.TraceQL.Analysis;

/// <summary>
/// A regular expression of <c>=~</c> and <c>!~</c>: RE2's syntax, anchored on both sides, a dot matches a newline too. Matching
/// takes time linear in the text. Immutable and thread-safe.
/// </summary>
/// <remarks>
/// Patterns as dashboards write them (<c>GET|POST</c>, <c>.*error.*</c>, <c>/api/.*</c>) are matched as plain text; making one of
/// .NET's linear-time expressions takes 0.4 ms and 400 kB, more than many queries. The few that are needed are kept
/// (<see cref="TraceQlLimits.MaxKeptRegexes"/>), because a query's pattern is needed twice, to validate and to run it.
/// </remarks>
public sealed class TraceQlRegex
{
    private static readonly ConcurrentDictionary<string, TraceQlRegex> Kept = new(StringComparer.Ordinal);

    private readonly Regex? _regex;
    private readonly RegexAlternative[]? _alternatives;

    // Set when all alternatives are whole texts; many of them are looked up, not tried in turn.
    private readonly FrozenSet<string>? _literals;

    private TraceQlRegex(string pattern, Regex regex)
    {
        Pattern = pattern;
        _regex = regex;
    }

    private TraceQlRegex(string pattern, List<RegexAlternative> alternatives)
    {
        Pattern = pattern;
        _alternatives = [.. alternatives];
        if (alternatives.TrueForAll(static a => a.Kind == RegexAlternativeKind.Equal))
        {
            _literals = alternatives.Select(static a => a.Text).ToFrozenSet(StringComparer.Ordinal);
        }
    }

    /// <summary>As it was written.</summary>
    public string Pattern { get; }

    /// <summary>
    /// All texts that match, when the pattern is nothing but alternatives of plain text (<c>GET|POST</c>); else null.
    /// </summary>
    public IReadOnlyCollection<string>? Literals => _literals;

    /// <summary>The alternatives, when each is plain text with or without <c>.*</c> at its ends; else null.</summary>
    public IReadOnlyList<RegexAlternative>? Alternatives => _alternatives;

    /// <summary>Compiles a pattern; false, with the reason, when it is none or too large.</summary>
    public static bool TryCreate(string pattern, [NotNullWhen(true)] out TraceQlRegex? regex, [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        problem = null;
        if (Kept.TryGetValue(pattern, out regex))
        {
            return true;
        }

        if (pattern.Length > TraceQlLimits.MaxRegexLength)
        {
            problem = $"the pattern has {pattern.Length} characters; use at most {TraceQlLimits.MaxRegexLength}";
            return false;
        }

        if (RegexAlternative.TryRead(pattern, out var alternatives))
        {
            regex = new TraceQlRegex(pattern, alternatives);
            return true;
        }

        if (!TryCompile(pattern, out regex, out problem))
        {
            return false;
        }

        // Dropping all of them at once is rare and needs no order of use.
        if (Kept.Count >= TraceQlLimits.MaxKeptRegexes)
        {
            Kept.Clear();
        }

        Kept.TryAdd(pattern, regex);
        return true;
    }

    public bool IsMatch(ReadOnlySpan<char> text)
    {
        if (_literals is not null)
        {
            return _literals.GetAlternateLookup<ReadOnlySpan<char>>().Contains(text);
        }

        if (_alternatives is null)
        {
            return _regex!.IsMatch(text);
        }

        foreach (var alternative in _alternatives)
        {
            if (alternative.IsMatch(text))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The same for a text in UTF-8, as it is stored. Invalid bytes count as U+FFFD, or as themselves in plain text.</summary>
    public bool IsMatch(ReadOnlySpan<byte> utf8)
    {
        const int fewAlternatives = 8;
        if (_alternatives is not null && (_literals is null || _alternatives.Length <= fewAlternatives))
        {
            foreach (var alternative in _alternatives)
            {
                if (alternative.IsMatch(utf8))
                {
                    return true;
                }
            }

            return false;
        }

        // A byte makes one unit at most.
        const int stackLimit = 512;
        var rented = utf8.Length > stackLimit ? ArrayPool<char>.Shared.Rent(utf8.Length) : null;
        try
        {
            var buffer = rented ?? stackalloc char[stackLimit];
            var length = Encoding.UTF8.GetChars(utf8, buffer);
            return IsMatch(buffer[..length]);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<char>.Shared.Return(rented);
            }
        }
    }

    private static bool TryCompile(string pattern, [NotNullWhen(true)] out TraceQlRegex? regex, [NotNullWhen(false)] out string? problem)
    {
        regex = null;
        if (!Re2Translator.TryTranslate(pattern, out var translated, out problem))
        {
            return false;
        }

        try
        {
            const RegexOptions options = RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant;
            regex = new TraceQlRegex(pattern, new Regex($@"\A(?:{translated})\z", options));
            return true;
        }
        catch (RegexParseException error)
        {
            problem = $"error parsing regexp: {Re2Translator.Describe(error.Error)}: `{Re2Translator.Clip(pattern)}`";
        }
        catch (Exception error) when (error is NotSupportedException or InsufficientExecutionStackException)
        {
            problem = $"error parsing regexp: expression too large: `{Re2Translator.Clip(pattern)}`";
        }

        return false;
    }
}
