using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration.Binding;

/// <summary>A name in a pipeline, with the place where it was written.</summary>
internal readonly record struct Reference(ComponentId Id, SourceMark Mark);

/// <summary>A pipeline as it was written.</summary>
internal sealed record DeclaredPipeline(
    ComponentId Id,
    SourceMark Mark,
    IReadOnlyList<Reference> Receivers,
    IReadOnlyList<Reference> Processors,
    IReadOnlyList<Reference> Exporters)
{
    public string Path => $"service.pipelines.{Id}";

    public bool IsTraces => Id.Type == ServiceBinder.Traces;
}

/// <summary>What <c>service</c> says.</summary>
internal sealed record DeclaredService(
    IReadOnlyList<DeclaredPipeline> Pipelines,
    IReadOnlyList<Reference> Extensions,
    TelemetryConfig Telemetry,
    bool Strict);

/// <summary>Reads the <c>service</c> section.</summary>
internal static class ServiceBinder
{
    public const string Traces = "traces";
    public const string Metrics = "metrics";
    public const string StrictText = "Run exactly what the pipelines name, without the receivers that the Collector's chart adds.";

    private static readonly string[] s_otherSignals = ["metrics", "logs", "profiles"];

    private static readonly string[] s_logSettings =
    [
        "development", "disable_caller", "disable_stacktrace", "sampling", "output_paths", "error_output_paths", "initial_fields", "processors",
    ];

    public static DeclaredService Bind(Section root)
    {
        var service = root.Child("service");
        var strict = service.Bool("strict", false, StrictText);
        var extensions = References(service, "extensions");
        var pipelines = new List<DeclaredPipeline>();
        var section = service.Child("pipelines");
        foreach (var entry in section.Entries)
        {
            if (!ComponentIdText.TryParse(entry.Key, out var id) || (id.Type != Traces && !s_otherSignals.Contains(id.Type)))
            {
                section.Keep(entry);
                section.Error(entry.KeyMark, $"'{entry.Key}' is not a pipeline; use traces or traces/name");
                continue;
            }

            var item = section.Item(entry);
            pipelines.Add(new DeclaredPipeline(
                id, entry.KeyMark, References(item, "receivers"), References(item, "processors"), References(item, "exporters")));
            if (id.Type is not (Traces or Metrics) && entry.KeyMark.Document.IsWritten)
            {
                root.Context.Problems.Warn(entry.KeyMark, $"service.pipelines.{id}: left out, Clew carries traces only");
            }
        }

        return new DeclaredService(pipelines, extensions, Telemetry(service.Child("telemetry")), strict);
    }

    private static List<Reference> References(Section section, string key) =>
        [.. section.Ids(key).Select(static item => new Reference(item.Id, item.Mark))];

    private static TelemetryConfig Telemetry(Section s)
    {
        var d = new TelemetryConfig();
        var logs = s.Child("logs");
        var config = new TelemetryConfig
        {
            LogLevel = logs.Choice("level", d.LogLevel, "What the process writes about itself.",
                ("info", "info"), ("debug", "debug"), ("warn", "warn"), ("error", "error"), ("warning", "warn")),
            LogEncoding = logs.Choice("encoding", d.LogEncoding, "How it is written.", ("console", "console"), ("json", "json")),
            Metrics = s.OptionalChild("metrics", "The process's own metrics.") is { } metrics ? Reader(metrics) : null,
        };
        foreach (var key in s_logSettings)
        {
            logs.Raw(key);
        }

        foreach (var key in (string[])["traces", "resource"])
        {
            s.Raw(key);
        }

        return config;
    }

    /// <summary>The Collector's form, with a list of readers, and its older one, an address. Null without either and with <c>level: none</c>.</summary>
    private static MetricsReaderConfig? Reader(Section s)
    {
        var level = s.Choice("level", "normal", "`none` offers nothing; the others are the same.", ("none", "none"), ("basic", "basic"), ("normal", "normal"), ("detailed", "detailed"));
        var address = s.String("address", "", "The older form of a reader: host:port.");
        if (!Endpoint.TryParse(address, out var endpointOfAddress) && address.Length > 0)
        {
            s.ErrorAt("address", $"'{address}' is no address; {Endpoint.Hint}");
        }

        var readers = s.ListOf("readers", "The first that is a pull reader for Prometheus is used.", static item =>
        {
            item.Raw("periodic");
            if (item.OptionalChild("pull")?.Child("exporter").OptionalChild("prometheus") is not { } prometheus)
            {
                return null;
            }

            var port = prometheus.Int("port", 8888, "", 0, 65_535);
            var endpoint = new Endpoint(prometheus.String("host", "localhost", "Where to listen."), port);
            foreach (var key in (string[])["without_scope_info", "without_units", "with_resource_constant_labels", "translation_strategy"])
            {
                prometheus.Raw(key);
            }

            return new MetricsReaderConfig(endpoint, prometheus.Bool("without_type_suffix", false, "Name counters without `_total`."));
        });
        s.Raw("views");
        return s.IsDocumenting || level == "none" ? null
            : readers.OfType<MetricsReaderConfig>().FirstOrDefault() ?? (endpointOfAddress.Port == 0 ? null : new MetricsReaderConfig(endpointOfAddress, false));
    }
}
