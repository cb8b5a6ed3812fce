using System.CommandLine;
using Clew.Storage.Offline;

namespace Clew.Server.Commands;

/// <summary><c>clew storage</c>: the store as a whole.</summary>
internal static class StorageCommand
{
    public static Command Create()
    {
        var command = new Command("storage", "Look after a store as a whole");
        command.Subcommands.Add(Verify());
        return command;
    }

    /// <summary>One line for a whole block, more for one that is not.</summary>
    public static async Task TellAsync(TextWriter output, BlockVerdict verdict)
    {
        await output.WriteLineAsync(
            verdict.IsWhole
                ? $"block {verdict.Id}: whole ({BlockCommand.Count(verdict.Spans, "span")}, {BlockCommand.Count(verdict.Traces, "trace")}, {BlockCommand.Count(verdict.Bytes, "byte")} read)"
                : $"block {verdict.Id}: damaged").ConfigureAwait(false);
        foreach (var problem in verdict.Problems)
        {
            await output.WriteLineAsync($"  {problem}").ConfigureAwait(false);
        }
    }

    private static Command Verify()
    {
        var options = new ConfigOptions();
        var tenant = new Option<string?>("--tenant") { Description = "Only this tenant" };
        var command = new Command("verify", "Check manifests and every block of a store: checksums, counts, indexes, spans. Exit code 1 when something is wrong") { tenant };
        options.AddTo(command);
        command.SetAction((parsed, token) => StorageAccess.RunAsync(
            options.Read(parsed), writes: false, parsed.InvocationConfiguration, access => VerifyAsync(access, parsed.GetValue(tenant), parsed.InvocationConfiguration.Output, token)));
        return command;
    }

    private static async Task<int> VerifyAsync(StorageAccess access, string? only, TextWriter output, CancellationToken cancellationToken)
    {
        var (blocks, spans, bytes, wrong, seen) = (0, 0L, 0L, 0, false);
        foreach (var tenant in await OfflineStore.TenantsAsync(access.Objects, cancellationToken).ConfigureAwait(false))
        {
            if (only is not null && tenant.Value != only)
            {
                continue;
            }

            seen = true;
            OfflineStore store;
            try
            {
                store = await OfflineStore.OpenAsync(access.Objects, tenant, cancellationToken).ConfigureAwait(false);
            }
            catch (InvalidDataException fault)
            {
                await output.WriteLineAsync($"tenant {tenant}: the manifest is damaged: {fault.Message}").ConfigureAwait(false);
                wrong++;
                continue;
            }

            await output.WriteLineAsync(
                $"tenant {tenant}: {BlockCommand.Count(store.ManifestSequence, "manifest entry", "manifest entries")}, {BlockCommand.Count(store.Blocks.Count, "live block")}").ConfigureAwait(false);
            foreach (var block in store.Blocks)
            {
                var verdict = await store.VerifyBlockAsync(block.Id, cancellationToken).ConfigureAwait(false);
                if (verdict.IsWhole && (verdict.Spans != block.SpanCount || verdict.Traces != block.TraceCount))
                {
                    verdict = verdict with
                    {
                        Problems = [$"the manifest says {block.SpanCount} spans in {block.TraceCount} traces; the block has {verdict.Spans} in {verdict.Traces}"],
                    };
                }

                await TellAsync(output, verdict).ConfigureAwait(false);
                (blocks, spans, bytes) = (blocks + 1, spans + verdict.Spans, bytes + verdict.Bytes);
                wrong += verdict.IsWhole ? 0 : 1;
            }

            var unlisted = await store.UnlistedBlocksAsync(cancellationToken).ConfigureAwait(false);
            if (unlisted.Count > 0)
            {
                await output.WriteLineAsync(
                    $"  {BlockCommand.Count(unlisted.Count, "block")} not in the manifest: on the way, or left behind by a crash and removed by the next start: {string.Join(", ", unlisted)}").ConfigureAwait(false);
            }
        }

        if (only is not null && !seen)
        {
            throw new IOException($"{access.Name} has no tenant '{only}'");
        }

        await output.WriteLineAsync(
            wrong == 0
                ? $"The store is whole: {BlockCommand.Count(blocks, "block")}, {BlockCommand.Count(spans, "span")}, {BlockCommand.Count(bytes, "byte")} read."
                : $"The store is damaged: {BlockCommand.Count(wrong, "thing")} of what was checked.").ConfigureAwait(false);
        return wrong == 0 ? ExitCode.Ok : ExitCode.RuntimeFailure;
    }
}
