using Clew.Model;

namespace Clew.Bench.Queries;

/// <summary>One thing that is asked, its literals and its window drawn: the engine and a server are asked the same.</summary>
internal abstract record Ask
{
    public sealed record Trace(TraceId Id) : Ask;

    public sealed record Search(string Query, int Limit, TimeRange Window) : Ask;

    /// <summary>A range query in steps of a minute.</summary>
    public sealed record Metrics(string Query, TimeRange Window) : Ask;

    public sealed record TagNames(TimeRange Window) : Ask;

    /// <summary>All values when the limit is 0.</summary>
    public sealed record TagValues(string Field, string? Filter, int Limit, TimeRange Window) : Ask;
}

/// <summary>Who answers, and what it costs him.</summary>
internal interface IAsker
{
    /// <summary>Processor time that answering has taken so far.</summary>
    TimeSpan ProcessorTime { get; }

    /// <summary>Bytes that answering has allocated so far; null where nobody can tell.</summary>
    long? AllocatedBytes { get; }

    /// <summary>Asks and reads the whole answer. How large it is, is worked out when it is asked for, outside of what is timed.</summary>
    Task<Lazy<string>> AskAsync(Ask ask);
}
