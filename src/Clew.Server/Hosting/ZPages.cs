using System.Globalization;
using System.Text;
using Clew.Server.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Clew.Server.Hosting;

/// <summary>
/// The extension <c>zpages</c>: what runs and how it is doing as plain HTML, under the Collector's paths. The Pipeline page of the UI shows
/// the same live.
/// </summary>
internal static class ZPages
{
    private static readonly (string Path, string Title)[] s_pages =
    [
        ("servicez", "Service"), ("pipelinez", "Pipelines"), ("extensionz", "Extensions"), ("featurez", "Feature gates"), ("tracez", "Latencies and errors"),
    ];

    public static void Map(WebApplication app, ZPagesConfig config, DateTimeOffset startedAt, PipelineHost pipelines)
    {
        app.MapGet("/debug/servicez", () => Page("Service", Service(startedAt)));
        app.MapGet("/debug/pipelinez", () => Page("Pipelines", Pipelines(Report(pipelines))));
        app.MapGet("/debug/extensionz", () => Page("Extensions", Table(["extension"], (pipelines.Config?.Pipeline.StartedExtensions ?? []).Select(static id => (string[])[id.ToString()]))));
        app.MapGet("/debug/featurez", () => Page("Feature gates", "<p>Clew has none: what the Collector switches by gates is on or off by settings here.</p>"));
        app.MapGet("/debug/tracez", () => Page("Latencies and errors", Latencies(Report(pipelines))));
        app.MapGet("/debug/expvarz", () => Results.Json(Report(pipelines), PipelineJson.Default.PipelineReport));
        if (config.ExpvarEnabled)
        {
            app.MapGet("/debug/vars", () => Results.Json(Report(pipelines), PipelineJson.Default.PipelineReport));
        }
    }

    private static PipelineReport Report(PipelineHost pipelines) => PipelineReport.Of(pipelines, ReloadReport.None, DateTimeOffset.UtcNow);

    private static string Service(DateTimeOffset startedAt) => Table(["property", "value"],
    [
        ["version", BuildVersion.Text], ["revision", BuildVersion.Revision], ["started", $"{startedAt:O}"],
        ["uptime", $"{DateTimeOffset.UtcNow - startedAt:d\\.hh\\:mm\\:ss}"], ["runtime", System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription],
        ["system", System.Runtime.InteropServices.RuntimeInformation.OSDescription],
    ]);

    private static string Pipelines(PipelineReport report) => Table(["pipeline", "receivers", "processors", "exporters"], report.Pipelines.Select(static line =>
            (string[])[line.Id, string.Join(", ", line.Receivers), string.Join(" → ", line.Processors), string.Join(", ", line.Exporters)]))
        + "<h2>Receivers</h2>" + Table(["receiver", "transport", "listens on", "accepted", "refused", "failed", "last error"], report.Receivers.Select(static line =>
            (string[])[line.Id, line.Transport, string.Join(", ", line.Endpoints), Text(line.Accepted), Text(line.Refused), Text(line.Failed), line.LastError ?? ""]))
        + "<h2>Exporters</h2>" + Table(["exporter", "target", "sent", "given up", "queue", "last error"], report.Exporters.Select(static line => (string[])
            [line.Id, line.Status?.Target ?? "", Text(line.Status?.SentSpans), Text(line.Status?.FailedSpans), line.Status?.QueueSize is { } size ? $"{size} of {line.Status.QueueCapacity} {line.Status.QueueUnit}" : "", line.Status?.LastError ?? ""]));

    private static string Latencies(PipelineReport report) => Table(
        ["pipeline", "component", "spans in", "accepted", "refused", "failed", "median", "99 %", "last error"], report.Stages.Select(static line => (string[])
            [line.Pipeline, line.Id, Text(line.SpansIn), Text(line.Accepted), Text(line.Refused), Text(line.Failed), Milliseconds(line.LatencyMedianMs), Milliseconds(line.LatencyP99Ms), line.LastError ?? ""]));

    private static string Text(long? count) => count?.ToString("N0", CultureInfo.InvariantCulture) ?? "";

    private static string Milliseconds(double? value) => value is { } ms ? $"≤ {ms.ToString("0.###", CultureInfo.InvariantCulture)} ms" : "";

    private static IResult Page(string title, string body)
    {
        var links = string.Join(" · ", s_pages.Select(page => page.Title == title ? $"<b>{page.Title}</b>" : $"<a href=\"/debug/{page.Path}\">{page.Title}</a>"));
        return Results.Text(
            $$"""
            <!doctype html><html lang="en"><head><meta charset="utf-8"><title>Clew: {{title}}</title><style>body{font:14px system-ui;margin:2em;color-scheme:light dark}table{border-collapse:collapse}
            td,th{border:1px solid #8886;padding:.3em .7em;text-align:left}</style></head><body><p>{{links}}</p><h1>{{title}}</h1>{{body}}</body></html>
            """, "text/html", Encoding.UTF8);
    }

    private static string Table(string[] columns, IEnumerable<string[]> rows)
    {
        var html = new StringBuilder("<table><tr>");
        foreach (var column in columns)
        {
            html.Append("<th>").Append(Escaped(column)).Append("</th>");
        }

        foreach (var row in rows)
        {
            html.Append("</tr><tr>");
            foreach (var cell in row)
            {
                html.Append("<td>").Append(Escaped(cell)).Append("</td>");
            }
        }

        return html.Append("</tr></table>").ToString();
    }

    private static string Escaped(string text) => System.Net.WebUtility.HtmlEncode(text);
}
