using System.Globalization;
using Clew.Pipeline.Components;
using Clew.Pipeline.Metrics;

namespace Clew.Server.Configuration.Binding;

/// <summary>
/// Reads the connectors that derive metrics from spans, and the exporters of metrics pipelines. Keys are the Collector's; those of Tempo's
/// generator that mean the same are taken too.
/// </summary>
internal static class MetricSettings
{
    public static ConnectorConfig ServiceGraph(Section s, ComponentId id)
    {
        var d = new ServiceGraphOptions();
        var store = s.Child("store");
        var wait = store.Duration("ttl", d.Wait, "How long the halves of a call wait for each other.");
        var items = store.Int("max_items", d.MaxItems, "Traces that wait at the same time.", 1);
        var options = new ServiceGraphOptions
        {
            Wait = s.OptionalDuration("wait", "Tempo's name of `store.ttl`.") ?? wait,
            MaxItems = s.OptionalInt("max_items", "Tempo's name of `store.max_items`.", 1) ?? items,
            Bounds = Bounds(s, "latency_histogram_buckets", "Upper bounds.", 1) ?? Bounds(s, "histogram_buckets", "Tempo's name of `latency_histogram_buckets`; seconds.", 1) ?? d.Bounds,
            Dimensions = Dimensions(s, "dimensions", "Attributes that become the labels `client_…` and `server_…`."),
            VirtualNodeLabel = s.Bool("virtual_node_extra_label", false, "Adds the label `virtual_node`.") | s.Bool("enable_virtual_node_label", false, "Tempo's name of it."),
            FlushInterval = s.Duration("metrics_flush_interval", d.FlushInterval, "How often series are sent."),
            Series = d.Series with { MaxSeries = s.Int("max_active_series", d.Series.MaxSeries, "Series of one metric.", 1) },
        };

        // Halves are paired by the rules that every other part of the program uses, so these have nothing left to say.
        foreach (var key in (string[])
                 [
                     "cache_loop", "store_expiration_loop", "metrics_timestamp_offset", "virtual_node_peer_attributes", "peer_attributes", "database_name_attribute",
                     "database_name_attributes", "exponential_histogram_max_size", "enable_client_server_prefix", "workers",
                 ])
        {
            s.Raw(key);
        }

        return new ConnectorConfig(id, default) { Create = context => new ServiceGraphConnector(id, options, context), MakesMetrics = true };
    }

    public static ConnectorConfig SpanMetrics(Section s, ComponentId id)
    {
        var d = new SpanMetricsOptions();
        var histogram = s.Child("histogram");
        var isSeconds = histogram.Choice("unit", false, "", ("ms", false), ("s", true));
        var bounds = histogram.OptionalChild("explicit") is { } given ? Bounds(given, "buckets", "Upper bounds.", isSeconds ? 1 : 1000) : null;
        foreach (var key in (string[])["exponential", "dimensions"])
        {
            histogram.Raw(key);
        }

        var exemplars = s.Child("exemplars");
        var perPoint = exemplars.Int("max_per_data_point", 5, "Exemplars kept between two flushes.", 1);
        var withExemplars = exemplars.Bool("enabled", true);
        var limit = s.Int("aggregation_cardinality_limit", 0, "Series of one metric; 0: 20000.");
        var options = new SpanMetricsOptions
        {
            Namespace = s.String("namespace", d.Namespace, "Prefix of the Collector's names."),
            TempoNames = s.Bool("tempo_names", d.TempoNames, "Makes `traces_spanmetrics_…` as Tempo's generator does, which Grafana's service graph asks for."),
            Dimensions = Dimensions(s, "dimensions", "Attributes that become labels."),
            ExcludedDimensions = [.. s.Strings("exclude_dimensions", [], "Of the Collector's own four.")],
            NoHistogram = histogram.Bool("disable", false),
            InSeconds = isSeconds,
            Bounds = bounds ?? (isSeconds ? [.. d.Bounds.Select(static bound => bound / 1000)] : d.Bounds),
            TempoBounds = Bounds(s, "histogram_buckets", "Bounds of Tempo's histogram; seconds.", 1) ?? d.TempoBounds,
            FlushInterval = s.Duration("metrics_flush_interval", d.FlushInterval, "How often series are sent."),
            Series = d.Series with
            {
                MaxSeries = limit > 0 ? limit : d.Series.MaxSeries,
                Expiry = s.Duration("metrics_expiration", TimeSpan.Zero, "A series goes when nothing was added for so long; 0: never."),
                ExemplarsPerSeries = withExemplars ? perPoint : 0,
            },
        };
        foreach (var key in (string[])
                 [
                     "series_expiration", "calls_dimensions", "dimensions_cache_size", "resource_metrics_cache_size", "resource_metrics_key_attributes", "add_resource_attributes",
                     "aggregation_temporality", "events", "include_instrumentation_scope", "metric_timestamp_cache_size", "instrumentation_scope",
                 ])
        {
            s.Raw(key);
        }

        return new ConnectorConfig(id, default) { Create = context => new SpanMetricsConnector(id, options, context), MakesMetrics = true };
    }

