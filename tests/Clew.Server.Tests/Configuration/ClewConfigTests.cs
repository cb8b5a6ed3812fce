using System.Reflection;
using Clew.Server.Configuration;
using Clew.Server.Configuration.Rendering;

namespace Clew.Server.Tests.Configuration;

/// <summary>Comparing configurations, printing them and reading them back.</summary>
public sealed class ClewConfigTests
{
    private const string Everything = """
        server: {http: ['127.0.0.1:1', '[::1]:2'], shutdown_timeout: 3s}
        storage: {path: '/data: $$x # y', head: {memory_bytes: 100MiB}, wal: {segment_bytes: 2MiB}}
        retention: {default: 90m, rules: [{match: '{ status = error }', keep: 5h, sample: 0.25}]}
        tenants: {overrides: {'123': {retention: 1h}, 'true': {max_live_traces: 5}}}
        ui: {links: [{title: 'Logs "all"', url: 'http://x/$${span.id}'}]}
        receivers: {otlp: {protocols: {grpc: off, http: {cors: {allowed_origins: ['*']}}}}, zipkin: {parse_string_tags: true}}
        processors: {probabilistic_sampler/a.b: {sampling_percentage: 0.1}, filter: {error_mode: ignore, traces: {span: ['name == "z: w"']}}}
        exporters: {store: , otlphttp: {endpoint: 'http://n:4318', retry_on_failure: {max_elapsed_time: 0}}}
        service: {pipelines: {traces: {receivers: [otlp, zipkin], processors: [filter, probabilistic_sampler/a.b], exporters: [store, otlphttp]}}}
        """;

    [Fact]
    public void Equal_settings_make_equal_configurations_wherever_they_are_written()
    {
        var one = Load.Good("# a comment\n\n" + Everything);
        var two = Load.Good(Everything);

        Assert.Equal(two, one);
        Assert.Equal(two.GetHashCode(), one.GetHashCode());
        Assert.NotEqual(two.Origin.NotInThisVersion, one.Origin.NotInThisVersion);
    }

    [Theory]
    [InlineData("server.shutdown_timeout=4s")]
    [InlineData("storage.head.memory_bytes=101MiB")]
    [InlineData("retention.rules=[]")]
    [InlineData("tenants.overrides=null")]
    [InlineData("ui.links=[]")]
    [InlineData("receivers.otlp.protocols.grpc={}")]
    [InlineData("processors.filter.traces.span=[]")]
    [InlineData("exporters.otlphttp.headers={a: b}")]
    [InlineData("service.pipelines.traces.exporters=[store]")]
    [InlineData("service.telemetry.logs.level=debug")]
    public void Every_change_is_seen(string set) => Assert.NotEqual(Load.Good(Everything), Load.Good(Everything, set));

    [Fact]
    public void Comparison_covers_every_section()
    {
        // A section that is added and forgotten in Equals would make a reload blind to it.
        var sections = typeof(ClewConfig).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite && property.Name != nameof(ClewConfig.Origin))
            .Select(property => property.Name);

        Assert.Equal(
            ["Auth", "Cluster", "Mesh", "Pipeline", "Query", "Retention", "Server", "Storage", "StorageIsConfigured", "Tenants", "Ui"],
            sections.Order());
    }

    [Fact]
    public void Effective_configuration_reads_back_as_the_same_configuration()
    {
        var first = Load.Text(Everything);

        var printed = EffectiveWriter.Yaml(first.Effective!);
        var second = Load.Text(printed);

        Assert.Equal(first.Good(), second.Good());
        Assert.Empty(second.Warnings.Except(first.Warnings));
    }

    [Fact]
    public void Defaults_read_back_as_the_defaults()
    {
        var printed = EffectiveWriter.Yaml(Load.Machine.Files().Effective!);

        Assert.Equal(Load.Machine.Files().Good(), Load.Good(printed));
        Assert.Equal(new ClewConfig(), Load.Good(printed));
    }

    [Fact]
    public void Secrets_print_as_stars_wherever_they_are()
    {
        var result = Load.Text("""
            storage: {s3: {access_key: hush1, secret_key: hush2}}
            auth: {tokens: [hush3]}
            receivers: {kafka: {auth: {sasl: {username: me, password: hush4}}, url: 'http://u:hush5@h'}}
            exporters: {otlp: {endpoint: 'x:1', headers: {authorization: hush6, x-other: hush7}}}
            extensions: {basicauth: {client_auth: {username: u, password: hush8}}, headers_setter: {headers: [{key: k, value: hush9}]}}
            service: {extensions: [basicauth, headers_setter], pipelines: {traces: {receivers: [kafka], exporters: [otlp]}}}
            """);

        var yaml = EffectiveWriter.Yaml(result.Effective!);
        var json = EffectiveWriter.Json(result.Effective!);
        Assert.DoesNotContain("hush", yaml, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", json, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", result.Good().ToString(), StringComparison.Ordinal);
        Assert.Contains("username: me", yaml, StringComparison.Ordinal);
        Assert.Contains("access_key: \"***\"  # a.yaml:1:28", yaml, StringComparison.Ordinal);
    }

    [Fact]
    public void Container_is_warned_of_loopback_addresses()
    {
        var config = ConfigLoader.Load(new ConfigRequest(), new FakeEnvironment { IsContainer = true }).Good();

        Assert.Contains("cannot be reached from outside this container", Assert.Single(config.Origin.Warnings), StringComparison.Ordinal);
        Assert.Contains("--set receivers.otlp.protocols.grpc.endpoint=0.0.0.0:4317", config.Origin.Warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Ports_that_ask_nobody_who_he_is_are_named_also_when_others_ask()
    {
        var config = Load.Good("""
            server: {http: 0.0.0.0:3200}
            auth: {tokens: [hush]}
            receivers: {otlp: {protocols: {grpc: {endpoint: 0.0.0.0:4317, auth: {authenticator: basicauth}}, http: {endpoint: 0.0.0.0:4318}}}}
            extensions: {basicauth: {htpasswd: {inline: 'a:b'}}}
            exporters: {store: {}}
            service: {extensions: [basicauth], pipelines: {traces: {receivers: [otlp], exporters: [store]}}}
            """);

        Assert.StartsWith("OTLP HTTP 0.0.0.0:4318 can be reached from other machines without authentication", Assert.Single(config.Origin.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Summary_shows_the_ports_that_the_system_chose()
    {
        var config = Load.Good("server: {http: '127.0.0.1:0'}");

        var summary = StartupSummary.Render(config, "1", new Dictionary<string, Endpoint> { ["API and UI 127.0.0.1:0"] = new("127.0.0.1", 4711) });

        Assert.Contains("http://127.0.0.1:4711\n", summary, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:4317\n", summary, StringComparison.Ordinal);
    }
}
