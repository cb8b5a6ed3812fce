using Clew.Pipeline.Components;
using Microsoft.Extensions.Logging;

namespace Clew.Pipeline;

/// <summary>The pipeline's log messages. Next id: 2209.</summary>
internal static partial class PipelineLog
{
    [LoggerMessage(2200, LogLevel.Warning, "Exporter {Exporter}: {Target} refused {Spans} spans of a request it took: {Reason}")]
    public static partial void SpansRejectedByNextHop(this ILogger logger, ComponentId exporter, string target, long spans, string? reason);

    [LoggerMessage(2201, LogLevel.Error, "Exporter {Exporter}: {Spans} spans for {Target} are given up after {Attempts} attempts: {Reason}")]
    public static partial void RequestGivenUp(this ILogger logger, ComponentId exporter, string target, int spans, int attempts, string? reason);

    [LoggerMessage(2202, LogLevel.Warning, "Exporter {Exporter}: {Target} did not take a request (attempt {Attempt}), next try in {DelaySeconds:0.0} s: {Reason}")]
    public static partial void RequestRetried(this ILogger logger, ComponentId exporter, string target, int attempt, double delaySeconds, string? reason);

    [LoggerMessage(2203, LogLevel.Information, "{Exporter}: {Traces} traces, {Spans} spans{Text}")]
    public static partial void DebugBatch(this ILogger logger, ComponentId exporter, int traces, int spans, string text);

    [LoggerMessage(2204, LogLevel.Warning, "{Component}: '{Text}' could not be evaluated {Count} times since this was said last: {Reason}")]
    public static partial void OttlFailed(this ILogger logger, string component, string text, string reason, long count);

    [LoggerMessage(2205, LogLevel.Error, "Processor {Processor}: traces that are due could not be settled; the next second tries again")]
    public static partial void SpoolTickFailed(this ILogger logger, Exception fault, ComponentId processor);

    [LoggerMessage(2206, LogLevel.Error, "Processor {Processor}: {Spans} spans were refused for good behind it and are given up: {Reason}")]
    public static partial void SpoolRefused(this ILogger logger, ComponentId processor, int spans, string? reason);

    [LoggerMessage(2207, LogLevel.Warning, "The Kubernetes API did not answer about {What}, the next try is in 5 s: {Reason}")]
    public static partial void KubernetesFailed(this ILogger logger, string what, string reason);

    [LoggerMessage(2208, LogLevel.Warning, "Processor {Processor}: detector {Detector} found nothing: {Reason}")]
    public static partial void DetectorFailed(this ILogger logger, ComponentId processor, string detector, string reason);
}
