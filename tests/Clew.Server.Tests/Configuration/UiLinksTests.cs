using Clew.Server.Configuration.Binding;

namespace Clew.Server.Tests.Configuration;

/// <summary><c>ui.links</c>: addresses that spans fill in, and must not be able to bend.</summary>
public sealed class UiLinksTests
{
    [Theory]
    [InlineData("https://logs.example/?trace=${trace.id}&span=${span.id}")]
    [InlineData("http://x/${span.http.route}/${resource.service.name}?from=${time.start}&to=${time.end}")]
    [InlineData("HTTPS://x/")]
    [InlineData("/explore?q=${span.db.system}")]
    [InlineData("logs/${trace.id}")]
    public void Address_of_a_safe_scheme_is_taken_as_it_is_written(string url)
    {
        Assert.Null(UiLinks.Fault(url));
        Assert.Equal(url, Load.Good($"ui: {{links: [{{title: t, url: '{url}'}}]}}").Ui.Links[0].Url);
    }

    [Theory]
    [InlineData("javascript:alert(1)", "has the scheme 'javascript', which may run or open anything; use http or https")]
    [InlineData("JavaScript:alert(1)", "has the scheme 'JavaScript'")]
    [InlineData("data:text/html,x", "has the scheme 'data'")]
    [InlineData("file:///etc/passwd", "has the scheme 'file'")]
    [InlineData("vbscript:x", "has the scheme 'vbscript'")]
    [InlineData("${span.url}", "leaves the scheme or the host to the span")]
    [InlineData("java${span.x}:alert(1)", "leaves the scheme or the host to the span")]
    [InlineData("https://${span.host}/x", "leaves the host to the span")]
    [InlineData("//${span.host}/x", "leaves the host to the span")]
    [InlineData("https://a.${span.host}/x", "leaves the host to the span")]
    [InlineData("https://x/${user.name}", "has the unknown place '${user.name}'")]
    [InlineData("", "must not be empty")]
    [InlineData(" javascript:x", "has a blank in front or a control character")]
    [InlineData("java\tscript:x", "has a blank in front or a control character")]
    public void Address_that_could_lead_anywhere_is_refused(string url, string fault) => Assert.StartsWith(fault, UiLinks.Fault(url));

    [Fact]
    public void Refusal_names_the_place_in_the_file() =>
        Assert.Contains("ui.links[0].url: has the scheme 'javascript'", Load.Error("ui: {links: [{title: t, url: 'javascript:alert(1)'}]}"), StringComparison.Ordinal);

    [Fact]
    public void Places_belong_to_links_alone() =>
        Assert.Contains("'span.id' is not the name of an environment variable", Load.Error("mesh: {prometheus_url: 'http://x/${span.id}'}"), StringComparison.Ordinal);
}
