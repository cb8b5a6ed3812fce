using Clew.TraceQL.Analysis;
using Clew.TraceQL.Syntax;

namespace Clew.TraceQL;

/// <summary>Filters that are not whole queries.</summary>
public static partial class TraceQl
{
    /// <summary>
    /// A filter as editors send it while it is typed (parameter <c>q</c> of tag requests). Text behind the first <c>|</c> is
    /// dropped, braces and parentheses are closed, comparisons without a right side and what cannot be understood do not narrow
    /// the answer. Null, which means "do not filter", when the text is not one filter or what is left of it has no meaning.
    /// </summary>
    public static SpansetFilter? ParseLenientFilter(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (TextMap.CheckSize(text) is not null)
        {
            return null;
        }

        var filter = Parser.ParseLenientFilter(text);
        return filter is not null && Validator.IsValid(filter, text) ? filter : null;
    }

    /// <summary>
    /// The search that a <c>tags</c> parameter asks for: <c>k=v k2="v 2"</c> in logfmt, all of which one span must have. A key by
    /// itself asks for its existence.
    /// </summary>
    public static ParseResult ParseTags(string tags) => ParseTags(tags, null, null);

    /// <summary>The same, within bounds on the duration of the trace, both included.</summary>
    public static ParseResult ParseTags(string tags, long? minDurationNanos, long? maxDurationNanos)
    {
        ArgumentNullException.ThrowIfNull(tags);
        if (TextMap.CheckSize(tags) is { } tooLarge)
        {
            return new ParseResult(null, [tooLarge]);
        }

        return Logfmt.TryRead(tags, out var pairs, out var error)
            ? ParseTags(pairs, minDurationNanos, maxDurationNanos)
            : new ParseResult(null, [error]);
    }

    /// <summary>The same from pairs, as of the query string of a legacy search. A null value asks for existence.</summary>
    public static ParseResult ParseTags(
        IReadOnlyCollection<KeyValuePair<string, string?>> tags,
        long? minDurationNanos,
        long? maxDurationNanos)
    {
        ArgumentNullException.ThrowIfNull(tags);
        if (tags.Count > TraceQlLimits.MaxTags)
        {
            var message = $"invalid tags: {tags.Count} tags are too many; use at most {TraceQlLimits.MaxTags}";
            return new ParseResult(null, [new Diagnostic(DiagnosticSeverity.Error, DiagnosticPhase.Tags, message, default, 1, 1)]);
        }

        return new ParseResult(TagSearch.Build(tags, minDurationNanos, maxDurationNanos), []);
    }
}
