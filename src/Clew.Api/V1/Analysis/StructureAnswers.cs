using System.ComponentModel;

namespace Clew.Api.V1.Analysis;

[Description("Many traces as one tree: spans that are called in the same way are one node.")]
internal sealed record StructureReport(
    [property: Description("Traces that were merged.")] int Traces,
    [property: Description("In depth-first order, those that take longest in all first.")] IReadOnlyList<StructureNode> Nodes,
    [property: Description("What was left out, as a sentence.")] string? Cut,
    string? Incomplete);

internal sealed record StructureNode(
    [property: Description("Index of the node above; -1 at the top.")] int Parent,
    int Depth,
    string Service,
    string Name,
    string Kind,
    [property: Description("Traces that have the node.")] int Traces,
    long Spans,
    long Errors,
    [property: Description("Spans that the query matched.")] long Matched,
    long TotalNanos,
    [property: Description("Time that no child covers.")] long SelfNanos,
    long P50Nanos,
    long P90Nanos,
    long MaxNanos,
    [property: Description("From the start of the trace, on average.")] long OffsetNanos,
    [property: Description("The trace where it took longest.")] string ExampleTraceId);

[Description("Exceptions of one type, with one message but for ids in it, thrown at one place.")]
internal sealed record ExceptionReport(
    [property: Description("The most frequent first.")] IReadOnlyList<ExceptionGroupReport> Groups,
    int MoreGroups,
    long Exceptions,
    string? Cut,
    string? Incomplete);

internal sealed record ExceptionGroupReport(
    [property: Description("Empty when the span failed without saying with what.")] string Type,
    string Message,
    string? StackTrace,
    [property: Description("What the stack traces of the group have in common.")] string StackPrefix,
    long Count,
    int Traces,
    string FirstUnixNano,
    string LastUnixNano,
    IReadOnlyList<ExceptionPlace> Places,
    [property: Description("The newest.")] IReadOnlyList<SpanExample> Examples);

internal sealed record ExceptionPlace(string Service, string Operation, long Count);

internal sealed record SpanExample(string TraceId, string SpanId);

[Description("Why a search finds nothing, and where there is something.")]
internal sealed record EmptyReport(
    [property: Description("The search does find traces; the rest says little then.")] bool FindsTraces,
    [property: Description("The conditions of the first filter, each by itself and each left out.")] IReadOnlyList<EmptyCondition> Conditions,
    [property: Description("The first stage of the pipeline after which nothing is left.")] string? EmptyAfter,
    [property: Description("Traces of any kind are there in the window.")] bool WindowHasData,
    [property: Description("What is stored, in nanoseconds; missing when nothing is.")] string? DataStartUnixNano,
    string? DataEndUnixNano,
    [property: Description("The newest trace before the window that the search finds.")] NearestTrace? Before,
    [property: Description("A trace after the window that the search finds, the first there is.")] NearestTrace? After,
    [property: Description("The finding in words.")] string Sentence);

internal sealed record EmptyCondition(
    string Condition,
    [property: Description("Spans in the window meet it.")] bool FoundAlone,
    [property: Description("Without it the search finds something: this one is to blame.")] bool FoundWithout);

internal sealed record NearestTrace(string TraceId, string StartUnixNano);
