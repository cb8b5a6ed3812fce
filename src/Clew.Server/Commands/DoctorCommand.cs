using System.CommandLine;
using System.Text;
using System.Text.Json;
using Clew.Server.Doctor;

namespace Clew.Server.Commands;

/// <summary><c>clew doctor</c>: why are there no traces?</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var server = ServerClient.ServerOption();
        var tenant = ServerClient.TenantOption();
        var json = new Option<bool>("--json") { Description = "Print the server's JSON" };
        var look = new Option<bool>("--no-test") { Description = "Only look: send no test span" };
        var command = new Command("doctor", "Find out why traces are missing: tests the endpoints of a running server with a real span") { server, tenant, json, look };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var console = parsed.InvocationConfiguration;
            var client = new ServerClient(parsed.GetValue(server)!, parsed.GetValue(tenant), console);
            var worst = Severity.Ok;
            var code = await client.SendAsync(
                parsed.GetValue(look) ? HttpMethod.Get : HttpMethod.Post,
                "/api/v1/doctor",
                async body =>
                {
                    var report = JsonSerializer.Deserialize(body, DoctorJson.Default.DoctorReport)!;
                    worst = report.Findings.Select(static finding => finding.Severity).DefaultIfEmpty().Max();
                    await console.Output.WriteLineAsync(parsed.GetValue(json) ? body : Text(report)).ConfigureAwait(false);
                },
                cancellationToken).ConfigureAwait(false);
            return code == ExitCode.Ok && worst == Severity.Error ? ExitCode.RuntimeFailure : code;
        });
        return command;
    }

    private static string Text(DoctorReport report)
    {
        var text = new StringBuilder();
        text.AppendLine(report.Verdict).AppendLine();
        foreach (var finding in report.Findings)
        {
            text.Append(finding.Severity switch
            {
                Severity.Error => "✗ ",
                Severity.Warning => "! ",
                Severity.Info => "· ",
                _ => "✓ ",
            }).AppendLine(finding.Title);
            if (finding.Detail is { Length: > 0 } detail)
            {
                text.Append("    ").AppendLine(detail);
            }

            if (finding.WayOut is { Length: > 0 } wayOut)
            {
                text.Append("    → ").AppendLine(wayOut);
            }
        }

        return text.ToString().TrimEnd();
    }
}
