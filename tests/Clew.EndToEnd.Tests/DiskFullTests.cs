using Clew.EndToEnd.Tests.Api;
using Clew.EndToEnd.Tests.Harness;
using Clew.EndToEnd.Tests.Otlp;
using Grpc.Core;

namespace Clew.EndToEnd.Tests;

/// <summary>A full disk: writes are refused so that the sender tries again, reads go on, and nothing that was acknowledged is lost.</summary>
public sealed class DiskFullTests : IDisposable
{
    private const int SmallMebibytes = 24;
    private const int LargeMebibytes = 256;

    // A quarter of a mebibyte each: many more than fit.
    private const int MaxRequests = 400;
    private const int SpansPerRequest = 25;
    private const int PayloadBytes = 10_000;

    private static readonly string[] Settings = ["--set", "storage.wal.segment_bytes=4MiB"];

    private readonly SmallDisk _disk = new(SmallMebibytes);

    public void Dispose() => _disk.Dispose();

    [Fact]
    public async Task Full_disk_refuses_retryably_reads_on_and_recovers()
    {
        var maker = new SpanMaker(seed: 600, "disk");
        var requests = new List<LoadRequest>();
        await using (var process = await ClewProcess.StartAsync(_disk.Path, Settings))
        {
            using var sender = new OtlpSender(process);
            using var api = new ClewApi(process.Http);

            var refused = await FillAsync(sender, maker, requests);
            Assert.True(refused is { StatusCode: StatusCode.Unavailable or StatusCode.ResourceExhausted }, $"After {requests.Count} requests: {refused}");
            if (refused.StatusCode == StatusCode.ResourceExhausted)
            {
                // Only with RetryInfo does a client try this status again.
                Assert.Contains(refused.Trailers, static it => it.Key == "grpc-status-details-bin");
            }

            Assert.NotEmpty(await api.TraceAsync(requests[0].Spans[0].TraceHex));

            _disk.Grow(LargeMebibytes);
            await Poll.UntilAsync(() => TrySendAsync(sender, requests[^1]), () => $"no request is taken since there is room again. clew said:\n{process.Output}");
            await new LoadResult([.. requests]).AssertVisibleOnceAsync(process);
            await process.KillAsync();
        }

        await using var restarted = await ClewProcess.StartAsync(_disk.Path, Settings);
        await new LoadResult([.. requests]).AssertVisibleOnceAsync(restarted);
    }

    // Sends until a request is refused, and returns the refusal; that request is the last of the list.
    private static async Task<RpcException?> FillAsync(OtlpSender sender, SpanMaker maker, List<LoadRequest> requests)
    {
        var random = new Random(601);
        while (requests.Count < MaxRequests)
        {
            var spans = maker.Trace(SpansPerRequest).Select(span => span with { Attributes = [("payload", Payload(random))] }).ToArray();
            var request = new LoadRequest(maker.Service, maker.Request(spans), spans);
            requests.Add(request);
            try
            {
                await sender.SendGrpcAsync(request.Bytes);
                request.Acknowledged = true;
            }
            catch (RpcException refused)
            {
                return refused;
            }
        }

        return null;
    }

    private static async Task<bool> TrySendAsync(OtlpSender sender, LoadRequest request)
    {
        try
        {
            await sender.SendGrpcAsync(request.Bytes);
            request.Acknowledged = true;
            return true;
        }
        catch (RpcException)
        {
            return false;
        }
    }

    // Random, so that no compression makes it fit.
    private static string Payload(Random random)
    {
        var bytes = new byte[PayloadBytes / 2];
        random.NextBytes(bytes);
        return Convert.ToHexString(bytes);
    }
}
