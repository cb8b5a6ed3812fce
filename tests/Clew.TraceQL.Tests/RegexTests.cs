using System.Text;
using Clew.TraceQL.Analysis;
using CsCheck;

namespace Clew.TraceQL.Tests;

public sealed class RegexTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("foo", "foo", true)]
    [InlineData("foo", "xfoo", false)]
    [InlineData("foo", "foo\n", false)]
    [InlineData("foo.*", "foobar", true)]
    [InlineData("a.c", "a\nc", true)]
    [InlineData("(?-s)a.c", "a\nc", false)]
    [InlineData("a|bc", "bc", true)]
    [InlineData("a|bc", "ac", false)]
    [InlineData(@"a\.b|c", "a.b", true)]
    [InlineData(@"a\.b|c", "axb", false)]
    [InlineData("", "", true)]
    [InlineData("", "x", false)]
    [InlineData(".*", "", true)]
    [InlineData(".*", "a\nb", true)]
    [InlineData(".*error.*", "an error!", true)]
    [InlineData(".*error.*", "an err", false)]
    [InlineData("/api/.*|.*\\.js|x", "/api/", true)]
    [InlineData("/api/.*|.*\\.js|x", "a.js", true)]
    [InlineData("/api/.*|.*\\.js|x", "a/js", false)]
    [InlineData("/api/.*|.*\\.js|x", "xx", false)]
    [InlineData(".*.*", "a", true)]
    [InlineData("a.*b.*", "axb", true)]
    [InlineData("a.*b.*", "ax", false)]
    [InlineData("|x", "", true)]
    [InlineData("^foo$", "foo", true)]
    [InlineData("foo$", "foo\n", false)]
    [InlineData("(?m)a$\nb", "a\nb", true)]
    [InlineData("(?m:a$)\nb", "a\nb", true)]
    [InlineData("(?i)get", "GeT", true)]
    [InlineData("(?i:g)et", "Get", true)]
    [InlineData("(?i:g)et", "GET", false)]
    [InlineData("(?U)a+", "aaa", true)]
    [InlineData("(?Ui)A+", "aaa", true)]
    [InlineData(@"\d+", "123", true)]
    [InlineData(@"\d+", "١٢٣", false)]
    [InlineData(@"\w+", "a_9", true)]
    [InlineData(@"\w+", "é", false)]
    [InlineData(@"\W+", "é!", true)]
    [InlineData(@"\s", "\u00a0", false)]
    [InlineData(@"\s", "\v", false)]
    [InlineData(@"[[:space:]]", "\v", true)]
    [InlineData(@"[\d\s]+", "1 2", true)]
    [InlineData(@"[^\d]+", "abc", true)]
    [InlineData(@"[^\D]+", "12", true)]
    [InlineData("[[:alpha:]-]+", "a-b", true)]
    [InlineData("[[:^alpha:]]+", "12", true)]
    [InlineData("[]a]+", "]a", true)]
    [InlineData("[^]a]+", "b", true)]
    [InlineData("[[:]_]", "[_]", true)]
    [InlineData("[[:]", ":", true)]
    [InlineData("[a\\-z]+", "-", true)]
    [InlineData("[a-]+", "-", true)]
    [InlineData("[.^$*(){}|]+", ".^$*(){}|", true)]
    [InlineData("[a-z-[b]]", "b]", true)]
    [InlineData("[a-z-[b]]", "c", false)]
    [InlineData("[\\^a]", "^", true)]
    [InlineData("[&&a]", "&", true)]
    [InlineData(@"\Qa.b\E+", "a.bbb", true)]
    [InlineData(@"\Qa.b", "a.b", true)]
    [InlineData(@"\x41\x{1F600}\101\0", "A😀A\0", true)]
    [InlineData(@"\x{1F600}{2}", "😀😀", true)]
    [InlineData(@"\pL+\PL", "aé1", true)]
    [InlineData(@"\p{^L}", "1", true)]
    [InlineData(@"\p{Hangul}+", "한글", true)]
    [InlineData(@"\p{Greek}", "a", false)]
    [InlineData(@"(?P<x>a)(?<y>b)(?:c)", "abc", true)]
    [InlineData(@"a{2,3}b{,2}", "aab{,2}", true)]
    [InlineData(@"a{2,}", "aaaa", true)]
    [InlineData(@"a{0}", "", true)]
    [InlineData("{a}", "{a}", true)]
    [InlineData("a{", "a{", true)]
    [InlineData("a]}", "a]}", true)]
    [InlineData("a b#c", "a b#c", true)]
    [InlineData(@"\Ba", "a", false)]
    [InlineData(@"a\b.*", "a b", true)]
    [InlineData(@"\A\z", "", true)]
    [InlineData("(?i)straße", "STRAßE", true)]
    [InlineData("((a{10}){10}){10}", "a", false)]
    public void Pattern_matches_whole_text(string pattern, string text, bool matches)
    {
        Assert.True(TraceQlRegex.TryCreate(pattern, out var regex, out var problem), problem);
        Assert.Equal(matches, regex.IsMatch(text));
        Assert.Equal(matches, regex.IsMatch(Encoding.UTF8.GetBytes(text)));
    }

    [Theory]
    [InlineData("(", "missing closing )")]
    [InlineData("a)", "unexpected )")]
    [InlineData("[a", "missing closing ]")]
    [InlineData("[z-a]", "invalid character class range")]
    [InlineData("[[:nope:]]", "invalid character class range")]
    [InlineData("[[:d:]]", "invalid character class range")]
    [InlineData(@"\p{Nope}", "invalid character class range")]
    [InlineData("*", "missing argument to repetition operator")]
    [InlineData("a**", "invalid nested repetition operator")]
    [InlineData("a{2}{3}", "invalid nested repetition operator")]
    [InlineData("a{3,2}", "invalid repeat count")]
    [InlineData("a{1001}", "invalid repeat count")]
    [InlineData("(a{99}b){99}", "invalid repeat count")]
    [InlineData("(?=a)", "invalid or unsupported Perl syntax")]
    [InlineData("(?!a)", "invalid or unsupported Perl syntax")]
    [InlineData("(?<=a)b", "invalid or unsupported Perl syntax")]
    [InlineData("(?>a)", "invalid or unsupported Perl syntax")]
    [InlineData("(?#c)", "invalid or unsupported Perl syntax")]
    [InlineData("(?x)a", "invalid or unsupported Perl syntax")]
    [InlineData("(?P<a b>c)", "invalid or unsupported Perl syntax")]
    [InlineData("(?", "invalid or unsupported Perl syntax")]
    [InlineData(@"(a)\1", "invalid escape sequence")]
    [InlineData(@"\k<a>", "invalid escape sequence")]
    [InlineData(@"\G", "invalid escape sequence")]
    [InlineData(@"\Z", "invalid escape sequence")]
    [InlineData(@"\xZ1", "invalid escape sequence")]
    [InlineData(@"\x{110000}", "invalid escape sequence")]
    [InlineData(@"a\", "trailing backslash")]
    [InlineData(@"[\", "trailing backslash")]
    public void What_RE2_refuses_is_refused(string pattern, string problem)
    {
        Assert.False(TraceQlRegex.TryCreate(pattern, out _, out var found));
        Assert.Contains(problem, found, StringComparison.Ordinal);
    }

    [Fact]
    public void Alternatives_of_plain_text_are_known_as_such()
    {
        Assert.True(TraceQlRegex.TryCreate(@"GET|/a\.b|", out var regex, out _));
        Assert.Equal(["", "/a.b", "GET"], regex.Literals!.Order(StringComparer.Ordinal));
        Assert.True(TraceQlRegex.TryCreate("GET|P.*", out regex, out _));
        Assert.Null(regex.Literals);
        Assert.Equal([RegexAlternativeKind.Equal, RegexAlternativeKind.Prefix], regex.Alternatives!.Select(a => a.Kind));
        Assert.True(TraceQlRegex.TryCreate("GET|P.+", out regex, out _));
        Assert.Null(regex.Alternatives);
    }

    [Fact]
    public void Many_alternatives_of_plain_text_are_fast_in_both_encodings()
    {
        var pattern = string.Join('|', Enumerable.Range(0, 4_000).Select(i => $"v{i}"));
        Assert.True(TraceQlRegex.TryCreate(pattern, out var regex, out _));
        Assert.True(regex.IsMatch("v3999"u8));
        Assert.False(regex.IsMatch("v4000"u8));
        Assert.True(regex.IsMatch("v0"));
        Assert.True(TraceQlRegex.TryCreate(string.Join('|', Enumerable.Range(0, 3_000).Select(i => $"v{i}.*")), out regex, out _));
        Assert.True(regex.IsMatch("v2999xyz"u8));
    }

    [Fact]
    public void Plain_alternatives_agree_with_the_real_expression() =>
        Gen.Select(
            Gen.OneOf("a", "b", "ab", ".*", "|", @"\.", ".", "한").Array[0, 7].Select(pieces => string.Concat(pieces)),
            Gen.Char["ab.한\n"].Array[0, 6].Select(chars => new string(chars))).Sample(
            (pattern, text) =>
            {
                Assert.True(TraceQlRegex.TryCreate(pattern, out var plain, out _));
                Assert.True(TraceQlRegex.TryCreate($"(?:{pattern})", out var real, out _));
                Assert.Null(real.Alternatives);
                return plain.IsMatch(text) == real.IsMatch(text) && plain.IsMatch(Encoding.UTF8.GetBytes(text)) == real.IsMatch(text);
            },
            writeLine: output.WriteLine,
            iter: 2_000,
            threads: 1);

    [Fact]
    public void Any_pattern_is_compiled_or_refused_with_a_reason() =>
        Gen.OneOf(
                Gen.OneOf(
                    "a", "(", ")", "(?:", "(?i)", "(?P<x>", "[", "]", "[^", "[[:alpha:]]", "[:", ":]", "-", "\\", "\\d", "\\pL", "\\p{", "\\Q", "\\E", "{", "}", "{2}",
                    "{2,", "{999}", "*", "+", "?", "|", "^", "$", ".", "\\x{1F600}", "😀", "\uD800", "é", "\\b", "(?m)", "\\1", "\0").Array[0, 15]
                    .Select(pieces => string.Concat(pieces)),
                Gen.Char.Array[0, 20].Select(chars => new string(chars))).Sample(
            pattern =>
            {
                if (TraceQlRegex.TryCreate(pattern, out var regex, out var problem))
                {
                    Assert.Equal(regex.IsMatch("aé1"), regex.IsMatch("aé1"u8));
                }
                else
                {
                    Assert.NotEmpty(problem);
                }
            },
            writeLine: output.WriteLine,
            iter: 2_000,
            threads: 1);

    [Fact]
    public void Pattern_above_the_limit_is_refused()
    {
        Assert.True(TraceQlRegex.TryCreate(new string('a', TraceQlLimits.MaxRegexLength), out _, out _));
        Assert.False(TraceQlRegex.TryCreate(new string('a', TraceQlLimits.MaxRegexLength + 1), out _, out var problem));
        Assert.Contains("at most 32768", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_groups_are_refused()
    {
        var pattern = new string('(', 10_000) + "a" + new string(')', 10_000);
        Assert.False(TraceQlRegex.TryCreate(pattern, out _, out var problem));
        Assert.Contains("nests more than 100 groups", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Patterns_that_explode_elsewhere_match_in_linear_time()
    {
        Assert.True(TraceQlRegex.TryCreate("(a*)*b", out var regex, out _));
        Assert.False(regex.IsMatch(new string('a', 100_000)));
        Assert.True(TraceQlRegex.TryCreate("(a?){500}a{500}", out regex, out _));
        Assert.True(regex.IsMatch(new string('a', 500)));
    }
}
