using Clew.Query.Evaluation;
using Clew.Query.Traces;
using Clew.Query.Values;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Metrics;

/// <summary>
/// <c>compare()</c>: divides spans into a selection and the rest, and counts every value of every attribute in both. Per attribute the most
/// frequent values are kept; totals say how many spans had the attribute at all.
/// </summary>
internal sealed class ComparisonBuilder(MetricsCompare function, TimeGrid grid, QueryLimits limits)
{
    public const string SpanPrefix = "span.";
    public const string ResourcePrefix = "resource.";
    public const string Name = "name";
    public const string Kind = "kind";
    public const string Status = "status";
    public const string StatusMessage = "statusMessage";
    public const string RootName = "rootName";
    public const string RootService = "rootServiceName";

    private readonly FieldNode _selection = FieldNode.Compile(function.Selection.Condition);

    public MetricsCompare Function => function;

    /// <summary>What was counted; what others have counted is merged into it.</summary>
    public ComparisonTable Table { get; } = new(grid.Count);

    /// <summary>Values that are counted: arrays and maps are not.</summary>
    public static bool IsCounted(in QueryValue value) => value.Kind is ValueKind.String or ValueKind.Int or ValueKind.Float or ValueKind.Bool;

    public void Add(int interval, SpanData span, SpanFields fields)
    {
        var inTime = function.StartUnixNano is not { } start || (span.StartUnixNano >= start && span.StartUnixNano <= function.EndUnixNano);
        var slot = Table.Slot(interval, inTime && _selection.Holds(fields));
        AddAll(slot, SpanPrefix, span.Attributes);
        AddAll(slot, ResourcePrefix, span.Resource.Attributes);
        Table[Name].Add(QueryValue.String(span.Name), slot, 1);
        Table[Kind].Add(QueryValue.SpanKind(span.Kind), slot, 1);
        Table[Status].Add(QueryValue.Status(span.Status), slot, 1);
        if (span.StatusMessage.Length > 0)
        {
            Table[StatusMessage].Add(QueryValue.String(span.StatusMessage), slot, 1);
        }

        if (fields.Trace.Root is { } root)
        {
            Table[RootName].Add(QueryValue.String(root.Name), slot, 1);
            Table[RootService].Add(QueryValue.String(root.Resource.ServiceName), slot, 1);
        }
    }

    public List<Series> Build() => Table.Build(function, limits);

    private void AddAll(int slot, string prefix, AttributeData[] attributes)
    {
        foreach (var attribute in attributes)
        {
            if (IsCounted(attribute.Value))
            {
                Table[prefix + attribute.Key].Add(attribute.Value, slot, 1);
            }
        }
    }
}
