using Clew.Otlp.Editing;
using Clew.Pipeline.Ottl;
using Clew.Pipeline.Text;

namespace Clew.Pipeline.Processors.Editing;

/// <summary>One text to compare with: itself, or a regular expression that is found in it.</summary>
public sealed class TextMatch
{
    private readonly string _text;
    private readonly GoRegex? _regex;

    private TextMatch(string text, GoRegex? regex) => (_text, _regex) = (text, regex);

    /// <summary>False, with the reason, when the text is no regular expression.</summary>
    public static bool TryParse(string text, bool isRegex, out TextMatch match, out string? problem)
    {
        problem = null;
        GoRegex? regex = null;
        var good = !isRegex || GoRegex.TryParse(text, out regex, out problem);
        match = new TextMatch(text, regex);
        return good;
    }

    public bool Matches(string text) => _regex is null ? text == _text : _regex.IsMatch(text);
}

/// <summary>An attribute to look for: with a value (compared in type and content, texts by <see cref="Text"/>), or with any.</summary>
public sealed record AttributeMatch(string Key, bool HasValue, object? Value, TextMatch? Text)
{
    public bool Matches(AttributeMap attributes) =>
        attributes.TryGet(Key, out var value)
        && (!HasValue || (Text is not null ? Text.Matches(OtlpValue.ToText(value)) : OttlRuntime.Compare("==", value, Value)));
}

/// <summary>
/// <c>include</c> or <c>exclude</c>: every property that is given must hold. Of services, names, kinds, resources and libraries one item
/// is enough; attributes must all be there.
/// </summary>
public sealed record SpanMatch
{
    public IReadOnlyList<TextMatch> Services { get; init; } = [];

    public IReadOnlyList<TextMatch> SpanNames { get; init; } = [];

    public IReadOnlyList<TextMatch> SpanKinds { get; init; } = [];

    public IReadOnlyList<AttributeMatch> Attributes { get; init; } = [];

    public IReadOnlyList<AttributeMatch> Resources { get; init; } = [];

    /// <summary>Name, and version if it is to be compared.</summary>
    public IReadOnlyList<(TextMatch Name, TextMatch? Version)> Libraries { get; init; } = [];

    public bool Matches(SpanRecord span, ResourceRecord resource, ScopeRecord scope) =>
        (Services.Count == 0 || (resource.Attributes.Get("service.name") is string service && Services.Any(match => match.Matches(service))))
        && (SpanNames.Count == 0 || SpanNames.Any(match => match.Matches(span.Name)))
        && (SpanKinds.Count == 0 || MatchesKind(span.Kind))
        && (Resources.Count == 0 || Resources.Any(match => match.Matches(resource.Attributes)))
        && (Libraries.Count == 0 || Libraries.Any(library => library.Name.Matches(scope.Name) && (library.Version is null || library.Version.Matches(scope.Version))))
        && Attributes.All(match => match.Matches(span.Attributes));

    private bool MatchesKind(long kind) => kind is >= 0 and <= 5 && SpanKinds.Any(match =>
        match.Matches(SpanKindNames.Enum[kind]) || match.Matches(SpanKindNames.Title[kind]) || match.Matches(SpanKindNames.Title[kind].ToLowerInvariant()));
}

/// <summary>Whether a processor has to do with a span: <c>include</c> first, then <c>exclude</c>.</summary>
public sealed record SpanSelection(SpanMatch? Include, SpanMatch? Exclude)
{
    public bool Selects(SpanRecord span, ResourceRecord resource, ScopeRecord scope) =>
        (Include is null || Include.Matches(span, resource, scope)) && (Exclude is null || !Exclude.Matches(span, resource, scope));
}
