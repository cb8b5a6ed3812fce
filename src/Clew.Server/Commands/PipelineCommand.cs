using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Clew.Server.Hosting;

namespace Clew.Server.Commands;

/// <summary><c>clew pipeline</c>: what each component of a running server was given and did; <c>clew pipeline tap</c>: spans as they pass.</summary>
internal static class PipelineCommand
{
    public static Command Create()
    {
        var server = ServerClient.ServerOption();
        var tenant = ServerClient.TenantOption();
        var json = new Option<bool>("--json") { Description = "Print the server's JSON" };
        var command = new Command("pipeline", "Show what the pipelines of a running server do") { server, tenant, json };
        command.SetAction((parsed, cancellationToken) =>
        {
            var console = parsed.InvocationConfiguration;
            return new ServerClient(parsed.GetValue(server)!, parsed.GetValue(tenant), console).GetAsync(
                "/api/v1/pipeline",
                body => console.Output.WriteLineAsync(parsed.GetValue(json) ? body : Text(JsonSerializer.Deserialize(body, PipelineJson.Default.PipelineReport)!)),
                cancellationToken);
        });
        command.Subcommands.Add(Tap());
        return command;
    }

    private static Command Tap()
    {
        var component = new Argument<string?>("component") { Description = "Show spans that enter this component; without it the first of the pipeline", Arity = ArgumentArity.ZeroOrOne };
        var pipeline = new Option<string?>("--pipeline") { Description = "The pipeline; without it the first one" };
        var limit = new Option<int>("--limit") { Description = "Spans at most", DefaultValueFactory = _ => 10 };
        var seconds = new Option<int>("--seconds") { Description = "How long to watch", DefaultValueFactory = _ => 30 };
        var server = ServerClient.ServerOption();
        var tenant = ServerClient.TenantOption();
        var command = new Command("tap", "Show spans that pass a point, as OTLP/JSON, one a line") { component, pipeline, limit, seconds, server, tenant };
        command.SetAction((parsed, cancellationToken) => new ServerClient(parsed.GetValue(server)!, parsed.GetValue(tenant), parsed.InvocationConfiguration).StreamAsync(
            $"/api/v1/pipeline/tap?component={Uri.EscapeDataString(parsed.GetValue(component) ?? "")}&pipeline={Uri.EscapeDataString(parsed.GetValue(pipeline) ?? "")}"
            + $"&limit={parsed.GetValue(limit).ToString(CultureInfo.InvariantCulture)}&seconds={parsed.GetValue(seconds).ToString(CultureInfo.InvariantCulture)}",
            cancellationToken));
        return command;
    }

    private static string Text(PipelineReport report)
    {
        var text = new StringBuilder();
        foreach (var receiver in report.Receivers)
        {
            text.Append(CultureInfo.InvariantCulture, $"receiver  {receiver.Id} {receiver.Transport} on {string.Join(", ", receiver.Endpoints)}: {receiver.Accepted} accepted, {receiver.Refused} refused, {receiver.Failed} failed");
            text.AppendLine(receiver.RefusedRequests > 0 ? $", {receiver.RefusedRequests} requests refused" : "");
            Error(text, receiver.LastErrorTime, receiver.LastError);
        }

        foreach (var pipeline in report.Pipelines)
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"pipeline  {pipeline.Id}: {string.Join(" + ", pipeline.Receivers)}");
            foreach (var stage in report.Stages.Where(stage => stage.Pipeline == pipeline.Id))
            {
                text.Append(CultureInfo.InvariantCulture, $"  → {stage.Id,-28} {stage.SpansIn,12} in {stage.Accepted,12} accepted {stage.Refused + stage.Failed,8} refused");
                text.Append(stage.SpansOut is { } spansOut && spansOut < stage.Accepted ? $" {stage.Accepted - spansOut,10} dropped" : "");
                text.AppendLine(stage.LatencyP99Ms is { } p99 ? string.Create(CultureInfo.InvariantCulture, $"   p50 ≤ {stage.LatencyMedianMs:0.###} ms, p99 ≤ {p99:0.###} ms") : "");
                Error(text, stage.LastErrorTime, stage.LastError);
            }
        }

        foreach (var exporter in report.Exporters.Where(static exporter => exporter.Status is not null))
        {
            var status = exporter.Status!;
            text.AppendLine().Append(CultureInfo.InvariantCulture, $"exporter  {exporter.Id} to {status.Target}: {status.SentSpans ?? 0} sent, {status.FailedSpans ?? 0} given up");
            text.AppendLine(status.QueueCapacity is { } capacity ? $", {status.QueueSize} of {capacity} {status.QueueUnit} waiting" : "");
            Error(text, null, status.LastError);
        }

        if (report.Reload.LastTime is { } time)
        {
            text.AppendLine().Append(CultureInfo.InvariantCulture, $"reload    {time:u}: {(report.Reload.LastSucceeded ? "done" : "refused, the running configuration goes on")}: {report.Reload.LastMessage}");
        }

        return text.ToString().TrimEnd();
    }

    private static void Error(StringBuilder text, DateTimeOffset? time, string? error)
    {
        if (error is not null)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"      last error{(time is { } at ? $" {at:u}" : "")}: {error}");
        }
    }
}
