using Clew.Model;
using Clew.Semantics;
using Clew.Semantics.Nodes;
using Clew.Semantics.Pairing;

namespace Clew.Storage.Rollups;

/// <summary>A row of the file: a series of spans or of calls in one minute.</summary>
internal readonly record struct RollupRow(long Minute, SpanSeriesKey? Span, SpanCell? SpanCell, EdgeSeriesKey? Edge, EdgeCell? EdgeCell)
{
    private static readonly ServiceNode NoNode = new();
    private static readonly LatencyHistogram Nothing = new();

    public bool IsEdge => Edge is not null;

    public ServiceNode Client => Edge?.Client ?? NoNode;

    public ServiceNode Server => Edge?.Server ?? Span!.Node;

    public string Operation => Edge?.Operation ?? Span!.Operation;

    public int Status => Edge is null ? (int)Span!.Status : Edge.IsError ? (int)SpanStatus.Error : 0;

    public long Stored => EdgeCell?.Calls ?? SpanCell!.Spans;

    public long Weight => EdgeCell?.Weight ?? SpanCell!.Latency.Weight;

    public LatencyHistogram ClientLatency => EdgeCell?.Client ?? Nothing;

    public LatencyHistogram ServerLatency => EdgeCell?.Server ?? SpanCell!.Latency;

    public Exemplar Exemplar => EdgeCell?.Exemplar ?? SpanCell!.Exemplar;

    public int SmallNumber(string column) => column switch
    {
        RollupColumns.RowType => IsEdge ? 1 : 0,
        RollupColumns.SpanKind => Edge is null ? (int)Span!.Kind : 0,
        RollupColumns.Status => Status,
        RollupColumns.Pairing => (int)(Edge?.Pairing ?? CallPairing.Paired),
        RollupColumns.Connection => (int)(Edge?.Connection ?? ConnectionKind.Call),
        RollupColumns.Tls => (int)(Edge?.Tls ?? MutualTls.Unknown),
        _ => throw new ArgumentOutOfRangeException(nameof(column), column, null),
    };

    public long Number(string column) => column switch
    {
        RollupColumns.Minute => Minute,
        RollupColumns.Stored => Stored,
        RollupColumns.Weight => Weight,
        RollupColumns.ClientNanos => ClientLatency.SumNanos,
        RollupColumns.ServerNanos => ServerLatency.SumNanos,
        RollupColumns.RequestBytes => EdgeCell?.RequestBytes ?? 0,
        RollupColumns.ResponseBytes => EdgeCell?.ResponseBytes ?? 0,
        RollupColumns.ExemplarStart => Exemplar.StartUnixNano,
        RollupColumns.ExemplarNanos => Exemplar.DurationNanos,
        _ => throw new ArgumentOutOfRangeException(nameof(column), column, null),
    };

    public string Text(string column) => column switch
    {
        RollupColumns.Operation => Operation,
        RollupColumns.Protocol => Edge?.Protocol ?? "",
        RollupColumns.Code => Edge?.Code ?? "",
        RollupColumns.Flags => Edge?.Flags ?? "",
        _ => throw new ArgumentOutOfRangeException(nameof(column), column, null),
    };

    public static string NodeText(ServiceNode node, int text) => text switch
    {
        0 => node.Cluster,
        1 => node.Namespace,
        2 => node.Service,
        3 => node.App,
        4 => node.Version,
        _ => node.Workload,
    };

    /// <summary>Rows of a table in the order of the file: alike rows are neighbours, which is what makes the file small.</summary>
    public static List<RollupRow> Of(RollupTable table)
    {
        var rows = new List<RollupRow>();
        foreach (var (minute, rollup) in table.Minutes)
        {
            rows.AddRange(rollup.Spans.Where(static pair => pair.Value.Spans > 0).Select(pair => new RollupRow(minute, pair.Key, pair.Value, null, null)));
            rows.AddRange(rollup.Edges.Where(static pair => pair.Value.Calls > 0).Select(pair => new RollupRow(minute, null, null, pair.Key, pair.Value)));
        }

        rows.Sort(static (a, b) => Compare(a, b));
        return rows;
    }

    private static int Compare(in RollupRow a, in RollupRow b)
    {
        var order = a.IsEdge.CompareTo(b.IsEdge);
        order = order != 0 ? order : a.Minute.CompareTo(b.Minute);
        order = order != 0 ? order : string.CompareOrdinal(a.Server.App, b.Server.App);
        order = order != 0 ? order : string.CompareOrdinal(a.Server.Namespace, b.Server.Namespace);
        order = order != 0 ? order : string.CompareOrdinal(a.Client.App, b.Client.App);
        order = order != 0 ? order : string.CompareOrdinal(a.Operation, b.Operation);
        order = order != 0 ? order : a.Status.CompareTo(b.Status);
        return order != 0 ? order : a.SmallNumber(RollupColumns.SpanKind).CompareTo(b.SmallNumber(RollupColumns.SpanKind));
    }
}
