using Clew.Model;
using Clew.Query.Values;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Evaluation;

/// <summary>Between the literals of the language and the values at run time.</summary>
internal static class StaticValues
{
    public static QueryValue ToQueryValue(this StaticValue value) => value.Type switch
    {
        StaticType.Int => QueryValue.Int(value.AsInt),
        StaticType.Float => QueryValue.Float(value.AsFloat),
        StaticType.Duration => QueryValue.Duration(value.AsDurationNanos),
        StaticType.String => QueryValue.String(value.AsString),
        StaticType.Bool => QueryValue.Bool(value.AsBool),
        StaticType.Status => QueryValue.Status((SpanStatus)value.AsStatus),
        StaticType.Kind => QueryValue.SpanKind((SpanKind)value.AsKind),
        _ => QueryValue.Nil,
    };

    /// <summary>A finite number as a literal; null for everything else.</summary>
    public static StaticValue? ToStatic(this in QueryValue value) => value.Kind switch
    {
        ValueKind.Int => StaticValue.FromInt(value.AsInt),
        ValueKind.Duration => StaticValue.FromDurationNanos(value.AsInt),
        ValueKind.Float when double.IsFinite(value.AsFloat) => StaticValue.FromFloat(value.AsFloat),
        _ => null,
    };
}
