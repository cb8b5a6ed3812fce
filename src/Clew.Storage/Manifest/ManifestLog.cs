using System.Globalization;
using System.Text;
using System.Text.Json;
using Clew.Storage.Backends;

namespace Clew.Storage.Manifest;

/// <summary>
/// A tenant's manifest over an object store: entries <c>manifest/00000000000000000001.json</c> and so on, written by put-if-absent, so
/// that of two writers of one number exactly one wins. The newest is found from a hint, then number by number until one is missing;
/// nothing is listed.
/// </summary>
internal sealed class ManifestLog(IObjectStore store, string tenantPrefix)
{
    /// <summary>Every so many entries one carries the whole state.</summary>
    public const int CheckpointEvery = 64;

    /// <summary>Another writer may win so many numbers before a commit gives up.</summary>
    public const int MaxLostRaces = 1000;

    private readonly SemaphoreSlim _commit = new(1, 1);

    /// <summary>An entry whose put ended in an error: nobody knows whether it is there before <see cref="SettleAsync"/>.</summary>
    private ManifestEntry? _inDoubt;

    public ManifestState State { get; private set; } = ManifestState.Empty;

    /// <summary>Whether the last commit ended in an error that leaves open whether it counts. Nothing is committed before <see cref="SettleAsync"/>.</summary>
    public bool IsInDoubt => _inDoubt is not null;

    /// <summary>Reads the newest state. Throws <see cref="InvalidDataException"/> when an entry cannot be read: nothing is guessed.</summary>
    public async ValueTask LoadAsync(CancellationToken cancellationToken)
    {
        State = await CatchUpAsync(ManifestState.Empty, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads what others have committed since. Not while an entry is in doubt.</summary>
    public async ValueTask<ManifestState> RefreshAsync(CancellationToken cancellationToken)
    {
        await _commit.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return State = await CatchUpAsync(State, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _commit.Release();
        }
    }

    /// <summary>
    /// Commits a change after every entry committed before it; answers the state with it applied. An error may come after the entry was
    /// written: <see cref="IsInDoubt"/> then says so.
    /// </summary>
    public async ValueTask<ManifestState> CommitAsync(ManifestChange change, CancellationToken cancellationToken) =>
        (await CommitAsync(_ => new ValueTask<ManifestChange?>(change), cancellationToken).ConfigureAwait(false))!;

    /// <summary>
    /// Commits a change that is made for the state it follows: whenever another's entry came first it is asked for anew. Answers the state with it
    /// applied; null when there was nothing to commit any more. Errors as above.
    /// </summary>
    public async ValueTask<ManifestState?> CommitAsync(Func<ManifestState, ValueTask<ManifestChange?>> changeFor, CancellationToken cancellationToken)
    {
        await _commit.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_inDoubt is not null)
            {
                throw new IOException($"manifest entry '{Key(_inDoubt.Sequence)}' may or may not have been written; nothing is committed before that is known");
            }

            State = await SkipAsync(State, cancellationToken).ConfigureAwait(false);
            for (var lost = 0; lost < MaxLostRaces; lost++)
            {
                if (await changeFor(State).ConfigureAwait(false) is not { } change)
                {
                    return null;
                }

                if (change.Imported.FirstOrDefault(State.Imported.Contains) is { } again)
                {
                    throw new AlreadyImportedException(again);
                }

                var entry = Entry(State, change);
                _inDoubt = entry;
                var isOurs = await PutAsync(entry, cancellationToken).ConfigureAwait(false)
                    || (await ReadAsync(entry.Sequence, cancellationToken).ConfigureAwait(false))?.Nonce == entry.Nonce;
                _inDoubt = null;
                if (isOurs)
                {
                    await ApplyAsync(entry, cancellationToken).ConfigureAwait(false);
                    return State;
                }

                State = await CatchUpAsync(State, cancellationToken).ConfigureAwait(false);
            }

            throw new IOException($"manifest '{tenantPrefix}manifest' changed {MaxLostRaces} times while one entry was being written; is another program writing to this store?");
        }
        finally
        {
            _commit.Release();
        }
    }

    /// <summary>
    /// Finds out whether the entry in doubt was written, and true if it was. If nothing has its number, an entry without a change takes it,
    /// so that a put still on its way cannot count later.
    /// </summary>
    public async ValueTask<bool> SettleAsync(CancellationToken cancellationToken)
    {
        await _commit.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_inDoubt is not { } doubtful)
            {
                return false;
            }

            var winner = await ReadAsync(doubtful.Sequence, cancellationToken).ConfigureAwait(false);
            if (winner is null)
            {
                var empty = Entry(State, new ManifestChange());
                winner = await PutAsync(empty, cancellationToken).ConfigureAwait(false)
                    ? empty
                    : await ReadAsync(doubtful.Sequence, cancellationToken).ConfigureAwait(false)
                        ?? throw new IOException($"manifest entry '{Key(doubtful.Sequence)}' exists and cannot be read");
            }

