namespace Clew.Api;

/// <summary>What the pages are told of the configuration (<c>ui</c>).</summary>
public sealed record UiSettings
{
    /// <summary>Links from spans to what other programs know of them.</summary>
    public IReadOnlyList<UiLink> Links { get; init; } = [];
}

/// <summary>A link from a span to somewhere else.</summary>
/// <param name="Title">What people click on.</param>
/// <param name="Url">
/// The address, with <c>${trace.id}</c>, <c>${span.id}</c>, <c>${span.KEY}</c>, <c>${resource.KEY}</c>, <c>${start}</c> and <c>${end}</c> (unix
/// milliseconds) in places that the span fills in, percent-encoded. A span that lacks one of them has no such link.
/// </param>
public sealed record UiLink(string Title, string Url);
