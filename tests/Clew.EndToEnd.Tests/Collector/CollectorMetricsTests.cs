using System.Text.RegularExpressions;
using Clew.EndToEnd.Tests.Harness;
using Clew.EndToEnd.Tests.Otlp;

namespace Clew.EndToEnd.Tests.Collector;

/// <summary>The Collector's own metrics by name: dashboards and alerts that were made for it find them.</summary>
public sealed partial class CollectorMetricsTests : IDisposable
{
    private readonly TempFolder _data = new();
    private readonly TempFolder _hopData = new();
    private readonly TempFolder _files = new();

    /// <summary>Names as they come out of a reader without suffixes; a counter may have <c>_total</c>, a histogram has its three series.</summary>
    private static readonly string[] s_names =
    [
        "otelcol_receiver_accepted_spans", "otelcol_receiver_refused_spans",
        "otelcol_processor_incoming_items", "otelcol_processor_outgoing_items", "otelcol_processor_internal_duration",
        "otelcol_processor_batch_batch_send_size", "otelcol_processor_batch_batch_send_size_bytes", "otelcol_processor_batch_batch_size_trigger_send",
        "otelcol_processor_batch_timeout_trigger_send", "otelcol_processor_batch_metadata_cardinality",
        "otelcol_processor_memory_limiter_accepted_spans", "otelcol_processor_accepted_spans",
        "otelcol_processor_probabilistic_sampler_count_traces_sampled", "otelcol_processor_filter_spans_filtered",
        "otelcol_processor_tail_sampling_count_traces_sampled", "otelcol_processor_tail_sampling_global_count_traces_sampled", "otelcol_processor_tail_sampling_new_trace_id_received",
        "otelcol_processor_tail_sampling_sampling_decision_latency", "otelcol_processor_tail_sampling_sampling_decision_timer_latency", "otelcol_processor_tail_sampling_sampling_traces_on_memory",
        "otelcol_processor_tail_sampling_sampling_trace_removal_age", "otelcol_processor_tail_sampling_sampling_late_span_age", "otelcol_processor_tail_sampling_count_spans_sampled",
        "otelcol_processor_tail_sampling_early_releases_from_cache_decision",
        "otelcol_exporter_sent_spans", "otelcol_exporter_send_failed_spans", "otelcol_exporter_enqueue_failed_spans", "otelcol_exporter_queue_size", "otelcol_exporter_queue_capacity",
        "otelcol_exporter_enqueue_size", "otelcol_exporter_in_flight_requests", "otelcol_exporter_queue_batch_send_size", "otelcol_exporter_sent_metric_points",
        "otelcol_process_uptime", "otelcol_process_cpu_seconds", "otelcol_process_memory_rss", "otelcol_process_runtime_heap_alloc_bytes", "otelcol_process_runtime_total_alloc_bytes",
        "otelcol_process_runtime_total_sys_memory_bytes",
        "otelcol_receiver_produced_items", "otelcol_processor_consumed_items", "otelcol_processor_produced_items", "otelcol_exporter_consumed_items", "otelcol_connector_consumed_items",
        "otelcol_connector_produced_items", "otelcol_exporter_consumed_size",
    ];

    public void Dispose()
    {
        _data.Dispose();
        _hopData.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task Every_name_of_the_collector_is_there_after_some_traffic()
    {
        await using var hop = await ClewProcess.StartAsync(_hopData.Path);
        var (metrics, nobody) = (FreePorts.Take(), FreePorts.Take());
        var file = Path.Combine(_files.Path, "collector.yaml");
        await File.WriteAllTextAsync(file, $$$"""
            receivers: {otlp: {protocols: {grpc: {}, http: {} } } }
            processors:
              memory_limiter: {check_interval: 1s, limit_mib: 1024}
              batch: {timeout: 50ms, send_batch_size: 20}
              probabilistic_sampler: {sampling_percentage: 100}
              filter: {traces: {span: ['name == "drop me"']} }
              tail_sampling: {decision_wait: 1s, policies: [{name: all, type: always_sample}]}
            connectors: {forward: {}, spanmetrics: {metrics_flush_interval: 1s} }
            exporters:
              otlp: {endpoint: {{{hop.OtlpGrpc.Authority}}}, tls: {insecure: true} }
              otlp/full: {endpoint: "127.0.0.1:{{{nobody}}}", tls: {insecure: true}, sending_queue: {queue_size: 1}, retry_on_failure: {initial_interval: 200ms, max_interval: 200ms, max_elapsed_time: 2s} }
              prometheus: {endpoint: "127.0.0.1:{{{metrics}}}"}
            service:
              pipelines:
                traces/in: {receivers: [otlp], processors: [memory_limiter, filter, probabilistic_sampler], exporters: [forward, spanmetrics]}
                traces/out: {receivers: [forward], processors: [batch], exporters: [otlp]}
                traces/tail: {receivers: [forward], processors: [tail_sampling], exporters: [otlp]}
                traces/full: {receivers: [otlp], exporters: [otlp/full]}
                metrics: {receivers: [spanmetrics], exporters: [prometheus]}
            """);
        await using var collector = await ClewProcess.StartAsync(_data.Path, "--config", file);
        using var client = new HttpClient();
        using var sender = new OtlpSender(collector);
        var maker = new SpanMaker(seed: 940, "metered");
        HashSet<string> seen = [];

        // Its spans keep coming: after a second they are late.
        var slow = maker.Span().TraceId;
        await Poll.UntilAsync(
            async () =>
            {
                var dropped = maker.Span() with { Name = "drop me" };

                // The second is too small for a full request: it leaves when the timeout is up.
                foreach (var spans in (TestSpan[][])[[.. maker.Trace(25), dropped], [maker.Span() with { TraceId = slow }, .. maker.Trace(1)]])
                {
                    try
                    {
                        await sender.SendGrpcAsync(maker.Request(spans));
                    }
                    catch (Grpc.Core.RpcException refused) when (refused.StatusCode is Grpc.Core.StatusCode.ResourceExhausted)
                    {
                        // The exporter whose queue holds one request has one.
                    }
                }

                await client.GetStringAsync(new Uri($"http://127.0.0.1:{metrics}/metrics"));
                seen = [.. Sample().Matches(await client.GetStringAsync(new Uri(collector.Http, "/metrics"))).Select(static match => match.Groups[1].Value)];
                return Missing(seen).Count == 0;
            },
            () => $"missing: {string.Join(", ", Missing(seen))}\nThere are: {string.Join(", ", seen.Where(static name => name.StartsWith("otelcol", StringComparison.Ordinal)).Order())}\n{collector.Output}");
    }

    private static List<string> Missing(HashSet<string> seen) =>
        [.. s_names.Where(name => !seen.Contains(name) && !seen.Contains(name + "_total") && !seen.Contains(name + "_bucket"))];

    [GeneratedRegex("^([a-zA-Z_:][a-zA-Z0-9_:]*)[{ ]", RegexOptions.Multiline)]
    private static partial Regex Sample();
}
