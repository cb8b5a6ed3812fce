using System.Net;
using Clew.EndToEnd.Tests.Api;
using Clew.EndToEnd.Tests.Harness;
using Clew.EndToEnd.Tests.Otlp;

namespace Clew.EndToEnd.Tests;

/// <summary>Stopping in good order, and keeping a second process out.</summary>
public sealed class ShutdownTests : IDisposable
{
    private readonly TempFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Stop_under_load_keeps_every_acknowledged_span_and_ends_well()
    {
        LoadResult load;
        await using (var first = await ClewProcess.StartAsync(_data.Path))
        {
            await using var running = new Load(first, seed: 400, "stopped");
            await running.UntilAcknowledgedAsync(100);
            first.Terminate();
            Assert.Equal(0, await first.ExitAsync());
            load = await running.StopAsync();
        }

        await using var second = await ClewProcess.StartAsync(_data.Path);
        await load.AssertVisibleOnceAsync(second);
    }

    [Fact]
    public async Task Idle_server_stops_at_once_and_keeps_its_data()
    {
        var maker = new SpanMaker(seed: 410, "idle");
        var trace = maker.Trace(3);
        await using (var first = await ClewProcess.StartAsync(_data.Path))
        {
            using var sender = new OtlpSender(first);
            await sender.SendGrpcAsync(maker.Request(trace));
            first.Terminate();
            Assert.Equal(0, await first.ExitAsync());
        }

        await using var second = await ClewProcess.StartAsync(_data.Path);
        using var api = new ClewApi(second.Http);
        Assert.Equal(3, (await api.TraceAsync(trace[0].TraceHex)).Count);
    }

    [Fact]
    public async Task Second_process_on_a_folder_is_refused_and_the_first_goes_on()
    {
        await using var first = await ClewProcess.StartAsync(_data.Path);
        await using var second = ClewProcess.Launch(_data.Path);

        Assert.NotEqual(0, await second.ExitAsync());

        Assert.Contains(_data.Path, second.Output);
        Assert.Matches("(?i)another|already|in use|locked", second.Output);
        Assert.DoesNotContain("   at ", second.Output);
        using var api = new ClewApi(first.Http);
        using var ready = await api.GetAsync("/ready");
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
    }

    [Theory]
    [InlineData(true, "the API cannot listen on ")]
    [InlineData(false, "receiver 'otlp' cannot listen: ")]
    public async Task Taken_port_is_told_in_a_sentence(bool apiToo, string sentence)
    {
        await using var first = await ClewProcess.StartAsync(_data.Path);
        using var folder = new TempFolder();
        await using var second = ClewProcess.LaunchOnPortsOf(first, apiToo, folder.Path);

        Assert.NotEqual(0, await second.ExitAsync());

        Assert.Contains(sentence, second.Output);
        Assert.Contains("address already in use. Stop the program that uses the address", second.Output);
        Assert.DoesNotContain("   at ", second.Output);
    }

    [Fact]
    public async Task Start_says_where_it_listens_and_where_data_goes()
    {
        await using var process = await ClewProcess.StartAsync(_data.Path);
        Assert.All(
            (string[])[process.Http.Authority, process.OtlpGrpc.Authority, process.OtlpHttp.Authority, _data.Path],
            it => Assert.Contains(it, process.Output));
    }
}
