using Clew.Server.Configuration;
using Clew.Server.Configuration.Documents;

namespace Clew.Server.Tests.Configuration;

/// <summary>Files, variables, inline text and settings, and how they are laid over each other.</summary>
public sealed class SourcesTests
{
    [Fact]
    public void Later_sources_win_key_by_key()
    {
        var machine = Load.Machine
            .WithFile("a.yaml", "retention: {default: 1h, rollups: 2h}\nquery: {timeout: 5s}")
            .WithFile("b.yaml", "retention: {default: 3h}");

        var config = machine.Files("a.yaml", "b.yaml").Good();

        Assert.Equal(TimeSpan.FromHours(3), config.Retention.Default);
        Assert.Equal(TimeSpan.FromHours(2), config.Retention.Rollups);
        Assert.Equal(TimeSpan.FromSeconds(5), config.Query.Timeout);
    }

    [Fact]
    public void Null_in_a_later_source_wipes_a_map_and_empty_braces_keep_it()
    {
        var machine = Load.Machine
            .WithFile("a.yaml", "retention: {default: 1h}")
            .WithFile("null.yaml", "retention:\nquery: {}")
            .WithFile("empty.yaml", "retention: {}\nquery: {}");

        Assert.Equal(new RetentionConfig().Default, machine.Files("a.yaml", "null.yaml").Good().Retention.Default);
        Assert.Equal(TimeSpan.FromHours(1), machine.Files("a.yaml", "empty.yaml").Good().Retention.Default);
    }

    [Fact]
    public void Lists_are_replaced()
    {
        var machine = Load.Machine
            .WithFile("a.yaml", "server: {http: ['127.0.0.1:1', '127.0.0.1:2']}")
            .WithFile("b.yaml", "server: {http: ['127.0.0.1:3']}");

        Assert.Equal([new Endpoint("127.0.0.1", 3)], machine.Files("a.yaml", "b.yaml").Good().Server.Http);
    }

    [Fact]
    public void Settings_are_laid_over_files_in_order()
    {
        var config = Load.Good("retention: {default: 1h}", "retention.default=2h", "retention::default=3h", "query={max_concurrent: 3}", "query.timeout=1s");

        Assert.Equal(TimeSpan.FromHours(3), config.Retention.Default);
        Assert.Equal(3, config.Query.MaxConcurrent);
        Assert.Equal(TimeSpan.FromSeconds(1), config.Query.Timeout);
    }

    [Fact]
    public void Setting_with_double_colons_may_have_dots_in_its_keys()
    {
        var config = Load.Good(
            "exporters: {otlp/eu.west: {endpoint: 'a:1'}}\nservice: {pipelines: {traces: {receivers: [otlp], exporters: [otlp/eu.west]}}}",
            "exporters::otlp/eu.west::endpoint=b:2");

        Assert.Equal("b", ((OtlpGrpcExporterConfig)config.Pipeline.Exporters[new ComponentId("otlp", "eu.west")]).Address.Host);
    }

    [Theory]
    [InlineData("retention.default", "--set retention.default: the equal sign is missing; write --set key=value")]
    [InlineData("=1", "--set : '' is not a path of keys; write --set retention.default=72h")]
    [InlineData("retention..default=1h", "--set retention..default: 'retention..default' is not a path of keys; write --set retention.default=72h")]
    [InlineData("retention.defalt=1h", "--set retention.defalt: retention: unknown key 'defalt'; did you mean 'default'? (valid keys: default, rollups, deletion_memory, rules)")]
    [InlineData("retention.default=x", "--set retention.default: retention.default: 'x' is not valid; use a number with a unit, like 300ms, 30s, 5m, 24h or 7d")]
    public void Bad_setting_says_how_it_should_be(string set, string error) =>
        Assert.Equal([error], Load.Machine.With([], set).Errors);

    [Fact]
    public void Variable_and_inline_text_are_sources_like_files()
    {
        var machine = Load.Machine.WithVariable("CLEW", "retention: {default: 5h}");

        var config = machine.Files("env:CLEW", "yaml:query::timeout: 2s").Good();

        Assert.Equal(TimeSpan.FromHours(5), config.Retention.Default);
        Assert.Equal(TimeSpan.FromSeconds(2), config.Query.Timeout);
        Assert.Equal(["env:CLEW", "yaml:"], config.Origin.Sources.Select(source => source.Name));
    }

    [Theory]
    [InlineData("none.yaml", "none.yaml: cannot read it: there is no such file")]
    [InlineData("file:none.yaml", "none.yaml: cannot read it: there is no such file")]
    [InlineData("env:NONE", "env:NONE: the environment variable NONE is not set")]
    [InlineData("https://example.com/a.yaml", "https://example.com/a.yaml: reading a configuration over the network is not supported; download it and give the file")]
    public void Source_that_cannot_be_read_is_an_error(string source, string error) =>
        Assert.Equal([error], Load.Machine.Files(source).Errors);

