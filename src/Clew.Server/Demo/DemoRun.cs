using Clew.Model;
using Clew.Pipeline.Exporters.Sending;

namespace Clew.Server.Demo;

/// <summary>
/// Sends the shop's traces. A request that the endpoint does not take now is sent again, after a word about it in <paramref name="notes"/>;
/// one that it refuses ends the run.
/// </summary>
internal sealed class DemoRun(DemoOptions options, ITraceSender sender, ITraceSender? proxies, TimeProvider clock, TextWriter notes)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    /// <summary>Shop requests in one export: about 700 spans, what an SDK's batch processor sends at most is 512.</summary>
    private const int MaxRequestsOfExport = 50;

    /// <summary>An endpoint that is down is tried for so many seconds.</summary>
    private const int MaxRetries = 30;

    private const string ZipkinOption = "--zipkin";

    private readonly IDemoScene _scene = options.Istio ? new Bookinfo(options.Seed) : new DemoShop(options.Seed);

    public DemoReport Report { get; } = new();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        while (options.Requests == 0 || Report.Requests < options.Requests)
        {
            var due = options.Rate <= 0 ? long.MaxValue : (long)(clock.GetElapsedTime(started).TotalSeconds * options.Rate) + 1;
            var left = options.Requests == 0 ? long.MaxValue : options.Requests - Report.Requests;
            var count = (int)Math.Min(Math.Min(due - Report.Requests, left), MaxRequestsOfExport);
            if (count > 0)
            {
                await SendAsync(count, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await Task.Delay(Tick, clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task SendAsync(int count, CancellationToken cancellationToken)
    {
        var traces = new List<(DemoTrace, long)>();
        for (var i = 0; i < count; i++)
        {
            foreach (var trace in _scene.Next())
            {
                Report.Add(trace);
                traces.Add((trace, StartOf(trace)));
            }

            Report.Requests++;
        }

        using (var request = DemoEncoder.Encode(traces))
        {
            Report.Bytes += request.Length;
            await DeliverAsync(sender, request.WrittenMemory, "--endpoint", cancellationToken).ConfigureAwait(false);
        }

        if (proxies is not null)
        {
            var request = EnvoyEncoder.Encode(traces);
            Report.Bytes += request.Length;
            await DeliverAsync(proxies, request, ZipkinOption, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task DeliverAsync(ITraceSender to, ReadOnlyMemory<byte> request, string option, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var outcome = await to.SendAsync(request, null, cancellationToken).ConfigureAwait(false);
            if (outcome.Status == SendStatus.Delivered)
            {
                return;
            }

            if (outcome.Status == SendStatus.Refused || attempt > MaxRetries)
            {
                var wayOut = outcome.Status == SendStatus.Refused ? "" : $" Is a server running there? Name another with {option}.{(option == ZipkinOption ? " Clew listens for Zipkin with --set receivers.zipkin.endpoint=127.0.0.1:9411." : "")}";
                throw new IOException($"{to.Target} does not take the demo's spans: {outcome.Reason}{wayOut}");
            }

            if (attempt == 1)
            {
                await notes.WriteLineAsync($"{to.Target} does not take spans now ({outcome.Reason}); trying again for {MaxRetries} s.").ConfigureAwait(false);
            }

            await Task.Delay(outcome.RetryAfter ?? RetryDelay, clock, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Live: the trace has just ended. Past: evenly over the window, so that a known number gives known times.</summary>
    private long StartOf(DemoTrace trace)
    {
        var now = UnixNano.Now(clock);
        if (options.Past <= TimeSpan.Zero || options.Requests == 0)
        {
            return now - trace.Duration;
        }

        var past = options.Past.Ticks * 100;
        return now - past + (long)(past * (Report.Requests / (double)options.Requests)) - trace.Duration;
    }
}
