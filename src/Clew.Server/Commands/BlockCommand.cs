using System.CommandLine;
using System.Globalization;
using System.Text;
using Clew.Interchange.Export;
using Clew.Model;
using Clew.Otlp.Wire;
using Clew.Query.ById;
using Clew.Storage;
using Clew.Storage.Blocks;
using Clew.Storage.Offline;

namespace Clew.Server.Commands;

/// <summary><c>clew block</c>: looks into single blocks, of a folder or a bucket, with or without a server beside.</summary>
internal static class BlockCommand
{
    public static Command Create()
    {
        var command = new Command("block", "List, inspect, verify and export blocks of a store");
        command.Subcommands.Add(List());
        command.Subcommands.Add(Inspect());
        command.Subcommands.Add(Verify());
        command.Subcommands.Add(Export());
        return command;
    }

    private static Command List()
    {
        var options = new ConfigOptions();
        var command = new Command("list", "List the live blocks of every tenant: id, time range, spans, traces, bytes");
        options.AddTo(command);
        command.SetAction((parsed, token) => StorageAccess.RunAsync(options.Read(parsed), writes: false, parsed.InvocationConfiguration, async access =>
        {
            var output = parsed.InvocationConfiguration.Output;
            foreach (var tenant in await OfflineStore.TenantsAsync(access.Objects, token).ConfigureAwait(false))
            {
                var store = await OfflineStore.OpenAsync(access.Objects, tenant, token).ConfigureAwait(false);
                await output.WriteLineAsync($"tenant {tenant}: {store.Blocks.Count} blocks, {store.ManifestSequence} manifest entries").ConfigureAwait(false);
                foreach (var block in store.Blocks.OrderBy(static block => block.MinStartUnixNano))
                {
                    await output.WriteLineAsync(
                        $"  {block.Id}  {Time(block.MinStartUnixNano)} to {Time(block.MaxEndUnixNano)}  {Count(block.SpanCount, "span")}  {Count(block.TraceCount, "trace")}  {Count(block.SizeBytes, "byte")}").ConfigureAwait(false);
                }
            }

            return ExitCode.Ok;
        }));
        return command;
    }

    private static Command Inspect()
    {
        var options = new ConfigOptions();
        var id = Id();
        var json = new Option<bool>("--json") { Description = "Print the block's meta.json as it is" };
        var command = new Command("inspect", "Show what a block holds: counts, files, columns") { id, json };
        options.AddTo(command);
        command.SetAction((parsed, token) => StorageAccess.RunAsync(options.Read(parsed), writes: false, parsed.InvocationConfiguration, async access =>
        {
            var (store, block) = await FindAsync(access, parsed.GetValue(id)!, token).ConfigureAwait(false);
            try
            {
                var meta = await store.MetaAsync(block, token).ConfigureAwait(false);
                await parsed.InvocationConfiguration.Output.WriteLineAsync(
                    parsed.GetValue(json) ? Encoding.UTF8.GetString(meta.ToJson()) : Describe(block, meta)).ConfigureAwait(false);
                return ExitCode.Ok;
            }
            catch (BlockCorruptException fault)
            {
                throw new IOException(fault.Message, fault);
            }
        }));
        return command;
    }

    private static Command Verify()
    {
        var options = new ConfigOptions();
        var id = Id();
        var command = new Command("verify", "Check every byte of a block: checksums, counts, index, spans. Exit code 1 when something is wrong") { id };
        options.AddTo(command);
        command.SetAction((parsed, token) => StorageAccess.RunAsync(options.Read(parsed), writes: false, parsed.InvocationConfiguration, async access =>
        {
            var (store, block) = await FindAsync(access, parsed.GetValue(id)!, token).ConfigureAwait(false);
            var verdict = await store.VerifyBlockAsync(block, token).ConfigureAwait(false);
            await StorageCommand.TellAsync(parsed.InvocationConfiguration.Output, verdict).ConfigureAwait(false);
            return verdict.IsWhole ? ExitCode.Ok : ExitCode.RuntimeFailure;
        }));
        return command;
    }

