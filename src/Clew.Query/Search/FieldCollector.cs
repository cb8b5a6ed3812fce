using Clew.TraceQL.Syntax;

namespace Clew.Query.Search;

/// <summary>Finds the fields that a query touches: they come with every span of the answer.</summary>
internal static class FieldCollector
{
    /// <summary>Each field once, in order of appearance; the span's name, which every answer has, is left out.</summary>
    public static List<FieldReference> Collect(Pipeline pipeline)
    {
        var fields = new List<FieldReference>();
        AddPipeline(pipeline, fields);
        return fields;
    }

    private static void AddPipeline(Pipeline pipeline, List<FieldReference> fields)
    {
        foreach (var stage in pipeline.Stages)
        {
            switch (stage)
            {
                case SpansetStage filter:
                    AddSpanset(filter.Expression, fields);
                    break;
                case ScalarFilter scalar:
                    AddScalar(scalar.Left, fields);
                    AddScalar(scalar.Right, fields);
                    break;
                case GroupBy group:
                    AddField(group.Key, fields);
                    break;
                case Select select:
                    foreach (var field in select.Fields)
                    {
                        AddField(field, fields);
                    }

                    break;
                case Sort sort:
                    foreach (var key in sort.Keys)
                    {
                        AddField(key.Field, fields);
                    }

                    break;
            }
        }
    }

    private static void AddSpanset(SpansetExpression expression, List<FieldReference> fields)
    {
        switch (expression)
        {
            case SpansetFilter filter:
                AddField(filter.Condition, fields);
                break;
            case SpansetBinary binary:
                AddSpanset(binary.Left, fields);
                AddSpanset(binary.Right, fields);
                break;
            case SpansetPipeline pipeline:
                AddPipeline(pipeline.Pipeline, fields);
                break;
        }
    }

    private static void AddScalar(ScalarExpression expression, List<FieldReference> fields)
    {
        switch (expression)
        {
            case Aggregate aggregate:
                AddField(aggregate.Argument, fields);
                break;
            case ScalarBinary binary:
                AddScalar(binary.Left, fields);
                AddScalar(binary.Right, fields);
                break;
            case ScalarPipeline pipeline:
                AddPipeline(pipeline.Source, fields);
                AddScalar(pipeline.Value, fields);
                break;
        }
    }

    private static void AddField(FieldExpression? expression, List<FieldReference> fields)
    {
        switch (expression)
        {
            case IntrinsicRef { Intrinsic: Intrinsic.Name or Intrinsic.Parent }:
                break;
            case FieldReference field when !fields.Contains(field):
                fields.Add(field);
                break;
            case FieldBinary binary:
                AddField(binary.Left, fields);
                AddField(binary.Right, fields);
                break;
            case FieldUnary unary:
                AddField(unary.Operand, fields);
                break;
        }
    }
}
