using System.CommandLine;
using Clew.Server.Commands;
using Clew.Server.Configuration;
using Clew.Server.Tests.Configuration;

namespace Clew.Server.Tests.Commands;

public sealed class CommandLineTests
{
    [Fact]
    public async Task Nothing_at_all_serves_with_defaults()
    {
        var run = await Run.Async(Load.Machine);

        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.NotNull(run.Served);
        Assert.Equal("./data", run.Served.Storage.Path);
    }

    [Fact]
    public async Task Shortcuts_are_settings_in_disguise()
    {
        var run = await Run.Async(Load.Machine, "serve", "--data", "/d", "--http", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:1", "--otlp-http", "off");

        Assert.Equal("/d", run.Served!.Storage.Path);
        Assert.Equal([new Endpoint("127.0.0.1", 0)], run.Served.Server.Http);
        var otlp = Assert.IsType<OtlpReceiverConfig>(run.Served.Pipeline.Receivers[new ComponentId("otlp")]);
        Assert.Equal(new Endpoint("127.0.0.1", 1), otlp.Grpc!.Endpoint);
        Assert.Null(otlp.Http);
    }

    [Fact]
    public async Task Shortcuts_win_over_files_and_settings()
    {
        var machine = Load.Machine.WithFile("a.yaml", "storage: {path: /file}");

        var run = await Run.Async(machine, "--config", "a.yaml", "--data", "/option", "--set", "storage.path=/set");

        Assert.Equal("/option", run.Served!.Storage.Path);
    }

    [Fact]
    public async Task Exit_code_of_the_server_is_the_exit_code()
    {
        var root = ClewCommandLine.Build((_, _) => Task.FromResult(ExitCode.RuntimeFailure), Load.Machine, []);

        Assert.Equal(ExitCode.RuntimeFailure, await ClewCommandLine.RunAsync(root, []));
    }

    [Fact]
    public async Task Serve_of_what_this_version_cannot_do_refuses_and_names_the_way_out()
    {
        var run = await Run.Async(Load.Guide, "serve", "--config", "tempo-values.yaml", "--set", "cluster.enabled=true");

        Assert.Equal(ExitCode.ConfigurationError, run.Code);
        Assert.Null(run.Served);
        Assert.Contains("cluster.enabled", run.Error, StringComparison.Ordinal);
        Assert.Contains("--set cluster.enabled=false", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_accepts_the_same_file_and_says_that_serve_would_refuse()
    {
        var run = await Run.Async(Load.Guide, "check", "--config", "tempo-values.yaml", "--set", "cluster.enabled=true");

        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Contains("The configuration is valid. This version refuses to serve it", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("validate")]
    [InlineData("config")]
    public async Task Bad_configuration_is_exit_code_2_with_every_error(string verb)
    {
        var machine = Load.Machine.WithFile("a.yaml", "server: {htp: x}\nretention: {default: soon}\n");

        var run = await Run.Async(machine, verb, "--config", "a.yaml");

        Assert.Equal(ExitCode.ConfigurationError, run.Code);
        Assert.Null(run.Served);
        Assert.Equal(
            """
            error: a.yaml:1:10: server: unknown key 'htp'; did you mean 'http'? (valid keys: http, shutdown_timeout)
            error: a.yaml:2:22: retention.default: 'soon' is not valid; use a number with a unit, like 300ms, 30s, 5m, 24h or 7d
            The configuration has 2 errors.

            """,
            run.Error);
    }

    [Theory]
    [InlineData("config", "--format", "xml")]
    [InlineData("serve", "--prot", "1")]
    [InlineData("srve")]
    [InlineData("--data", "x", "serve")]
    [InlineData("--data", "x", "components")]
    [InlineData("--config")]
    public async Task Command_line_that_is_not_understood_is_exit_code_2(params string[] args)
    {
        var run = await Run.Async(Load.Machine, args);

        Assert.Equal(ExitCode.ConfigurationError, run.Code);
        Assert.Null(run.Served);
        Assert.Contains("clew --help", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Did you mean 'config'?", "confg")]
    [InlineData("Did you mean '--otlp-grpc'?", "serve", "--otlp-grcp", "off")]
    public async Task Mistyped_word_is_recognised(string question, params string[] args) =>
        Assert.Contains(question, (await Run.Async(Load.Machine, args)).Error, StringComparison.Ordinal);

    [Fact]
    public async Task Config_prints_yaml_or_json()
    {
        var yaml = await Run.Async(Load.Machine, "print-config");
        var json = await Run.Async(Load.Machine, "config", "--format", "json");

        Assert.Contains("  default: 168h  # default\n", yaml.Output, StringComparison.Ordinal);
        using var document = System.Text.Json.JsonDocument.Parse(json.Output);
        Assert.Equal("168h", document.RootElement.GetProperty("config").GetProperty("retention").GetProperty("default").GetString());
        Assert.Equal("default", document.RootElement.GetProperty("sources").GetProperty("retention.default").GetString());
    }

    [Fact]
    public async Task Help_is_short_and_names_every_option()
    {
        var root = await Run.Async(Load.Machine, "--help");
        var config = await Run.Async(Load.Machine, "config", "--help");

        Golden.Matches("help.txt", root.Output);
        Golden.Matches("help-config.txt", config.Output);
    }

    [Fact]
    public async Task Version_is_a_number()
    {
        var run = await Run.Async(Load.Machine, "--version");

        Assert.StartsWith(ClewCommandLine.Version, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_rooms_bring_their_own_commands()
    {
        var called = false;
        var query = new Command("query", "Ask");
        query.SetAction(_ => { called = true; });
        var root = ClewCommandLine.Build((_, _) => Task.FromResult(0), Load.Machine, [query]);

        await ClewCommandLine.RunAsync(root, ["query"]);

        Assert.True(called);
    }

    private sealed record Run(int Code, ClewConfig? Served, string Output, string Error)
    {
        public static async Task<Run> Async(IConfigEnvironment machine, params string[] args)
        {
            var served = default(ClewConfig);
            var root = ClewCommandLine.Build(
                (config, _) =>
                {
                    served = config;
                    return Task.FromResult(ExitCode.Ok);
                },
                machine,
                []);
            using var output = new StringWriter { NewLine = "\n" };
            using var error = new StringWriter { NewLine = "\n" };
            var code = await ClewCommandLine.RunAsync(root, args, new InvocationConfiguration { Output = output, Error = error });
            return new Run(code, served, output.ToString(), error.ToString());
        }
    }
}