    private static Command Export()
    {
        var options = new ConfigOptions();
        var id = Id();
        var file = new ExportFile();
        var command = new Command("export", "Write the spans of a block to a file: OTLP or plain Parquet") { id };
        file.AddTo(command);
        options.AddTo(command);
        command.SetAction((parsed, token) => StorageAccess.RunAsync(options.Read(parsed), writes: false, parsed.InvocationConfiguration, async access =>
        {
            if (file.Read(parsed) is not { } target)
            {
                return ExitCode.ConfigurationError;
            }

            var (store, id1) = await FindAsync(access, parsed.GetValue(id)!, token).ConfigureAwait(false);
            try
            {
                using var block = await store.OpenBlockAsync(id1, token).ConfigureAwait(false);
                var spans = 0L;
                using (var writer = target.Open())
                {
                    for (var row = 0; row < block.Traces.Count; row++)
                    {
                        using var trace = new TraceMessage();
                        await block.ReadTracesAsync([row], trace, token).ConfigureAwait(false);
                        writer.Write(trace.Finish());
                        spans += trace.Spans;
                    }
                }

                await parsed.InvocationConfiguration.Error.WriteLineAsync($"{target.Path}: {Count(spans, "span")} of {Count(block.Traces.Count, "trace")}").ConfigureAwait(false);
                return ExitCode.Ok;
            }
            catch (BlockCorruptException fault)
            {
                throw new IOException(fault.Message, fault);
            }
        }));
        return command;
    }

    private static Argument<string> Id() => new("id") { Description = "The block's id, or its beginning" };

    /// <summary>The block of an id, or of an id's beginning, in any tenant.</summary>
    private static async Task<(OfflineStore Store, string Block)> FindAsync(StorageAccess access, string id, CancellationToken cancellationToken)
    {
        var found = new List<(OfflineStore Store, string Block)>();
        foreach (var tenant in await OfflineStore.TenantsAsync(access.Objects, cancellationToken).ConfigureAwait(false))
        {
            var store = await OfflineStore.OpenAsync(access.Objects, tenant, cancellationToken).ConfigureAwait(false);
            found.AddRange(store.Blocks.Where(block => block.Id.StartsWith(id, StringComparison.Ordinal)).Select(block => (store, block.Id)));
        }

        return found.Count switch
        {
            1 => found[0],
            0 => throw new IOException($"{access.Name} has no live block '{id}'; clew block list shows them"),
            _ => throw new IOException($"'{id}' is the beginning of {found.Count} blocks; write more of it"),
        };
    }

    private static string Describe(string id, BlockMeta meta)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"block {id} of tenant {meta.Tenant}, format {meta.Version}, written {Time(meta.CreatedUnixNano)}").AppendLine();
        text.Append(CultureInfo.InvariantCulture, $"  {Time(meta.MinStartUnixNano)} to {Time(meta.MaxEndUnixNano)}").AppendLine();
        text.Append(CultureInfo.InvariantCulture, $"  {Count(meta.SpanCount, "span")} in {Count(meta.TraceCount, "trace")}, {Count(meta.ErrorCount, "error")}, {Count(meta.ResourceCount, "resource")}, {Count(meta.ScopeCount, "scope")}; {Count(meta.DuplicateSpans, "second copy", "second copies")} left out").AppendLine();
        text.Append(CultureInfo.InvariantCulture, $"  {Count(meta.SizeBytes, "byte")}, {(double)meta.SizeBytes / Math.Max(1, meta.SpanCount):0.0} a span").AppendLine();
        foreach (var file in meta.Files)
        {
            text.Append(CultureInfo.InvariantCulture, $"    {file.Name,-20} {file.Bytes,14} bytes  CRC-32C {file.Crc32C:x8}").AppendLine();
        }

        foreach (var (name, attributes) in ((string, BlockAttributes)[])[("span", meta.Spans), ("resource", meta.Resources), ("scope", meta.Scopes)])
        {
            text.Append(CultureInfo.InvariantCulture, $"  {name} attributes in columns: {attributes.Columns.Count}").AppendLine();
            foreach (var column in attributes.Columns.OrderByDescending(static column => column.Values))
            {
                text.Append(CultureInfo.InvariantCulture, $"    {column.Key,-40} {column.Type,-7} {column.Values,12} values").AppendLine();
            }

            if (attributes.OverflowKeys.Count > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"    in the overflow: {string.Join(", ", attributes.OverflowKeys)}{(attributes.OverflowKeysComplete ? "" : " and more")}").AppendLine();
            }
        }

        if (meta.Replaces.Count > 0)
        {
            text.Append("  holds the spans of ").AppendLine(string.Join(", ", meta.Replaces));
        }

        return text.ToString().TrimEnd();
    }

    internal static string Count(long number, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {(number == 1 ? one : many ?? one + "s")}");

    private static string Time(long unixNano) =>
        DateTimeOffset.UnixEpoch.AddTicks(unixNano / 100).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
