using System.Globalization;
using Clew.Model;
using Clew.Query;
using Clew.Query.Search;
using Clew.Receivers.Telemetry;
using Clew.Server.Configuration;
using Clew.Server.Hosting;
using Clew.Storage;
using Clew.TraceQL;

namespace Clew.Server.Doctor;

/// <summary>
/// Answers "why are there no traces?" from what the process knows about itself: listeners, senders, refusals, sampling, exporters,
/// times of the data. Each finding names the thing, the value and the way out.
/// </summary>
internal sealed class Doctor(ClewConfig config, PipelineHost pipeline, ReloadReport reload, TraceStore? store, QueryEngine engine, TimeProvider clock, bool isContainer)
{
    /// <summary>Traces looked at for lost context.</summary>
    private const int TracesLookedAt = 100;

    private static readonly TimeSpan SkewLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(10);

    private readonly List<Finding> _findings = [];

    /// <summary>With <paramref name="test"/>, a span of the service <c>clew-doctor</c> is sent to every endpoint and looked up again.</summary>
    public async Task<DoctorReport> ExamineAsync(TenantId tenant, bool test, CancellationToken cancellationToken)
    {
        // A server that was examined before has not received anything for that.
        IReadOnlyList<ReceiverStatus> receivers = [.. pipeline.Graph.ReceiverStatus.Select(static status => status.Without(TestSpans.Service))];
        Received(receivers);
        Listening(receivers);
        Refused(receivers);
        Dropped();
        Exporting();
        Reloaded();
        if (store is not null)
        {
            Stored(store.Totals(tenant), receivers);
            await LostContextAsync(tenant, cancellationToken).ConfigureAwait(false);
        }

        foreach (var missing in config.NotInThisVersion)
        {
            Add("not-in-this-version", Severity.Warning, $"{missing.Component} is configured and does nothing in this version.", $"{missing.Where}: {missing.Why}", missing.WayOut.Length > 0 ? missing.WayOut : null);
        }

        if (test)
        {
            _findings.AddRange(await new SelfTest(config, pipeline, store is null ? null : engine, tenant, clock).RunAsync(cancellationToken).ConfigureAwait(false));
        }

        var ordered = _findings.OrderByDescending(static finding => finding.Severity).ToList();
        return new DoctorReport(clock.GetUtcNow(), Verdict(ordered), ordered);
    }

    private static string Verdict(List<Finding> ordered) => ordered.FirstOrDefault() switch
    {
        { Severity: Severity.Error } worst => $"Likely cause: {worst.Title}",
        { Severity: Severity.Warning } worst => $"Spans are taken. Worth a look: {worst.Title}",
        _ => "Everything that was looked at is well.",
    };

    private void Add(string code, Severity severity, FormattableString title, FormattableString? detail = null, string? wayOut = null) =>
        _findings.Add(Finding.Of(code, severity, title, detail, wayOut));

    /// <summary>With a detail in another program's words.</summary>
    private void AddQuoting(string code, Severity severity, FormattableString title, string detail, string? wayOut = null) =>
        _findings.Add(Finding.Of(code, severity, title, null, wayOut) with { Detail = detail });

    private void Listening(IReadOnlyList<ReceiverStatus> receivers)
    {
        if (receivers.Count == 0)
        {
            Add("no-receiver", Severity.Error, $"No receiver runs: nothing can send spans here.", null,
                "Name a receiver in receivers and in service.pipelines.traces.receivers; without a configuration OTLP is on.");
        }

        // Several encodings at one address are one place to listen at.
        var places = receivers.DistinctBy(static receiver => receiver.EndPoints.Count == 0 ? receiver.Receiver + receiver.Transport : receiver.Receiver + string.Join(',', receiver.EndPoints)).ToList();
        foreach (var receiver in places)
        {
            if (receiver.EndPoints.Count == 0)
            {
                Add("not-listening", Severity.Error, $"Receiver {receiver.Receiver} does not listen for {receiver.Transport}.", null, "The log says why; most often another program has the port.");
            }
            else
            {
                Add("listening", Severity.Ok, $"Receiver {receiver.Receiver} listens for {receiver.Transport} on {string.Join(", ", receiver.EndPoints)}.");
            }
        }

        var loopback = places.Where(receiver => receiver.EndPoints.Count > 0 && receiver.EndPoints.All(IsLoopback)).Select(static receiver => $"{receiver.Receiver} ({receiver.Transport})").ToList();
        if (loopback.Count > 0 && isContainer)
        {
            // When spans arrive, the senders are inside too (a sidecar's pod).
            var harmless = receivers.Any(static receiver => receiver.LastReceived is not null);
            Add("loopback-in-container", harmless ? Severity.Info : Severity.Error, $"{string.Join(", ", loopback)} can be reached from inside this container only.",
                $"They are bound to a loopback address.", "Set endpoint: 0.0.0.0:PORT for each protocol.");
        }
        else if (loopback.Count > 0)
        {
            Add("loopback", Severity.Info, $"{string.Join(", ", loopback)} can be reached from this machine only.", $"They are bound to a loopback address, which is the default.",
                "If senders are on other machines, set endpoint: 0.0.0.0:PORT.");
        }
    }

