using Clew.Model;

namespace Clew.Storage.Blocks.Building;

/// <summary>A row of the traces table.</summary>
internal struct TraceRecord
{
    public TraceId Id;
    public long Start;

    /// <summary>The latest end of a span; a span that ends before it starts counts by its start.</summary>
    public long End;
    public int FirstRow;
    public int SpanCount;
    public int ErrorCount;

    /// <summary>Codes in <see cref="TraceRows.Texts"/>.</summary>
    public int RootService;
    public int RootName;
}
