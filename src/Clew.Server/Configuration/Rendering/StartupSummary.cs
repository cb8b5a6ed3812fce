using System.Globalization;
using System.Text;
using Clew.Server.Configuration.Binding;

namespace Clew.Server.Configuration.Rendering;

/// <summary>
/// One screen that says what this process is: where it listens, what happens to a span, where it goes and how long it is kept, which
/// file decided what, and what the operator should know.
/// </summary>
internal static class StartupSummary
{
    private const int LabelWidth = 14;

    /// <summary>
    /// The whole screen. <paramref name="bound"/> has the addresses that the system chose, by the listener's name and the configured address:
    /// <c>"OTLP gRPC 127.0.0.1:0"</c>; null prints the configured ones.
    /// </summary>
    public static string Render(ClewConfig config, string version, IReadOnlyDictionary<string, Endpoint>? bound = null)
    {
        var text = new StringBuilder();
        text.Append("Clew ").Append(version).Append('\n');
        WriteListeners(text, config, bound);
        WritePipelines(text, config);
        WriteData(text, config);
        WriteSources(text, config.Origin);
        WriteNotes(text, config.Origin);
        return text.ToString();
    }

    /// <summary>The part that says what is not in this version, and the warnings; empty when there are none.</summary>
    public static string RenderNotes(ClewConfig config)
    {
        var text = new StringBuilder();
        WriteNotes(text, config.Origin);
        return text.ToString().TrimStart('\n');
    }

    private static void WriteListeners(StringBuilder text, ClewConfig config, IReadOnlyDictionary<string, Endpoint>? bound)
    {
        Heading(text, "Listens on");
        foreach (var listener in Listeners.Of(config))
        {
            var endpoint = bound?.GetValueOrDefault($"{listener.What} {listener.Endpoint}") is { Host: not null } actual ? actual : listener.Endpoint;
            var isHttp = listener.What is "API and UI" or "OTLP HTTP" or "Jaeger HTTP" or "Zipkin" or "health check";
            Line(text, listener.What, isHttp ? $"http://{Shown(endpoint)}" : Shown(endpoint));
        }
    }

    private static void WritePipelines(StringBuilder text, ClewConfig config)
    {
        Heading(text, "Pipeline");
        foreach (var pipeline in config.Pipeline.Pipelines)
        {
            var steps = new List<string> { string.Join(" + ", pipeline.Receivers.Select(id => Receiver(config.Pipeline, id))) };
            steps.AddRange(pipeline.Processors.Select(id => Processor(config.Pipeline, id)));
            steps.Add(string.Join(" + ", pipeline.Exporters.Select(id => Exporter(config.Pipeline, id))));
            Line(text, pipeline.Id.ToString(), string.Join(" → ", steps));
        }

        if (config.Pipeline.Pipelines.Count == 0)
        {
            Line(text, "none", "no span can arrive");
        }

        foreach (var sentence in config.Origin.InProcess)
        {
            Line(text, "in process", sentence);
        }
    }

    private static void WriteData(StringBuilder text, ClewConfig config)
    {
        Heading(text, "Data");
        if (!config.HasStore)
        {
            Line(text, "store", "none: this process is a collector");
            Line(text, "queues", config.Storage.Path is { } folder
                ? $"{folder} (what was accepted and not yet delivered)"
                : "none: senders wait for the next hop's answer");
            return;
        }

        var where = config.Storage.Backend switch
        {
            StorageBackend.S3 => $"bucket {config.Storage.S3.Bucket} at {(config.Storage.S3.Endpoint is { Length: > 0 } server ? server : "Amazon S3")}",
            StorageBackend.Azure => $"container {config.Storage.Azure.Container} of {config.Storage.Azure.Account}",
            _ => $"{config.Storage.Path} (local folder)",
        };
        if (config.Storage.Backend != StorageBackend.Local)
        {
            where += $", write-ahead log in {config.Storage.Path}";
        }

        Line(text, "store", where);
        Line(text, "kept", Days(config.Retention.Default));
    }

    private static void WriteSources(StringBuilder text, ConfigOrigin origin)
    {
        Heading(text, "Configuration");
        if (origin.Sources.Count == 0)
        {
            Line(text, "defaults", "no file was given (--config FILE)");
            return;
        }

        foreach (var source in origin.Sources)
        {
            text.Append("  ").Append(source.Name).Append(": ").Append(source.Kind);
            text.Append(source.Sections.Count > 0 ? " → " + string.Join(", ", source.Sections) : ", nothing of it applies").Append('\n');
        }
    }

    private static void WriteNotes(StringBuilder text, ConfigOrigin origin)
    {
        if (origin.NotInThisVersion.Count > 0)
        {
            Heading(text, "Not in this version yet");
            foreach (var note in origin.NotInThisVersion)
            {
                Bullet(text, Sentence(note));
            }
        }

        if (origin.Warnings.Count > 0)
        {
            Heading(text, "Warnings");
            foreach (var warning in origin.Warnings)
            {
                Bullet(text, warning);
            }
        }
    }

    /// <summary>A note in one line, with what <c>serve</c> makes of it.</summary>
    public static string Sentence(NotInThisVersion note) =>
        $"{note.Component} ({note.Where}): {note.Why}"
        + (note.Refuses ? "; serve refuses to start" : "")
        + (note.WayOut.Length > 0 ? $"; until then: {note.WayOut}" : "");

    private static string Receiver(PipelineConfig pipeline, ComponentId id) =>
        pipeline.Receivers.TryGetValue(id, out var receiver) && receiver.IsChartDefault ? $"{id} (chart default)" : id.ToString();

    private static string Processor(PipelineConfig pipeline, ComponentId id) => pipeline.Processors.GetValueOrDefault(id) switch
    {
        ProbabilisticSamplerConfig sampler => string.Create(CultureInfo.InvariantCulture, $"{id} ({sampler.SamplingPercentage:R} % kept)"),
        BatchProcessorConfig batch => string.Create(CultureInfo.InvariantCulture, $"{id} ({batch.SendBatchSize} spans, {GoDuration.Format(batch.Timeout)})"),
        MemoryLimiterConfig { LimitPercentage: > 0 } limiter => string.Create(CultureInfo.InvariantCulture, $"{id} ({limiter.LimitPercentage} %)"),
        MemoryLimiterConfig limiter => $"{id} ({limiter.Limit})",
        _ => id.ToString(),
    };

    private static string Exporter(PipelineConfig pipeline, ComponentId id) => pipeline.Exporters.GetValueOrDefault(id) switch
    {
        SenderExporterConfig { Shown.Length: > 0 } sender => $"{id} ({sender.Shown})",
        NetworkExporterConfig network => $"{id} ({network.Address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/')})",
        _ => id.ToString(),
    };

    private static string Shown(Endpoint endpoint) => (endpoint.Host is "" or "*" ? endpoint with { Host = "0.0.0.0" } : endpoint).ToString();

    private static string Days(TimeSpan duration)
    {
        var text = GoDuration.Format(duration);
        return duration.Ticks % TimeSpan.TicksPerDay == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{text} ({duration.Days} day{(duration.Days == 1 ? "" : "s")})")
            : text;
    }

    private static void Heading(StringBuilder text, string heading) => text.Append('\n').Append(heading).Append('\n');

    private static void Line(StringBuilder text, string label, string value) =>
        text.Append("  ").Append(label.PadRight(LabelWidth)).Append(' ').Append(value).Append('\n');

    private static void Bullet(StringBuilder text, string sentence) => text.Append("  - ").Append(sentence).Append('\n');
}
