using Clew.TraceQL.Syntax;

namespace Clew.TraceQL.Analysis;

/// <summary>Which fields a part of a query touches.</summary>
public static class QueryFields
{
    /// <summary>Every field below the node, once, in the order of the text: what the spans of a search's answer carry.</summary>
    public static IReadOnlyList<FieldReference> In(SyntaxNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        var fields = new List<FieldReference>();
        var seen = new HashSet<FieldReference>();
        Collect(node, fields, seen);
        return fields;
    }

    private static void Collect(SyntaxNode? node, List<FieldReference> fields, HashSet<FieldReference> seen)
    {
        switch (node)
        {
            case FieldReference field:
                if (seen.Add(field))
                {
                    fields.Add(field);
                }

                break;
            case FieldUnary unary:
                Collect(unary.Operand, fields, seen);
                break;
            case FieldBinary binary:
                Collect(binary.Left, fields, seen);
                Collect(binary.Right, fields, seen);
                break;
            case SpansetFilter filter:
                Collect(filter.Condition, fields, seen);
                break;
            case SpansetBinary binary:
                Collect(binary.Left, fields, seen);
                Collect(binary.Right, fields, seen);
                break;
            case SpansetNegation negation:
                Collect(negation.Operand, fields, seen);
                break;
            case SpansetPipeline pipeline:
                Collect(pipeline.Pipeline, fields, seen);
                break;
            case Aggregate aggregate:
                Collect(aggregate.Argument, fields, seen);
                break;
            case ScalarBinary binary:
                Collect(binary.Left, fields, seen);
                Collect(binary.Right, fields, seen);
                break;
            case ScalarPipeline pipeline:
                Collect(pipeline.Source, fields, seen);
                Collect(pipeline.Value, fields, seen);
                break;
            default:
                CollectStage(node, fields, seen);
                break;
        }
    }

    private static void CollectStage(SyntaxNode? node, List<FieldReference> fields, HashSet<FieldReference> seen)
    {
        switch (node)
        {
            case Pipeline pipeline:
                CollectAll(pipeline.Stages, fields, seen);
                break;
            case SpansetStage spanset:
                Collect(spanset.Expression, fields, seen);
                break;
            case ScalarFilter filter:
                Collect(filter.Left, fields, seen);
                Collect(filter.Right, fields, seen);
                break;
            case GroupBy group:
                Collect(group.Key, fields, seen);
                break;
            case Select select:
                CollectAll(select.Fields, fields, seen);
                break;
            case Sort sort:
                CollectAll(sort.Keys, fields, seen);
                break;
            case SortKey key:
                Collect(key.Field, fields, seen);
                break;
            case Query query:
                Collect(query.Body, fields, seen);
                break;
            case SearchQuery search:
                Collect(search.Pipeline, fields, seen);
                break;
            case MetricsQuery metrics:
                Collect(metrics.Expression, fields, seen);
                break;
            case MetricsPipeline pipeline:
                Collect(pipeline.Source, fields, seen);
                Collect(pipeline.Function, fields, seen);
                break;
            case StagedMetrics staged:
                Collect(staged.Input, fields, seen);
                break;
            case MetricsBinary binary:
                Collect(binary.Left, fields, seen);
                Collect(binary.Right, fields, seen);
                break;
            case MetricsAggregate aggregate:
                Collect(aggregate.Argument, fields, seen);
                CollectAll(aggregate.By, fields, seen);
                break;
            case MetricsCompare compare:
                Collect(compare.Selection, fields, seen);
                break;
        }
    }

    private static void CollectAll<T>(NodeList<T> nodes, List<FieldReference> fields, HashSet<FieldReference> seen)
        where T : SyntaxNode
    {
        foreach (var node in nodes)
        {
            Collect(node, fields, seen);
        }
    }
}