    [Fact]
    public void Errors_of_all_sources_are_reported_in_order()
    {
        var machine = Load.Machine.WithFile("a.yaml", "query: {timeout: x}\nretention: {default: y}").WithFile("b.yaml", "ui: {enabled: z}");

        var errors = machine.With(["a.yaml", "none.yaml", "b.yaml"], "cluster.enabled=1x").Errors;

        Assert.Equal(["a.yaml:1:18", "a.yaml:2:22", "none.yaml", "b.yaml:1:15", "--set cluster.enabled"], errors.Select(error => error.Split(": ")[0]));
    }

    [Theory]
    [InlineData("a: [1", "not valid YAML")]
    [InlineData("- a\n- b", "expected keys with values, found a list")]
    [InlineData("just text", "expected keys with values, found a single value")]
    [InlineData("retention: {}\n---\nquery: {}", "a.yaml:2:1: a second YAML document begins here")]
    [InlineData("query: {timeout: 1s}\nquery: {timeout: 2s}", "a.yaml:2:1: the key 'query' is written twice; the first one is in line 1")]
    [InlineData("query: {timeout: *nobody}", "a.yaml:1:18")]
    [InlineData("[a, b]: 1", "a key must be a single word or text")]
    public void Broken_yaml_is_reported_with_its_place(string yaml, string part) =>
        Assert.Contains(part, Load.Error(yaml), StringComparison.Ordinal);

    [Fact]
    public void Empty_file_is_a_warning()
    {
        var result = Load.Text("# nothing\n");

        Assert.Equal(["a.yaml: is empty"], result.Good().Origin.Warnings);
    }

    [Theory]
    [InlineData("{grpc:, http:}")]
    [InlineData("{grpc: , http: }")]
    [InlineData("{grpc:,http:}")]
    [InlineData("{grpc: null, http: ~}")]
    [InlineData("{grpc: {}, http: {}}")]
    [InlineData("\n      grpc:\n      http:")]
    public void Key_without_a_value_is_on_with_defaults(string protocols)
    {
        var otlp = (OtlpReceiverConfig)Load.Good($"receivers:\n  otlp:\n    protocols: {protocols}").Pipeline.Receivers[new ComponentId("otlp")];

        Assert.Equal(4317, otlp.Grpc!.Endpoint.Port);
        Assert.Equal(4318, otlp.Http!.Endpoint.Port);
    }

    [Fact]
    public void Anchors_and_merge_keys_work()
    {
        var config = Load.Good("mesh: &m {prometheus_url: 'http://p'}\nui: {links: [&l {title: t, url: u}, *l]}\nretention: {<<: {default: 1h, rollups: 1h}, default: 2h}\nquery: {timeout: 1s}");

        Assert.Equal(2, config.Ui.Links.Count);
        Assert.Equal(TimeSpan.FromHours(2), config.Retention.Default);
        Assert.Equal(TimeSpan.FromHours(1), config.Retention.Rollups);
    }

    [Fact]
    public void Depth_and_growth_by_aliases_are_limited()
    {
        var deep = new string('[', YamlReader.MaxDepth + 2) + new string(']', YamlReader.MaxDepth + 2);
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
            + string.Concat(Enumerable.Range(1, 8).Select(i => $"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}]\n"));
        var chain = "a0: &a0 {x: 1}\n" + string.Concat(Enumerable.Range(1, 200).Select(i => $"a{i}: &a{i} [*a{i - 1}]\n"));

        Assert.Contains("nested deeper than", Load.Error("ui: " + deep), StringComparison.Ordinal);
        Assert.Contains("more than 500000 values", Load.Error(bomb), StringComparison.Ordinal);
        Assert.Contains("nested deeper than", Load.Error(chain), StringComparison.Ordinal);
        Assert.Contains("more than the 8388608", Load.Error("x: " + new string('y', YamlReader.MaxCharacters)), StringComparison.Ordinal);
    }

    [Fact]
    public void Summary_knows_which_source_gave_what()
    {
        var machine = Load.Machine.WithFile("a.yaml", "storage: {path: /a}\nretention: {default: 1h}").WithFile("b.yaml", "storage: {path: /b}");

        var sources = machine.With(["a.yaml", "b.yaml"], "query.timeout=1s").Good().Origin.Sources;

        Assert.Equal(
            [("a.yaml", "Clew file", "[retention]"), ("b.yaml", "Clew file", "[storage]"), ("--set query.timeout", "command line", "[query]")],
            sources.Select(source => (source.Name, source.Kind, source.Sections.ToString())));
    }

    [Fact]
    public void Files_to_watch_include_inserted_ones()
    {
        var machine = Load.Machine.WithFile("a.yaml", "storage: {path: '${file:path.txt}'}").WithFile("path.txt", "/p\n");

        var config = machine.Files("a.yaml").Good();

        Assert.Equal("/p", config.Storage.Path);
        Assert.Equal(["/a.yaml", "/path.txt"], config.Origin.Files);
    }
}
