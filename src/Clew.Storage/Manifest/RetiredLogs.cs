using System.Collections.Immutable;

namespace Clew.Storage.Manifest;

/// <summary>
/// Which log generations have their spans in blocks. A generation's upper 32 bits name the log, so that processes with folders of their own can
/// share a manifest; its lower 32 bits count up within that log. Immutable.
/// </summary>
internal sealed class RetiredLogs
{
    /// <summary>Logs remembered: a process without a lasting folder makes one at each start. The one that was retired longest ago is forgotten.</summary>
    public const int MaxLogs = 1024;

    private const int LogShift = 32;

    private readonly ImmutableList<ulong> _through;

    private RetiredLogs(ImmutableList<ulong> through) => _through = through;

    public static RetiredLogs None { get; } = new([]);

    /// <summary>By log the last generation that is retired, the longest unchanged first.</summary>
    public IReadOnlyList<ulong> Through => _through;

    public static RetiredLogs Of(IEnumerable<ulong> through) => new([.. through]);

    /// <summary>The first generation of a new log.</summary>
    public static ulong FirstOf(uint log) => ((ulong)log << LogShift) | 1;

    public static bool SameLog(ulong generation, ulong other) => generation >> LogShift == other >> LogShift;

    /// <summary>The last retired generation of the log that a generation is of; zero for none.</summary>
    public ulong LastOf(ulong generation) => _through.Find(through => SameLog(through, generation));

    public bool Contains(ulong generation) => generation <= LastOf(generation);

    /// <summary>With a log's generations up to this one; zero adds nothing.</summary>
    public RetiredLogs With(ulong through)
    {
        if (through == 0 || Contains(through))
        {
            return this;
        }

        var others = _through.RemoveAll(other => SameLog(other, through));
        return new RetiredLogs((others.Count < MaxLogs ? others : others.RemoveAt(0)).Add(through));
    }
}
