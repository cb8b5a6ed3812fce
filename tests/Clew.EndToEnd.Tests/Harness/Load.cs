using System.Collections.Concurrent;
using Clew.EndToEnd.Tests.Otlp;
using Grpc.Core;

namespace Clew.EndToEnd.Tests.Harness;

/// <summary>One request under load: its spans, and whether the server took responsibility for them.</summary>
internal sealed record LoadRequest(string Service, byte[] Bytes, TestSpan[] Spans)
{
    public bool Acknowledged { get; set; }
}

/// <summary>
/// Several senders, each sending one request after the other over gRPC or HTTP, and one in twenty a second time, until the server is gone.
/// A refusal is answered as SDKs do, by sending the same again. What they send follows from the seed; how far they get does not.
/// </summary>
internal sealed class Load : IAsyncDisposable
{
    private const int Senders = 4;
    private const int TracesPerRequest = 2;
    private const int SpansPerTrace = 10;

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _stop = new();
    private readonly ClewProcess _process;
    private readonly ConcurrentQueue<LoadRequest> _sent = new();
    private readonly OtlpSender _sender;
    private readonly Task[] _running;
    private int _acknowledged;

    public Load(ClewProcess process, int seed, string service)
    {
        _process = process;
        _sender = new OtlpSender(process);
        _running = [.. Enumerable.Range(0, Senders).Select(i => Task.Run(() => SendAsync(i, new SpanMaker(seed * Senders + i, $"{service} {i}"))))];
    }

    /// <summary>Requests acknowledged so far.</summary>
    public int Acknowledged => Volatile.Read(ref _acknowledged);

    public Task UntilAcknowledgedAsync(int requests) => Poll.UntilAsync(
        () => Task.FromResult(Acknowledged >= requests || _running.Any(static it => it.IsCompleted)),
        () => $"{Acknowledged} of {requests} requests are acknowledged");

    /// <summary>Stops sending; what is on its way is not waited for longer than the server lives.</summary>
    public async Task<LoadResult> StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        return new LoadResult([.. _sent]);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _sender.Dispose();
        _stop.Dispose();
    }

    private async Task SendAsync(int index, SpanMaker maker)
    {
        var random = new Random(maker.Service.Length + index);
        while (!_stop.IsCancellationRequested)
        {
            TestSpan[] spans = [.. Enumerable.Range(0, TracesPerRequest).SelectMany(_ => maker.Trace(SpansPerTrace))];
            var request = new LoadRequest(maker.Service, maker.Request(spans), spans);
            _sent.Enqueue(request);
            if (!await TrySendAsync(index, request))
            {
                return;
            }

            request.Acknowledged = true;
            Interlocked.Increment(ref _acknowledged);
            if (random.Next(20) == 0 && !await TrySendAsync(index, request))
            {
                return;
            }
        }
    }

    // Half over each protocol. False: the server is gone.
    private async Task<bool> TrySendAsync(int index, LoadRequest request)
    {
        while (true)
        {
            try
            {
                var answer = index % 2 == 0 ? await _sender.SendGrpcAsync(request.Bytes) : await _sender.SendHttpAsync(request.Bytes);
                return answer.RejectedSpans == 0;
            }
            catch (Exception refused) when (refused is RpcException or HttpRequestException or IOException or TaskCanceledException)
            {
                if (_process.HasExited || _stop.IsCancellationRequested)
                {
                    return false;
                }

                await Task.Delay(RetryPause);
            }
        }
    }
}
