using System.Diagnostics;
using Clew.Pipeline.Components;
using Clew.Pipeline.Processors.Kubernetes;
using Clew.Pipeline.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Pipeline.Tests.Processors;

/// <summary>The detectors that ask the process and its machine; the clouds' own addresses answer nowhere but there.</summary>
public sealed class ResourceDetectionTests : IDisposable
{
    private const string Variable = "OTEL_RESOURCE_ATTRIBUTES";

    private readonly string? _before = Environment.GetEnvironmentVariable(Variable);
    private readonly JsonRecorder _next = new();

    public void Dispose() => Environment.SetEnvironmentVariable(Variable, _before);

    [Fact]
    public async Task Environment_is_read_with_its_percent_encoding()
    {
        Environment.SetEnvironmentVariable(Variable, " deployment.environment = prod , team=a%2Cb%20c,broken,=nothing, quoted=\"x\" ");
        var attribute = await DetectAsync(new ResourceDetectionOptions { Detectors = ["env"] });
        Assert.Equal("""{"stringValue":"prod"}""", attribute("deployment.environment"));
        Assert.Equal("""{"stringValue":"a,b c"}""", attribute("team"));
        Assert.Equal("""{"stringValue":"x"}""", attribute("quoted"));
        Assert.Null(attribute("broken"));
        Assert.Equal("""{"stringValue":"shop"}""", attribute("service.name"));
    }

    [Theory]
    [InlineData(true, "detected")]
    [InlineData(false, "shop")]
    public async Task What_the_resource_says_stays_unless_it_is_overridden(bool @override, string expected)
    {
        Environment.SetEnvironmentVariable(Variable, "service.name=detected");
        var attribute = await DetectAsync(new ResourceDetectionOptions { Detectors = ["env"], Override = @override });
        Assert.Equal($$"""{"stringValue":"{{expected}}"}""", attribute("service.name"));
    }

    [Fact]
    public async Task System_is_described()
    {
        var attribute = await DetectAsync(new ResourceDetectionOptions { Detectors = ["system"], HostnameSources = ["os"] });
        Assert.Equal($$"""{"stringValue":"{{Environment.MachineName}}"}""", attribute("host.name"));
        Assert.Equal("""{"stringValue":"linux"}""", attribute("os.type"));
        Assert.Contains(attribute("host.arch"), (string[])["""{"stringValue":"amd64"}""", """{"stringValue":"arm64"}"""]);
    }

    [Fact]
    public async Task First_detector_that_knows_a_key_is_believed_and_others_fill_up()
    {
        Environment.SetEnvironmentVariable(Variable, "os.type=plan9");
        var attribute = await DetectAsync(new ResourceDetectionOptions { Detectors = ["env", "system"], HostnameSources = ["os"] });
        Assert.Equal("""{"stringValue":"plan9"}""", attribute("os.type"));
        Assert.NotNull(attribute("host.name"));
    }

    [Fact]
    public async Task Only_the_attributes_that_were_asked_for_are_added()
    {
        Environment.SetEnvironmentVariable(Variable, "wanted=1,other=2");
        var attribute = await DetectAsync(new ResourceDetectionOptions { Detectors = ["env"], Attributes = ["wanted"] });
        Assert.NotNull(attribute("wanted"));
        Assert.Null(attribute("other"));
    }

    /// <summary>No cloud answers within the timeout: the start goes on with what the others found.</summary>
    [Fact]
    public async Task Detectors_without_an_answer_hold_nothing_up()
    {
        Environment.SetEnvironmentVariable(Variable, "team=blue");
        var started = Stopwatch.GetTimestamp();
        var attribute = await DetectAsync(new ResourceDetectionOptions { Detectors = ["ec2", "gcp", "azure", "env"], Timeout = TimeSpan.FromMilliseconds(200) });
        Assert.Equal("""{"stringValue":"blue"}""", attribute("team"));
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }

    private async Task<Func<string, string?>> DetectAsync(ResourceDetectionOptions options)
    {
        var context = new ProcessorContext(new ComponentServices(Meters.Components(), new Meters(), NullLoggerFactory.Instance, TimeProvider.System, null), new ComponentId("traces"), _next);
        var processor = new ResourceDetectionProcessor(new ComponentId("resourcedetection"), options, context);
        await processor.StartAsync(CancellationToken.None);
        using var batch = JsonBatch.Spans("""{"key":"service.name","value":{"stringValue":"shop"}}""", """{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0000000000000001","name":"a"}""");
        Assert.True((await processor.ConsumeAsync(batch, CancellationToken.None)).IsAccepted);
        await processor.StopAsync(CancellationToken.None);
        return name => JsonRecorder.Attribute(Assert.Single(_next.Batches)["resourceSpans"]![0]!["resource"]!, name);
    }
}