    public static BuiltMetricExporterConfig Prometheus(Section s, ComponentId id)
    {
        var endpoint = s.Endpoint("endpoint", new Endpoint("localhost", 8889), "Where `/metrics` is offered.");
        var options = new PrometheusExporterOptions
        {
            Host = endpoint.Host, Port = endpoint.Port,
            Namespace = s.String("namespace", "", "Prefix of all names."),
            ConstLabels = [.. s.StringMap("const_labels", "Labels of every series.")],
            OpenMetrics = s.Bool("enable_open_metrics", true, "Offers OpenMetrics, with exemplars, to those who ask for it."),
        };
        foreach (var key in (string[])["send_timestamps", "metric_expiration", "resource_to_telemetry_conversion", "add_metric_suffixes", "tls"])
        {
            s.Raw(key);
        }

        return new BuiltMetricExporterConfig { Id = id, Create = services => new PrometheusExporter(id, options, services.Metrics) };
    }

    public static BuiltMetricExporterConfig RemoteWrite(Section s, ComponentId id)
    {
        var endpoint = s.String("endpoint", "", "The complete URL, as in `http://prometheus:9090/api/v1/write`.");
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            if (!s.IsDocumenting)
            {
                s.Error(s.MarkOf("endpoint"), endpoint.Length == 0 ? "needs endpoint, the address to send to" : $"'{SecretNames.WithoutUserInfo(endpoint)}' is not an address; use http://host:port/api/v1/write");
            }

            address = ExporterAddress.Unset;
        }

        var queue = s.Child("remote_write_queue");
        var retry = s.Child("retry_on_failure");
        var tls = s.OptionalChild("tls") is { } tlsSection ? TlsSettings.Client(tlsSection) : new TlsClientConfig();
        var wal = s.OptionalChild("wal", "Requests wait in files and survive a restart; without it they wait in memory.");
        var walFolder = wal?.String("directory", "", "Their folder; the exporter's own under the data folder when it is not given.");
        foreach (var key in (string[])["buffer_size", "truncate_frequency", "lag_record_frequency"])
        {
            wal?.Raw(key);
        }

        if (s.Has("auth"))
        {
            s.NoteMissing("auth", "", "series are sent without an authenticator; headers can carry credentials");
        }

        var options = new RemoteWriteOptions
        {
            Endpoint = address,
            Namespace = s.String("namespace", "", "Prefix of all names."),
            ExternalLabels = [.. s.StringMap("external_labels", "Labels of every series.")],
            Headers = s.SecretMap("headers", "Sent with every request.").ToDictionary(static header => header.Key, static header => header.Value.Reveal()),
            SendMetadata = s.Bool("send_metadata", false),
            Timeout = s.Duration("timeout", TimeSpan.FromSeconds(5), "For one attempt."),
            QueueSize = queue.Int("queue_size", 1000, "Requests that wait while the other side does not answer.", 1),
            InitialRetryDelay = retry.Duration("initial_interval", TimeSpan.FromMilliseconds(500)),
            MaxRetryDelay = retry.Duration("max_interval", TimeSpan.FromSeconds(30)),
            MaxElapsed = retry.Duration("max_elapsed_time", TimeSpan.FromMinutes(5), "0: for ever."),
            SkipTlsVerify = tls.InsecureSkipVerify,
        };
        foreach (var key in (string[])["enabled", "num_consumers"])
        {
            queue.Raw(key);
        }

        foreach (var key in (string[])["enabled", "randomization_factor", "multiplier"])
        {
            retry.Raw(key);
        }

        foreach (var key in (string[])
                 [
                     "add_metric_suffixes", "target_info", "resource_to_telemetry_conversion", "compression", "max_batch_size_bytes", "max_batch_request_parallelism",
                     "export_created_metric", "auth", "protobuf_message", "translation_strategy",
                 ])
        {
            s.Raw(key);
        }

        return new BuiltMetricExporterConfig { Id = id, Create = services => new RemoteWriteExporter(id, options with { WalFolder = WalFolder(walFolder, id, services) }, services) };
    }

    /// <summary>Null when there is no <c>wal</c>. Throws <see cref="IOException"/> when there is no disk for it.</summary>
    private static string? WalFolder(string? directory, ComponentId id, ComponentServices services) => directory switch
    {
        null => null,
        { Length: > 0 } => directory,
        _ when services.DataFolder is { } data => Path.Combine(data, "queues", id.ToString().Replace('/', '_')),
        _ => throw new IOException($"exporter '{id}': wal needs a folder; set wal.directory or give the process a data folder (--data)"),
    };

    /// <summary>Names, or <c>{name, default}</c> as the Collector has them.</summary>
    private static List<Dimension> Dimensions(Section s, string key, string text) => s.Mixed<Dimension>(
        key, text, static word => new Dimension(word.Text),
        static item => new Dimension(item.String("name", ""), item.String("default", "", "For spans without it.") is { Length: > 0 } value ? value : null));

    /// <summary>Durations, or numbers of seconds; null when there are none. <paramref name="scale"/> is the number of units in a second.</summary>
    private static List<double>? Bounds(Section s, string key, string text, double scale)
    {
        var words = s.Strings(key, [], text);
        if (words.Count == 0)
        {
            return null;
        }

        var bounds = new List<double>();
        foreach (var word in words)
        {
            if (double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            {
                bounds.Add(number * scale);
            }
            else if (GoDuration.TryParse(word, out var duration))
            {
                bounds.Add(duration.TotalSeconds * scale);
            }
            else
            {
                s.ErrorAt(key, $"'{word}' is not a duration; {GoDuration.Hint}");
            }
        }

        bounds.Sort();
        return [.. bounds.Where(double.IsFinite).Distinct()];
    }
}
