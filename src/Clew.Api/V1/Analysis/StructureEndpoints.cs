using System.Globalization;
using Clew.Api.Http;
using Clew.Model;
using Clew.Query.Exceptions;
using Clew.Query.Structure;
using Clew.Query.Values;
using Clew.TraceQL.Syntax;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.V1.Analysis;

/// <summary>What the traces of a search have in common: their tree, and their exceptions.</summary>
internal sealed class StructureEndpoints(ApiServices services)
{
    private const int DefaultTraces = 200;
    private const int MaxTraces = 10_000;
    private const int DefaultGroups = 50;
    private const int MaxGroupsShown = 1000;

    private readonly StructureQueries _structure = new(services.Engine);
    private readonly ExceptionQueries _exceptions = new(services.Engine);

    public void Map(ApiV1 api)
    {
        api.Add(
            new ApiOperation("GET", "/api/v1/structure", "structure", "The call tree that the traces of a search have in common")
            {
                Tag = "analysis",
                Parameters =
                [
                    V1Parameters.Query,
                    new("limit", $"Traces that are merged, the newest first; {MaxTraces} at most.", ApiValueType.Integer) { Default = "200" },
                    .. V1Parameters.Window,
                ],
                Answers = [ApiContent.Json(V1Json.Default.StructureReport)],
            },
            MergeAsync);
        api.Add(
            new ApiOperation("GET", "/api/v1/exceptions", "exceptions", "Exceptions of a search's spans, grouped by type, message and place")
            {
                Tag = "analysis",
                Description = "Ids and long numbers in messages do not tell groups apart. A span that failed without an exception counts with error.type and its status message.",
                Parameters =
                [
                    V1Parameters.Query,
                    new("limit", $"Groups in the answer; {MaxGroupsShown} at most.", ApiValueType.Integer) { Default = "50" },
                    .. V1Parameters.Window,
                ],
                Answers = [ApiContent.Json(V1Json.Default.ExceptionReport)],
            },
            ExceptionsAsync);
    }

    private async Task MergeAsync(HttpContext context, TenantId tenant)
    {
        var parameters = new QueryParameters(context.Request);
        var limit = Math.Min(parameters.Count("limit", least: 1) ?? DefaultTraces, MaxTraces);
        var tree = await _structure.MergeAsync(tenant, Queries.Search(parameters), parameters.Window(services.Clock), limit, context.RequestAborted).ConfigureAwait(false);
        var report = new StructureReport(tree.Traces, [.. tree.Nodes.Select(Node)], tree.Cut, tree.Stats.Incomplete);
        await ApiJson.WriteAsync(context, report, V1Json.Default.StructureReport).ConfigureAwait(false);
    }

    private static StructureNode Node(MergedNode node) => new(
        node.Parent, node.Depth, node.Service, node.Name, QueryValue.KindText(node.Kind), node.Traces, node.Spans, node.Errors, node.Matched, node.TotalNanos,
        node.SelfNanos, node.P50Nanos, node.P90Nanos, node.MaxNanos, node.OffsetNanos, node.Example.ToString());

    private async Task ExceptionsAsync(HttpContext context, TenantId tenant)
    {
        var parameters = new QueryParameters(context.Request);
        var limit = Math.Min(parameters.Count("limit", least: 1) ?? DefaultGroups, MaxGroupsShown);
        var pipeline = Queries.And(Queries.Search(parameters), HasException);
        var groups = await _exceptions.GroupAsync(tenant, pipeline, parameters.Window(services.Clock), limit, context.RequestAborted).ConfigureAwait(false);
        var report = new ExceptionReport([.. groups.Groups.Select(Group)], groups.MoreGroups, groups.Exceptions, groups.Cut, groups.Stats.Incomplete);
        await ApiJson.WriteAsync(context, report, V1Json.Default.ExceptionReport).ConfigureAwait(false);
    }

    /// <summary><c>status = error || event:name = "exception" || event.exception.type != nil</c></summary>
    private static FieldExpression HasException { get; } = new FieldBinary(
        BinaryOperator.Or,
        Queries.StatusIs(SpanStatus.Error),
        new FieldBinary(
            BinaryOperator.Or,
            new FieldBinary(BinaryOperator.Equal, new IntrinsicRef(Intrinsic.EventName), new Literal(StaticValue.FromString("exception"))),
            new FieldBinary(BinaryOperator.NotEqual, new AttributeRef(FieldScope.Event, "exception.type"), new Literal(StaticValue.Nil))));

    private static ExceptionGroupReport Group(ExceptionGroup group) => new(
        group.Type, group.Message, group.StackTrace, group.StackPrefix, group.Count, group.Traces,
        group.FirstUnixNano.ToString(CultureInfo.InvariantCulture), group.LastUnixNano.ToString(CultureInfo.InvariantCulture),
        [.. group.Places.Select(static place => new ExceptionPlace(place.Service, place.Operation, place.Count))],
        [.. group.Examples.Select(static example => new SpanExample(example.Trace.ToString(), example.Span.ToString()))]);
}
