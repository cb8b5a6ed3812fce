using Clew.Query.Traces;
using Clew.Query.Values;

namespace Clew.Query.Evaluation;

/// <summary>Spans of one trace, in the trace's order and without repetition, and what earlier stages said about them.</summary>
internal sealed record Spanset(List<SpanData> Spans, List<(string Key, QueryValue Value)> Attributes)
{
    /// <summary>Other spans, same attributes.</summary>
    public Spanset With(List<SpanData> spans) => new(spans, Attributes);
}
