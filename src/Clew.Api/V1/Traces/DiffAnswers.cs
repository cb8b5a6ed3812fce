using System.ComponentModel;
using Clew.Query.Diff;

namespace Clew.Api.V1.Traces;

[Description("Two traces laid over each other.")]
internal sealed record DiffReport(
    DiffSide Base,
    DiffSide Compare,
    [property: Description("Spans that are in both, alike but for their times.")] int Same,
    int Changed,
    int Added,
    int Removed,
    [property: Description("In depth-first order.")] IReadOnlyList<DiffRow> Rows,
    [property: Description("Why rows are missing, as a sentence.")] string? Cut);

internal sealed record DiffSide(string TraceId, string? RootService, string? RootName, string StartUnixNano, long DurationNanos, int Spans, int Errors);

internal sealed record DiffRow(
    [property: Description("Index of the row above; -1 at the top.")] int Parent,
    int Depth,
    string Service,
    string Name,
    string Kind,
    SpanChange Change,
    [property: Description("Missing when the span was added.")] DiffRowSide? Base,
    [property: Description("Missing when the span was removed.")] DiffRowSide? Compare,
    [property: Description("Attributes that differ.")] IReadOnlyList<DiffAttribute> Attributes);

internal sealed record DiffRowSide(
    string SpanId,
    [property: Description("From the start of its trace.")] long OffsetNanos,
    long DurationNanos,
    [property: Description("Time that no child covers.")] long SelfNanos,
    [property: Description("ok, error or unset.")] string Status);

internal sealed record DiffAttribute(string Key, string? Base, string? Compare);
