using Clew.Model;
using Clew.Parquet;

namespace Clew.Storage.Rollups;

/// <summary>The columns of <c>rollups.parquet</c> (<c>docs/formats/rollups.md</c>), in order.</summary>
internal static class RollupColumns
{
    public const string File = "rollups.parquet";

    /// <summary>0: spans of a node; 1: calls from client to server.</summary>
    public const string RowType = "row_type";

    /// <summary>Minutes since the epoch.</summary>
    public const string Minute = "minute";

    public const string Operation = "operation";
    public const string SpanKind = "span_kind";

    /// <summary>OTLP's status of the spans; of calls 2 when they failed, else 0.</summary>
    public const string Status = "status";

    public const string Pairing = "pairing";
    public const string Connection = "connection";
    public const string Tls = "tls";
    public const string Protocol = "protocol";
    public const string Code = "code";
    public const string Flags = "response_flags";

    /// <summary>Spans or calls that were stored.</summary>
    public const string Stored = "stored";

    /// <summary>Spans or calls there were, in units of 2^-20.</summary>
    public const string Weight = "weight";

    public const string ClientNanos = "client_nanos";
    public const string ServerNanos = "server_nanos";
    public const string RequestBytes = "request_bytes";
    public const string ResponseBytes = "response_bytes";
    public const string ClientLatency = "client_latency";
    public const string ServerLatency = "server_latency";
    public const string ExemplarTrace = "exemplar_trace_id";
    public const string ExemplarSpan = "exemplar_span_id";
    public const string ExemplarStart = "exemplar_start";
    public const string ExemplarNanos = "exemplar_nanos";

    public static readonly string[] NodeTexts = ["cluster", "namespace", "service", "app", "version", "workload"];

    public static readonly string[] Sides = ["client", "server"];

    public static readonly string[] SmallNumbers = [RowType, SpanKind, Status, Pairing, Connection, Tls];

    public static readonly string[] Texts = [Operation, Protocol, Code, Flags];

    public static readonly string[] Numbers =
        [Minute, Stored, Weight, ClientNanos, ServerNanos, RequestBytes, ResponseBytes, ExemplarStart, ExemplarNanos];

    public static string NodeKind(string side) => side + "_kind";

    public static string NodeText(string side, string text) => $"{side}_{text}";

    public static List<ParquetColumn> Schema()
    {
        var columns = new List<ParquetColumn>();
        columns.AddRange(SmallNumbers.Select(name => ParquetColumn.Int64(name)));
        foreach (var side in Sides)
        {
            columns.Add(ParquetColumn.Int64(NodeKind(side)));
            columns.AddRange(NodeTexts.Select(text => ParquetColumn.String(NodeText(side, text))));
        }

        columns.AddRange(Texts.Select(name => ParquetColumn.String(name)));
        columns.AddRange(Numbers.Select(name => ParquetColumn.Int64(name)));
        columns.Add(ParquetColumn.Bytes(ClientLatency, optional: true));
        columns.Add(ParquetColumn.Bytes(ServerLatency, optional: true));
        columns.Add(ParquetColumn.Fixed(ExemplarTrace, TraceId.Size));
        columns.Add(ParquetColumn.Fixed(ExemplarSpan, SpanId.Size));
        return columns;
    }
}
