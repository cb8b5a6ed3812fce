namespace Clew.TraceQL.Tests;

public sealed class SmokeTests
{
    [Theory]
    [InlineData("{}", "{ true }")]
    [InlineData("{ .a = \"x\" && duration > 1h }", "{ (.a = `x`) && (duration > 1h0m0s) }")]
    [InlineData("{} | rate() by (span.a) | topk(5) > 10 with(sample=true)", "{ true } | rate() by(span.a) | topk(5) > 10 with(sample=true)")]
    [InlineData("({.a} &>> {kind=server}) || ({.a}) | select(status, nestedSetParent)", "({ .a } &>> { kind = server }) || { .a } | select(status, nestedSetParent)")]
    public void Canonical_form_is_printed(string text, string canonical)
    {
        var result = TraceQl.Parse(text);
        Assert.Null(result.ErrorText);
        Assert.Equal(canonical, result.Root!.ToString());
        Assert.Equal(result.Root, TraceQl.Parse(canonical).Root);
    }
}
