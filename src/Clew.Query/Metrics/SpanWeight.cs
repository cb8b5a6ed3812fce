using Clew.Model;
using Clew.Query.Scan;
using Clew.Query.Traces;
using Clew.Query.Values;
using Clew.Storage.Columns;
using Clew.Storage.Retention;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Metrics;

/// <summary>How many spans one stands for because retention kept it out of many (<see cref="SampleWeight"/>): metrics count by it.</summary>
internal static class SpanWeight
{
    public static readonly AttributeRef Field = new(FieldScope.Span, SampleWeight.Key);

    /// <summary>Reads the weights of a source; null when none of its spans has one, which is so for nearly all sources.</summary>
    public static NumberReader? ReaderOf(ISpanSource source)
    {
        var mayHave = source.UncolumnedKeys(AttributeScope.Span) is not { } others || others.Contains(SampleWeight.Key);
        for (var type = AttributeType.Int; type <= AttributeType.Double && !mayHave; type++)
        {
            mayHave = source.Spans.TryColumn(new ColumnId(AttributeScope.Span, SampleWeight.Key, type), out _);
        }

        return mayHave ? new NumberReader(source, Field) : null;
    }

    public static double Of(SpanData span) => Of(AttributeData.Find(span.Attributes, SampleWeight.Key));

    private static double Of(in QueryValue value) => value.Kind is ValueKind.Float or ValueKind.Int ? Math.Max(1, value.AsNumber) : 1;
}