    private static bool IsLoopback(string endPoint) =>
        System.Net.IPEndPoint.TryParse(endPoint, out var parsed) && System.Net.IPAddress.IsLoopback(parsed.Address);

    private void Received(IReadOnlyList<ReceiverStatus> receivers)
    {
        var last = receivers.Max(static receiver => receiver.LastReceived);
        if (last is null)
        {
            var addresses = string.Join(", ", receivers.SelectMany(static receiver => receiver.EndPoints.Select(endPoint => $"{receiver.Transport} {endPoint}")));
            Add("nothing-received", Severity.Error, $"Nothing has arrived since the start.", $"Listening: {addresses}.",
                "Check that the application exports (OTEL_TRACES_EXPORTER is not 'none'), that OTEL_EXPORTER_OTLP_ENDPOINT names this address, that the port fits the protocol "
                + "(4317 gRPC, 4318 HTTP), and that no network policy lies between.");
            return;
        }

        foreach (var receiver in receivers.Where(static receiver => receiver.Requests > 0))
        {
            var senders = string.Join("; ", receiver.Senders.Take(5).Select(static sender =>
                $"{sender.Peer} ({(sender.UserAgent.Length > 0 ? sender.UserAgent : "no user agent")}): {sender.AcceptedSpans} accepted, {sender.RefusedSpans} refused"));
            Add("received", Severity.Ok,
                $"{receiver.AcceptedSpans} spans were accepted by {receiver.Receiver} over {receiver.Transport}, the last {Age(receiver.LastReceived!.Value)} ago.", $"{senders}");
        }

        if (clock.GetUtcNow() - last.Value > Silence)
        {
            Add("silent", Severity.Warning, $"Nothing has arrived for {Age(last.Value)}.", $"The last request came from {receivers.MaxBy(static receiver => receiver.LastReceived)!.LastPeer}.",
                "If the applications have traffic, look at their logs for exporter errors.");
        }
    }

    private string Age(DateTimeOffset time) => (clock.GetUtcNow() - time) switch
    {
        { TotalSeconds: < 90 } age => string.Create(CultureInfo.InvariantCulture, $"{age.TotalSeconds:0} s"),
        { TotalMinutes: < 90 } age => string.Create(CultureInfo.InvariantCulture, $"{age.TotalMinutes:0} min"),
        var age => string.Create(CultureInfo.InvariantCulture, $"{age.TotalHours:0} h"),
    };

    private void Refused(IReadOnlyList<ReceiverStatus> receivers)
    {
        // Where spans arrive, one sender is wrong and not the way in.
        var severity = receivers.Any(static receiver => receiver.AcceptedSpans > 0) ? Severity.Warning : Severity.Error;
        foreach (var receiver in receivers)
        {
            if (receiver.TlsAttempts > 0)
            {
                Add("tls-to-plaintext", Severity.Error, $"{receiver.TlsAttempts} connections spoke TLS to the plaintext port of {receiver.Receiver} ({receiver.Transport}).", null,
                    "Use http:// in OTEL_EXPORTER_OTLP_ENDPOINT (or insecure: true in a Collector's exporter), or give the receiver tls: {cert_file, key_file}.");
            }

            var refused = receiver.RefusedSpans + receiver.FailedSpans;
            if (refused > 0 || receiver.RefusedRequests > 0)
            {
                Add("refused", severity, $"{receiver.Receiver} ({receiver.Transport}) refused {refused} spans and {receiver.RefusedRequests} requests.",
                    receiver.LastRefusal is null ? (FormattableString?)null : $"The last one, {Age(receiver.LastRefusalTime!.Value)} ago: {receiver.LastRefusal}",
                    "The sender was told the same; the reason above says what to change.");
            }

            if (receiver.UnsupportedRequests > 0)
            {
                Add("other-signals", Severity.Info, $"{receiver.UnsupportedRequests} requests with metrics or logs came to {receiver.Receiver} ({receiver.Transport}); Clew takes traces.", null,
                    "Set OTEL_METRICS_EXPORTER=none and OTEL_LOGS_EXPORTER=none, or send those signals elsewhere.");
            }
        }
    }

