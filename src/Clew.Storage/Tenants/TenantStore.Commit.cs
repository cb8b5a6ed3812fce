using Clew.Storage.Manifest;

namespace Clew.Storage.Tenants;

/// <summary>
/// Commits to the manifest, one at a time. An error of a commit may come after the entry was written (an answer that was lost), so what
/// follows from a commit is kept until it is known: the next who takes the turn asks the manifest first, and does it then.
/// </summary>
internal sealed partial class TenantStore
{
    /// <summary>Held from the look at the live blocks to the swap.</summary>
    private readonly SemaphoreSlim _committing = new(1, 1);

    private Consequence? _open;

    /// <summary>What to do when a change is in the manifest, and what when it never will be.</summary>
    private sealed record Consequence(Func<Task> Committed, Func<Task> Refused);

    /// <summary>
    /// Waits for the turn to commit. Throws <see cref="IOException"/> while an earlier commit cannot be settled. The caller releases
    /// <see cref="_committing"/>.
    /// </summary>
    private async Task TakeTurnAsync(CancellationToken cancellationToken)
    {
        await _committing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_manifest.IsInDoubt)
            {
                var isCommitted = await _manifest.SettleAsync(cancellationToken).ConfigureAwait(false);
                var open = _open;
                _open = null;
                if (open is not null)
                {
                    await (isCommitted ? open.Committed() : open.Refused()).ConfigureAwait(false);
                }

                await AdoptAsync(_manifest.State).ConfigureAwait(false);
            }
        }
        catch
        {
            _committing.Release();
            throw;
        }
    }

    /// <summary>Settles an earlier commit, if there is one to settle.</summary>
    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        if (_manifest.IsInDoubt)
        {
            await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
            _committing.Release();
        }
    }

    /// <summary>
    /// Commits and does what follows; false, and nothing done, when the change is null. It is made anew after each entry of another that came first.
    /// After an error what follows is done when it is known which of the two it is. The caller has the turn.
    /// </summary>
    private async Task<bool> CommitAsync(Func<ValueTask<ManifestChange?>> changeFor, Func<Task> committed, Func<Task> refused, bool makesRoom = false)
    {
        var isCommitted = false;
        try
        {
            // On a full disk the reserve pays for a commit that makes room.
            await (makesRoom && _reserve is not null ? _reserve.RunAsync(PutAsync) : PutAsync()).ConfigureAwait(false);
        }
        catch when (_manifest.IsInDoubt)
        {
            _open = new Consequence(committed, refused);
            throw;
        }
        catch
        {
            await refused().ConfigureAwait(false);
            throw;
        }

        if (isCommitted)
        {
            await committed().ConfigureAwait(false);
            _adopted = _manifest.State.Sequence;
        }

        return isCommitted;

        async Task PutAsync() => isCommitted = (_manifest.IsInDoubt && await _manifest.SettleAsync(CancellationToken.None).ConfigureAwait(false))
            || await _manifest.CommitAsync(
                async state =>
                {
                    await AdoptAsync(state).ConfigureAwait(false);
                    return await changeFor().ConfigureAwait(false);
                },
                CancellationToken.None).ConfigureAwait(false) is not null;
    }

    private Task<bool> CommitAsync(ManifestChange change, Func<Task> committed, Func<Task> refused, bool makesRoom = false) =>
        CommitAsync(() => new ValueTask<ManifestChange?>(change), committed, refused, makesRoom);

    private static Task Nothing() => Task.CompletedTask;

    /// <summary>Takes the turn, prepares blocks that nobody sees yet, and commits them; what cannot be committed is given up.</summary>
    private async Task CommitBlocksAsync(ManifestChange change, Func<Task> prepare, Func<Task> committed, Func<Task> refused)
    {
        try
        {
            await TakeTurnAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch
        {
            await refused().ConfigureAwait(false);
            throw;
        }

        try
        {
            await CommitAsync(
                async () =>
                {
                    await prepare().ConfigureAwait(false);
                    return change;
                },
                committed, refused).ConfigureAwait(false);
        }
        finally
        {
            _committing.Release();
        }
    }
}
