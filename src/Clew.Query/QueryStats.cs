namespace Clew.Query;

/// <summary>What an answer rests on. Counted while the query runs.</summary>
public sealed class QueryStats
{
    /// <summary>Traces that were read as a whole.</summary>
    public int InspectedTraces { get; internal set; }

    /// <summary>Spans whose columns were scanned or that were read as part of a trace.</summary>
    public long InspectedSpans { get; internal set; }

    /// <summary>Bytes at rest of what was read; columns count with the whole row group's share of the source.</summary>
    public long InspectedBytes { get; internal set; }

    /// <summary>Head segments and blocks of the tenant.</summary>
    public int TotalSources { get; internal set; }

    /// <summary>Sources that could hold an answer, by their time range.</summary>
    public int RelevantSources { get; internal set; }

    /// <summary>Relevant sources that were searched to the end; the others were not needed, or a limit ended the search.</summary>
    public int SearchedSources { get; internal set; }

    /// <summary>Bytes at rest of the tenant's sources.</summary>
    public long TotalBytes { get; internal set; }

    /// <summary>Requests to the bucket that the query made, retries included; zero where blocks are local or were near.</summary>
    public long StoreRequests { get; internal set; }

    /// <summary>Which limit ended the query early, as a sentence for the user; null when the answer is complete.</summary>
    public string? Incomplete { get; internal set; }
}
