using System.ComponentModel;
using Clew.TraceQL;
using Clew.TraceQL.Completion;
using Clew.TraceQL.Syntax;

namespace Clew.Api.V1.Editor;

[Description("What an editor needs to know about a text. Places are offsets in UTF-16 units, as in JavaScript's strings; the end is not included.")]
internal sealed record QueryReport(
    [property: Description("search or metrics; missing when the text is no query yet.")] string? Kind,
    [property: Description("The canonical form; missing when the text is no query yet.")] string? Canonical,
    [property: Description("Pieces of text in order, for colouring.")] IReadOnlyList<TokenReport> Tokens,
    IReadOnlyList<DiagnosticReport> Diagnostics,
    CompletionReport Completion,
    [property: Description("The first filter of the query as a list, for a builder; missing when the query does not begin with one.")] FilterReport? Filter);

internal sealed record TokenReport(TokenClass Class, int Start, int End);

internal sealed record DiagnosticReport(
    DiagnosticSeverity Severity,
    DiagnosticPhase Phase,
    string Message,
    int Start,
    int End,
    [property: Description("From 1.")] int Line,
    [property: Description("In characters, from 1.")] int Column,
    [property: Description("What could have stood here.")] IReadOnlyList<string> Expected,
    [property: Description("The way out, as half a sentence.")] string? Suggestion,
    [property: Description("The whole text, as a refused query is answered.")] string Text);

internal sealed record CompletionReport(
    [property: Description("Where the cursor stands.")] CompletionSituation Situation,
    [property: Description("What a chosen proposal replaces.")] int Start,
    int End,
    [property: Description("What is already typed of it, without quotes.")] string Prefix,
    [property: Description("The language's own proposals. Names and values of attributes come from /api/v1/attributes.")] IReadOnlyList<ProposalReport> Items,
    [property: Description("For names: in which scope; missing when names do not fit here.")] string? Scope,
    [property: Description("Names are the parent span's.")] bool OfParent,
    [property: Description("For operators and values: of which attribute, as /api/v1/attributes/values takes it.")] string? Field,
    string? Hint,
    [property: Description("The rest of the query as a filter, to narrow names and values with; missing when there is nothing to narrow by.")] string? Narrow);

internal sealed record ProposalReport(CompletionItemKind Kind, string Label, string Insert, string? Detail);

[Description("A filter in braces.")]
internal sealed record FilterReport(
    int Start,
    int End,
    [property: Description("All of them have to hold. Their places do not overlap, and what stands between is && alone.")] IReadOnlyList<ConditionReport> Conditions);

internal sealed record ConditionReport(
    int Start,
    int End,
    string Text,
    [property: Description("Missing, with operator and value, when the condition is more than a comparison of an attribute with a value.")] string? Field,
    string? Operator,
    [property: Description("Without quotes.")] string? Value,
    [property: Description("string, int, float, duration, bool, status, kind or nil.")] string? ValueType);

[Description("Names of attributes.")]
internal sealed record AttributeNames(IReadOnlyList<AttributeScopeNames> Scopes, string? Incomplete);

internal sealed record AttributeScopeNames([property: Description("resource, span, event, link, instrumentation or intrinsic.")] string Scope, IReadOnlyList<string> Names);

[Description("Values of an attribute, the most frequent first.")]
internal sealed record AttributeValues(string Name, IReadOnlyList<AttributeValue> Values, string? Incomplete);

internal sealed record AttributeValue(
    string Value,
    [property: Description("string, int, float, bool, duration or keyword.")] string Type,
    [property: Description("Spans with it.")] long Spans);
