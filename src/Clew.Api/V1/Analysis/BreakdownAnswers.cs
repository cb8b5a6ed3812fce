using System.ComponentModel;

namespace Clew.Api.V1.Analysis;

[Description("Spans of a search, divided by the values of an attribute.")]
internal sealed record Breakdown(
    [property: Description("The attribute, as the language writes it.")] string By,
    [property: Description("Nanoseconds since the epoch.")] string StartUnixNano,
    string EndUnixNano,
    BreakdownRow Total,
    [property: Description("Spans without the attribute; null when there are none.")] BreakdownRow? Missing,
    IReadOnlyList<BreakdownRow> Rows,
    [property: Description("Values that the limit left out.")] int MoreValues,
    [property: Description("Which limit ended the count early, as a sentence.")] string? Incomplete);

[Description("The spans with one value.")]
internal sealed record BreakdownRow(
    string? Value,
    [property: Description("string, int, float, bool, duration or keyword.")] string? Type,
    [property: Description("The condition in TraceQL that spans with this value meet.")] string? Condition,
    long Spans,
    long Errors,
    double RatePerSecond,
    [property: Description("Of all spans of the search, 0 to 1.")] double Share,
    [property: Description("Errors among these spans, 0 to 1.")] double ErrorShare,
    [property: Description("Nanoseconds.")] double P50Nanos,
    double P90Nanos,
    double P99Nanos);

[Description("How a selection of spans differs from the rest of a search.")]
internal sealed record Comparison(
    long SelectionSpans,
    long RestSpans,
    [property: Description("Attributes, the most different first; those that the selection itself asks for at the end.")] IReadOnlyList<ComparedAttribute> Attributes,
    string? Incomplete);

internal sealed record ComparedAttribute(
    [property: Description("The attribute, as the language writes it.")] string Name,
    [property: Description("The greatest difference between the shares of one value, 0 to 1.")] double Difference,
    [property: Description("The selection asks for this attribute, so the difference says nothing new.")] bool IsPartOfSelection,
    long SelectionSpans,
    long RestSpans,
    [property: Description("The most different first.")] IReadOnlyList<ComparedValue> Values,
    int MoreValues);

internal sealed record ComparedValue(
    string Value,
    string Type,
    [property: Description("The condition in TraceQL that spans with this value meet.")] string? Condition,
    long Selection,
    long Rest,
    [property: Description("Of all spans of the selection, 0 to 1.")] double SelectionShare,
    double RestShare,
    [property: Description("The attribute has so many values that a count beside which this stands is not known; it is at most this.")] bool IsUpperBound);
