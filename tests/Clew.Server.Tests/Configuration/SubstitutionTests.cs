using Clew.Server.Configuration;

namespace Clew.Server.Tests.Configuration;

public sealed class SubstitutionTests
{
    private static ConfigResult Path(string value, FakeEnvironment? machine = null) =>
        (machine ?? Load.Machine.WithVariable("A", "/a").WithVariable("NAME", "A").WithVariable("EMPTY", "").WithVariable("ZERO", "0123"))
        .WithFile("a.yaml", $"storage:\n  path: {value}").Files("a.yaml");

    [Theory]
    [InlineData("'${env:A}'", "/a")]
    [InlineData("${A}", "/a")]
    [InlineData("'x${env:A}/y'", "x/a/y")]
    [InlineData("'${env:A}${A}'", "/a/a")]
    [InlineData("'${env:NONE:-/d}'", "/d")]
    [InlineData("'${NONE:-/d}'", "/d")]
    [InlineData("'${env:A:-/d}'", "/a")]
    [InlineData("'x${env:EMPTY:-/d}'", "x")]
    [InlineData("'${env:${NAME}}'", "/a")]
    [InlineData("'${env:NONE:-${env:A}/b}'", "/a/b")]
    [InlineData("'${env:ZERO}'", "0123")]
    [InlineData("'$${A}'", "${A}")]
    [InlineData("'$$${A}'", "$/a")]
    [InlineData("'$$$${A}'", "$${A}")]
    [InlineData("'a$$b'", "a$b")]
    [InlineData("'a$b$'", "a$b$")]
    [InlineData("'a${A'", "a${A")]
    [InlineData("'${yaml:/y}'", "/y")]
    public void Expression_is_replaced(string written, string expected) => Assert.Equal(expected, Path(written).Good().Storage.Path);

    [Fact]
    public void Whole_value_may_become_a_number_a_list_or_a_map()
    {
        var machine = Load.Machine
            .WithVariable("N", "7").WithVariable("L", "['127.0.0.1:1', '127.0.0.1:2']").WithVariable("M", "{timeout: 3s, max_concurrent: 2}")
            .WithFile("r.yaml", "default: 4h\nrollups: ${R:-5h}\n")
            .WithFile("a.yaml", "query: ${env:M}\nserver: {http: '${env:L}'}\nretention: ${file:r.yaml}\n")
            .WithFile("b.yaml", "query: {max_concurrent: '${env:N}'}");

        var config = machine.Files("a.yaml", "b.yaml").Good();

        Assert.Equal(TimeSpan.FromSeconds(3), config.Query.Timeout);
        Assert.Equal(7, config.Query.MaxConcurrent);
        Assert.Equal(2, config.Server.Http.Count);
        Assert.Equal(TimeSpan.FromHours(4), config.Retention.Default);
        Assert.Equal(TimeSpan.FromHours(5), config.Retention.Rollups);
    }

    [Theory]
    [InlineData("a: b")]
    [InlineData("{x}")]
    [InlineData("[1, 2")]
    [InlineData("p@ss'w\"ord")]
    [InlineData("- x")]
    public void Text_setting_gets_the_text_of_a_variable_whatever_it_looks_like(string secret)
    {
        var machine = Load.Machine.WithVariable("P", secret).WithFile("a.yaml", "storage: {s3: {secret_key: '${env:P}', bucket: '${P}'}}");

        var s3 = machine.Files("a.yaml").Good().Storage.S3;

        Assert.Equal(secret, s3.SecretKey.Reveal());
        Assert.Equal(secret, s3.Bucket);
    }

    [Fact]
    public void Variable_that_is_not_set_is_empty_with_a_warning()
    {
        var result = Path("'x${env:NONE}'");

        Assert.Equal("x", result.Good().Storage.Path);
        Assert.Contains("a.yaml:2:9: the environment variable NONE is not set; its place stays empty (give a default with ${env:NONE:-default})", result.Warnings);
    }

    [Theory]
    [InlineData("'${env:1A}'", "'1A' is not the name of an environment variable")]
    [InlineData("'${vault:x}'", "has the unknown scheme 'vault'; use env, file or yaml")]
    [InlineData("'${file:none}'", "cannot read 'none': there is no such file")]
    [InlineData("'${env:a$b}'", "contains a dollar sign")]
    public void Bad_expression_is_an_error(string written, string part) =>
        Assert.Contains(part, Assert.Single(Path(written).Errors), StringComparison.Ordinal);

    [Fact]
    public void Circle_ends_with_an_error()
    {
        var machine = Load.Machine.WithVariable("A", "${env:B}").WithVariable("B", "x${env:A}");

        Assert.Contains("more than 1000 substitutions in one value", Assert.Single(Path("'${env:A}'", machine).Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Map_in_the_middle_of_text_is_taken_as_text()
    {
        var machine = Load.Machine.WithVariable("M", "{a: b}");

        Assert.Equal("x{a: b}", Path("'x${env:M}'", machine).Good().Storage.Path);
    }

    [Fact]
    public void Sources_name_the_variable()
    {
        var result = Path("'${env:A}'");

        Assert.True(result.Effective!.TryFind(out var node, "storage", "path"));
        Assert.Equal("a.yaml:2:9 (env A)", node.Mark.ToString());
    }
}
