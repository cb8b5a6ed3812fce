using Clew.Query.Values;

namespace Clew.Query.Compare;

/// <summary>What is different about some traces of a search.</summary>
/// <param name="Selected">Traces with a selected span.</param>
/// <param name="Rest">The other traces of the search.</param>
/// <param name="Differences">Most telling first.</param>
/// <param name="Together">The two values that tell most when both are there; null when no pair tells more than one value does.</param>
/// <param name="Stats">What was read.</param>
public sealed record ComparisonResult(int Selected, int Rest, IReadOnlyList<Difference> Differences, ValuePair? Together, QueryStats Stats);

/// <summary>How many traces of both sides have a value of a field in any of their spans.</summary>
/// <param name="Service">Whose field it is, when it means something within one service only; else null.</param>
/// <param name="Field">The field as the language writes it.</param>
/// <param name="Value">The value.</param>
/// <param name="Selected">Selected traces that have it.</param>
/// <param name="Rest">Other traces that have it.</param>
/// <param name="SelectedWithField">Selected traces that have the field at all.</param>
/// <param name="RestWithField">Other traces that have the field at all.</param>
public sealed record Difference(string? Service, string Field, QueryValue Value, int Selected, int Rest, int SelectedWithField, int RestWithField);

/// <summary>Two of <see cref="ComparisonResult.Differences"/> by position, and how many traces have both.</summary>
public sealed record ValuePair(int First, int Second, int Selected, int Rest);
