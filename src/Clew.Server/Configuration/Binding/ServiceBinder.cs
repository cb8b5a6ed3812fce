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
        };
        foreach (var key in s_logSettings)
        {
            logs.Raw(key);
        }

        foreach (var key in (string[])["metrics", "traces", "resource"])
        {
            s.Raw(key);
        }

        return config;
    }
}