    private void Dropped()
    {
        foreach (var stage in PipelineReport.Of(pipeline, reload, clock.GetUtcNow()).Stages)
        {
            if (stage is { Kind: "processor", SpansOut: { } spansOut } && stage.Accepted > spansOut && stage.Accepted > 0)
            {
                var share = 100.0 * (stage.Accepted - spansOut) / stage.Accepted;
                var percent = share.ToString("0.#", CultureInfo.InvariantCulture);
                Add("sampled-away", share > 99.5 ? Severity.Error : Severity.Info,
                    $"{stage.Id} in pipeline {stage.Pipeline} dropped {percent} % of the spans on purpose.", $"{stage.Accepted} in, {spansOut} out.",
                    "A trace that is looked for may be among them; raise the percentage or loosen the condition to keep more.");
            }

            if (stage.Refused + stage.Failed > 0 && stage.LastError is { } error)
            {
                AddQuoting("pipeline-refuses", Severity.Warning,
                    $"{stage.Id} in pipeline {stage.Pipeline} refused {stage.Refused + stage.Failed} spans; their senders were told to try again or why not.", error);
            }
        }
    }

    private void Exporting()
    {
        foreach (var exporter in PipelineReport.Of(pipeline, reload, clock.GetUtcNow()).Exporters)
        {
            if (exporter.Status is not { } status)
            {
                continue;
            }

            if (status.LastError is { } error)
            {
                AddQuoting("exporter-failing", Severity.Error, $"Exporter {exporter.Id} cannot deliver to {status.Target}.", error,
                    "What was acknowledged waits in its queue on disk and is sent when the next hop is back; check its address, TLS and name resolution.");
            }

            if (status.FailedSpans > 0)
            {
                Add("exporter-gave-up", Severity.Warning, $"Exporter {exporter.Id} gave up {status.FailedSpans} spans that the next hop refused for good.", null, "The log names the reason for each request.");
            }

            if (status is { QueueSize: { } size, QueueCapacity: { } capacity } && size * 5 > capacity * 4)
            {
                Add("queue-nearly-full", Severity.Warning, $"The queue of exporter {exporter.Id} holds {size} of {capacity} {status.QueueUnit}.", null,
                    "Senders are refused when it is full: make the next hop faster, or raise sending_queue.queue_size.");
            }
        }
    }

    private void Reloaded()
    {
        if (reload is { LastSucceeded: false, LastTime: { } time })
        {
            AddQuoting("reload-failed", Severity.Warning, $"The configuration on disk does not run: loading it {Age(time)} ago failed.", reload.LastMessage ?? "",
                "The configuration of before goes on. Correct what the message names; a file that changes is loaded again by itself.");
        }
    }

    private void Stored(StoreTotals totals, IReadOnlyList<ReceiverStatus> receivers)
    {
        var stored = totals.HeadSpans + totals.BlockSpans;
        var now = UnixNano.Now(clock);
        if (stored == 0)
        {
            var accepted = receivers.Sum(static receiver => receiver.AcceptedSpans);
            Add("store-empty", accepted > 0 ? Severity.Error : Severity.Info, $"Nothing is stored for this tenant.",
                accepted > 0 ? $"{accepted} spans were accepted: they were sampled away, sent on, or belong to another tenant." : (FormattableString?)null,
                accepted > 0 ? "Compare the sampling above, the pipeline's exporters, and the tenant header of sender and reader." : null);
            return;
        }

        Add("stored", Severity.Ok, $"{stored} spans are stored, from {Time(totals.OldestUnixNano)} to {Time(totals.NewestUnixNano)}.");
        if (totals.NewestUnixNano - now > SkewLimit.Ticks * 100)
        {
            Add("clock-ahead", Severity.Warning, $"The newest span lies in the future: {Time(totals.NewestUnixNano)}.", $"A sender's clock is ahead.", "Set the senders' clocks (NTP); searches that end now do not show these spans.");
        }

        if (now - totals.NewestUnixNano > TimeSpan.FromHours(1).Ticks * 100)
        {
            Add("data-is-old", Severity.Info, $"The newest span is from {Time(totals.NewestUnixNano)}.", $"Searches over the last hour show nothing.", "Widen the time range to see what is there.");
        }
    }

    private static string Time(long unixNano) =>
        DateTimeOffset.UnixEpoch.AddTicks(unixNano / 100).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Traces without a root are the mark of headers that were not forwarded, or of a service that samples on its own.</summary>
    private async Task LostContextAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        if (TraceQl.Parse("{ }").Root is not { } query)
        {
            return;
        }

        try
        {
            var result = await engine.SearchAsync(tenant, new SearchRequest { Query = query, Limit = TracesLookedAt }, cancellationToken).ConfigureAwait(false);
            var rootless = result.Traces.Count(static trace => trace.RootName is null);
            if (result.Traces.Count >= 10 && rootless * 5 >= result.Traces.Count)
            {
                var example = result.Traces.First(static trace => trace.RootName is null).Id;
                Add("lost-context", Severity.Warning, $"{rootless} of the newest {result.Traces.Count} traces have no root span.", $"For example {example}.",
                    "A service does not forward the trace headers, uses other ones (B3 behind W3C: set OTEL_PROPAGATORS=tracecontext,baggage,b3multi), or samples on its own.");
            }
        }
        catch (QueryException)
        {
            // A busy server has no time for this question; the other findings stand.
        }
    }
}
