using Clew.Storage;
using Clew.Storage.Blocks;
using Clew.Storage.Columns;

namespace Clew.Query;

/// <summary>
/// The sources of a query that could not be read while it ran: a bucket that does not answer, a block with damaged bytes. The query runs
/// again without them, and its answer says which part of the store it does not cover.
/// </summary>
internal sealed class UnreadableSources(IStoreSnapshot snapshot)
{
    private readonly int _all = snapshot.Sources.Count;

    /// <summary>After so many sources left out one by one, all blocks that fail like them are taken for gone, and memory alone is searched.</summary>
    private const int MaxSingles = 8;

    private readonly HashSet<ISpanSource> _left = [];
    private Exception? _first;

    /// <summary>What can still be read, as far as is known.</summary>
    public IReadOnlyList<ISpanSource> Readable { get; private set; } = snapshot.Sources;

    /// <summary>For the user; null while everything was read.</summary>
    public string? Sentence => _first is null
        ? null
        : $"{_all - Readable.Count} of {_all} parts of the store could not be read, and the answer is without them: {_first.Message}";

    public static bool IsUnreadable(Exception fault) => fault is IOException or BlockCorruptException;

    /// <summary>Leaves the source out that a failure comes from; false when there is none left to leave out.</summary>
    public bool Leave(Exception fault)
    {
        _first ??= fault;
        snapshot.Report(fault);
        var failed = Find(fault.Message);
        if (failed is null || _left.Count >= MaxSingles)
        {
            _left.UnionWith(Readable.Where(static source => !source.IsHead));
        }
        else
        {
            _left.Add(failed);
        }

        var before = Readable.Count;
        Readable = [.. Readable.Where(source => !_left.Contains(source))];
        return Readable.Count < before;
    }

    /// <summary>Keys of a block's files contain its id, and every failure names the key.</summary>
    private ISpanSource? Find(string message)
    {
        foreach (var source in Readable)
        {
            if (!source.IsHead && message.Contains(source.Name, StringComparison.Ordinal))
            {
                return source;
            }
        }

        return null;
    }
}

/// <summary>For runs that answer with a value.</summary>
internal static class UnreadableTasks
{
    /// <summary>The result, or null when a source could not be read and was left out: run again.</summary>
    public static async Task<T?> OrNullAsync<T>(this Task<T> run, UnreadableSources sources)
        where T : class
    {
        try
        {
            return await run.ConfigureAwait(false);
        }
        catch (Exception fault) when (UnreadableSources.IsUnreadable(fault) && sources.Leave(fault))
        {
            return null;
        }
    }
}