            _inDoubt = null;
            await ApplyAsync(winner, cancellationToken).ConfigureAwait(false);
            return winner.Nonce == doubtful.Nonce;
        }
        finally
        {
            _commit.Release();
        }
    }

    private ValueTask<bool> PutAsync(ManifestEntry entry, CancellationToken cancellationToken) =>
        store.PutIfAbsentAsync(Key(entry.Sequence), JsonSerializer.SerializeToUtf8Bytes(entry, ManifestJson.Default.ManifestEntry), cancellationToken);

    private async ValueTask ApplyAsync(ManifestEntry entry, CancellationToken cancellationToken)
    {
        State = State.Apply(entry);
        if (entry.Checkpoint is not null)
        {
            await AdvanceHintAsync(entry.Sequence, cancellationToken).ConfigureAwait(false);
        }
    }

    private string HintKey => $"{tenantPrefix}manifest/hint";

    private string Key(long sequence) => $"{tenantPrefix}manifest/{sequence:d20}.json";

    private static ManifestEntry Entry(ManifestState state, ManifestChange change)
    {
        var entry = new ManifestEntry
        {
            Version = ManifestEntry.CurrentVersion,
            Sequence = state.Sequence + 1,
            Nonce = Guid.NewGuid().ToString("N"),
            AddBlocks = change.AddBlocks,
            RemoveBlocks = change.RemoveBlocks,
            AddRollups = change.AddRollups,
            RemoveRollups = change.RemoveRollups,
            Deletions = change.Deletions,
            RemoveDeletions = change.RemoveDeletions,
            RetireThrough = change.RetireThrough,
            Imported = change.Imported,
        };
        if (entry.Sequence % CheckpointEvery != 0)
        {
            return entry;
        }

        var after = state.Apply(entry);
        return entry with
        {
            Checkpoint = [.. after.Blocks.Values], CheckpointRetired = after.Retired.Through, CheckpointDeletions = [.. after.Deletions.Values],
            ImportedSoFar = [.. after.Imported], CheckpointRollups = [.. after.Rollups.Values],
        };
    }

    /// <summary>
    /// Goes on from the newest checkpoint when that is further than the state: the entries between may be gone, and a number that is free again must
    /// not be taken for the next one.
    /// </summary>
    private async ValueTask<ManifestState> SkipAsync(ManifestState state, CancellationToken cancellationToken)
    {
        var hint = await store.GetAsync(HintKey, cancellationToken).ConfigureAwait(false);
        return hint is not null && long.TryParse(Encoding.ASCII.GetString(hint), NumberStyles.None, CultureInfo.InvariantCulture, out var checkpoint)
            && checkpoint > state.Sequence && await ReadAsync(checkpoint, cancellationToken).ConfigureAwait(false) is { Checkpoint: not null } entry
            ? ManifestState.Empty.Apply(entry)
            : state;
    }

    private async ValueTask<ManifestState> CatchUpAsync(ManifestState state, CancellationToken cancellationToken)
    {
        state = await SkipAsync(state, cancellationToken).ConfigureAwait(false);
        while (await ReadAsync(state.Sequence + 1, cancellationToken).ConfigureAwait(false) is { } next)
        {
            state = state.Apply(next);
        }

        return state;
    }

    private async ValueTask<ManifestEntry?> ReadAsync(long sequence, CancellationToken cancellationToken)
    {
        var bytes = await store.GetAsync(Key(sequence), cancellationToken).ConfigureAwait(false);
        if (bytes is null)
        {
            return null;
        }

        try
        {
            var entry = JsonSerializer.Deserialize(bytes, ManifestJson.Default.ManifestEntry);
            if (entry is { Version: ManifestEntry.CurrentVersion } && entry.Sequence == sequence)
            {
                return entry;
            }

            throw new InvalidDataException(
                $"manifest entry '{Key(sequence)}' has version {entry?.Version} and number {entry?.Sequence}; this program reads version {ManifestEntry.CurrentVersion}");
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"manifest entry '{Key(sequence)}' is not readable: {fault.Message}", fault);
        }
    }

    /// <summary>Points the hint at a checkpoint and drops the entries before the one it pointed at. Losing this step costs nothing but time.</summary>
    private async ValueTask AdvanceHintAsync(long checkpoint, CancellationToken cancellationToken)
    {
        try
        {
            await store.PutAsync(HintKey, new MemoryStream(Encoding.ASCII.GetBytes(checkpoint.ToString(CultureInfo.InvariantCulture))), cancellationToken).ConfigureAwait(false);
            var keepFrom = checkpoint - CheckpointEvery;
            for (var old = keepFrom - CheckpointEvery; old < keepFrom; old++)
            {
                if (old > 0)
                {
                    await store.DeleteAsync(Key(old), cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (IOException)
        {
            // The entry itself is committed; the next checkpoint moves the hint.
        }
    }
}
