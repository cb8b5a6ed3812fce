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
/// Several senders, each sending one request after the other over gRPC or HTTP, until the server is gone. Traces have a caller and a callee,
/// whose spans come in two requests. One request in twenty comes a second time, at once or much later. A refusal is answered as SDKs do, by
/// sending the same again. What they send follows from the seed; how far they get does not.
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
    private int _refused;

    /// <param name="process">Whom to send to.</param>
    /// <param name="seed">What to send.</param>
    /// <param name="service">The beginning of the services' names.</param>
    /// <param name="label">The attribute <c>load</c> of every span; none without it.</param>
    public Load(ClewProcess process, int seed, string service, string? label = null)
    {
        _process = process;
        _sender = new OtlpSender(process);
        _running = [.. Enumerable.Range(0, Senders).Select(i => Task.Run(() => SendAsync(i, new SpanMaker(seed * Senders + i, $"{service} {i}", label))))];
    }

    /// <summary>Requests acknowledged so far.</summary>
    public int Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>Attempts that the server refused so far, or could not answer.</summary>
    public int Refused => Volatile.Read(ref _refused);

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
        var mine = new List<LoadRequest>();
        while (!_stop.IsCancellationRequested)
        {
            TestSpan[][] traces = [.. Enumerable.Range(0, TracesPerRequest).Select(_ => maker.Trace(SpansPerTrace))];
            LoadRequest[] halves =
            [
                Request(maker.Service, [.. traces.SelectMany(static trace => trace[..(SpansPerTrace / 2)])]),
                Request($"{maker.Service} back", [.. traces.SelectMany(static trace => trace[(SpansPerTrace / 2)..])]),
            ];
            foreach (var request in halves)
            {
                _sent.Enqueue(request);
                if (!await TrySendAsync(index, request))
                {
                    return;
                }

                request.Acknowledged = true;
                Interlocked.Increment(ref _acknowledged);
                mine.Add(request);
                if (random.Next(20) == 0 && !await TrySendAsync(index, random.Next(2) == 0 ? request : mine[random.Next(mine.Count)]))
                {
                    return;
                }
            }
        }
    }

    private static LoadRequest Request(string service, TestSpan[] spans) => new(service, ExportRequest.Of(service, spans), spans);

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

                Interlocked.Increment(ref _refused);
                await Task.Delay(RetryPause);
            }
        }
    }
}
