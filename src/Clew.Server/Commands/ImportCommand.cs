using System.CommandLine;
using Clew.Buckets.S3;
using Clew.Interchange.Tempo;
using Clew.Model;
using Clew.Server.Configuration;
using Clew.Storage.Backends.Remote;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Server.Commands;

/// <summary><c>clew import</c>: brings what another store holds.</summary>
internal static class ImportCommand
{
    private const string S3Scheme = "s3://";

    public static Command Create()
    {
        var command = new Command("import", "Bring traces from another store");
        command.Subcommands.Add(Tempo());
        return command;
    }

    private static Command Tempo()
    {
        var options = new ConfigOptions();
        var from = new Argument<string>("source") { Description = "Where Tempo's blocks are: the folder of its local backend, or s3://BUCKET[/PREFIX]" };
        var tenant = new Option<string?>("--tenant") { Description = "Only this tenant of Tempo's (default: all of them)" };
        var into = new Option<string?>("--into") { Description = "Give the spans to this tenant (default: the one they have)", HelpName = "TENANT" };
        var endpoint = new Option<string?>("--s3-endpoint") { Description = "host:port of the source's S3 server (default: that of storage.s3; Amazon's own when there is none)" };
        var region = new Option<string?>("--s3-region") { Description = "Region of the source's bucket" };
        var access = new Option<string?>("--s3-access-key") { Description = "Access key for the source; the secret is read from CLEW_IMPORT_SECRET_KEY (default: those of storage.s3, else the environment's)" };
        var insecure = new Option<bool>("--s3-insecure") { Description = "The source's server speaks plain HTTP" };
        var command = new Command(
            "tempo",
            "Import Tempo's blocks (vParquet3, 4 and 5). Ids, times, attributes, events and links stay what they are. Can be repeated: what was imported is not taken twice. "
            + "Stop the server on the data folder first; retention counts from the end of each block") { from, tenant, into, endpoint, region, access, insecure };
        options.AddTo(command);
        command.SetAction((parsed, token) => StorageAccess.RunAsync(options.Read(parsed), writes: true, parsed.InvocationConfiguration, async target =>
        {
            var console = parsed.InvocationConfiguration;
            TenantId? to = null;
            if (parsed.GetValue(into) is { } name)
            {
                if (!TenantId.TryParse(name, out var own, out var reason))
                {
                    await console.Error.WriteLineAsync($"clew: --into: {reason}").ConfigureAwait(false);
                    return ExitCode.ConfigurationError;
                }

                to = own;
            }

            var text = parsed.GetValue(from)!;
            var config = target.Config.Storage;
            if (!text.StartsWith(S3Scheme, StringComparison.Ordinal))
            {
                return await RunAsync(new TempoFolder(text), target, parsed.GetValue(tenant), to, console, token).ConfigureAwait(false);
            }

            var (bucket, prefix) = text[S3Scheme.Length..].Split('/', 2) is [var first, var rest] ? (first, rest.Trim('/')) : (text[S3Scheme.Length..], "");
            using var objects = new RemoteObjectStore(
                new S3Client(new S3ClientOptions
                {
                    Bucket = bucket,
                    Endpoint = parsed.GetValue(endpoint) ?? config.S3.Endpoint,
                    Region = parsed.GetValue(region) ?? config.S3.Region,
                    AccessKey = parsed.GetValue(access) ?? config.S3.AccessKey.Reveal(),
                    SecretKey = parsed.GetValue(access) is null ? config.S3.SecretKey.Reveal() : Environment.GetEnvironmentVariable("CLEW_IMPORT_SECRET_KEY") ?? "",
                    Insecure = parsed.GetValue(insecure) || (parsed.GetValue(endpoint) is null && config.S3.Insecure),
                }),
                new RemoteStoreOptions { Prefix = prefix }, TimeProvider.System, new RemoteMetrics(target.Meters), NullLogger.Instance);
            var scratch = Path.Combine(config.Path ?? Path.GetTempPath(), "tmp-import");
            return await RunAsync(new TempoBucket(objects, objects.Name, scratch), target, parsed.GetValue(tenant), to, console, token).ConfigureAwait(false);
        }));
        return command;
    }

    private static async Task<int> RunAsync(
        ITempoSource source, StorageAccess target, string? tenant, TenantId? into, InvocationConfiguration console, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<TempoBlockOutcome, int>();
        var (traces, spans) = (0L, 0L);
        var import = new TempoImport(source, target.Objects, TimeProvider.System, block =>
        {
            counts[block.Outcome] = counts.GetValueOrDefault(block.Outcome) + 1;
            (traces, spans) = (traces + block.Traces, spans + block.Spans);
            var what = block.Outcome switch
            {
                TempoBlockOutcome.Imported => $"{BlockCommand.Count(block.Spans, "span")} of {BlockCommand.Count(block.Traces, "trace")}",
                TempoBlockOutcome.AlreadyThere => "imported before",
                TempoBlockOutcome.Replaced => "replaced by another block",
                _ => "NOT IMPORTED",
            };
            console.Output.WriteLine($"{block.Tenant}/{block.BlockId}: {what}{(block.Remark.Length > 0 ? $": {block.Remark}" : "")}");
        });
        var failed = await import.RunAsync(tenant, into, cancellationToken).ConfigureAwait(false);
        await console.Output.WriteLineAsync(
            $"Imported {BlockCommand.Count(spans, "span")} of {BlockCommand.Count(traces, "trace")} from {BlockCommand.Count(Of(TempoBlockOutcome.Imported), "block")}; "
            + $"{Of(TempoBlockOutcome.AlreadyThere)} imported before, {Of(TempoBlockOutcome.Replaced)} replaced, {failed} failed.").ConfigureAwait(false);
        if (target.Config.Retention.Default > TimeSpan.Zero && Of(TempoBlockOutcome.Imported) > 0)
        {
            await console.Output.WriteLineAsync(
                $"Retention counts from the end of each of Tempo's blocks: what is older than {target.Config.Retention.Default.TotalHours:0.#} h (retention.default) goes at the server's next start.").ConfigureAwait(false);
        }

        return failed == 0 ? ExitCode.Ok : ExitCode.RuntimeFailure;

        int Of(TempoBlockOutcome outcome) => counts.GetValueOrDefault(outcome);
    }
}
