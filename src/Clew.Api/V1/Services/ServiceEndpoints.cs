using Clew.Api.Http;
using Clew.Api.V1.Analysis;
using Clew.Model;
using Clew.TraceQL.Syntax;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.V1.Services;

/// <summary>Services and what they depend on, from TraceQL metrics over the spans themselves.</summary>
internal sealed class ServiceEndpoints(ApiServices services)
{
    private const int Intervals = 30;
    private const int MaxIntervals = 500;

    private static readonly AttributeRef Service = new(FieldScope.Resource, "service.name");

    private static readonly Pipeline Everything = Filtered(new Literal(StaticValue.True));

    private static readonly Pipeline Requests = Filtered(new FieldBinary(BinaryOperator.Or, KindIs(KindKeyword.Server), KindIs(KindKeyword.Consumer)));

    public void Map(ApiV1 api)
    {
        api.Add(
            new ApiOperation("GET", "/api/v1/services", "services", "Services with rate, errors, durations and sparklines")
            {
                Tag = "services",
                Parameters = [new("intervals", $"Points of the sparklines; {MaxIntervals} at most.", ApiValueType.Integer) { Default = "30" }, .. V1Parameters.Window],
                Answers = [ApiContent.Json(V1Json.Default.ServiceList)],
            },
            ListAsync);
        api.Add(
            new ApiOperation("GET", "/api/v1/services/{name}/operations", "serviceOperations", "A service's operations with rate, errors and durations")
            {
                Tag = "services",
                Parameters = [new("name", "The service."), new("limit", "Operations in the answer.", ApiValueType.Integer) { Default = "50" }, .. V1Parameters.Window],
                Answers = [ApiContent.Json(V1Json.Default.Breakdown)],
            },
            OperationsAsync);
        api.Add(
            new ApiOperation("GET", "/api/v1/services/{name}/dependencies", "serviceDependencies", "Who calls a service, and whom it calls")
            {
                Tag = "services",
                Parameters = [new("name", "The service."), .. V1Parameters.Window],
                Answers = [ApiContent.Json(V1Json.Default.ServiceDependencies)],
            },
            DependenciesAsync);
    }

    private async Task ListAsync(HttpContext context, TenantId tenant)
    {
        var parameters = new QueryParameters(context.Request);
        var window = await WindowAsync(context, tenant, parameters).ConfigureAwait(false);
        var intervals = Math.Clamp(parameters.Count("intervals", least: 1) ?? Intervals, 1, MaxIntervals);
        var table = await ServiceTable.ReadAsync(services.Engine, tenant, Requests, Everything, Service, window, intervals, context.RequestAborted).ConfigureAwait(false);
        await ApiJson.WriteAsync(context, table, V1Json.Default.ServiceList).ConfigureAwait(false);
    }

    private async Task OperationsAsync(HttpContext context, TenantId tenant)
    {
        var parameters = new QueryParameters(context.Request);
        var window = await WindowAsync(context, tenant, parameters).ConfigureAwait(false);
        var isService = Is(Service, Name(context));
        var limit = parameters.Count("limit", least: 1) ?? 50;
        var answer = await BreakdownEndpoint.AnswerAsync(
            services.Engine, tenant, Queries.And(Requests, isService), new IntrinsicRef(Intrinsic.Name), window, static row => row.Spans, limit, context.RequestAborted).ConfigureAwait(false);
        if (answer.Total.Spans == 0)
        {
            answer = await BreakdownEndpoint.AnswerAsync(
                services.Engine, tenant, Filtered(isService), new IntrinsicRef(Intrinsic.Name), window, static row => row.Spans, limit, context.RequestAborted).ConfigureAwait(false);
        }

        await ApiJson.WriteAsync(context, answer, V1Json.Default.Breakdown).ConfigureAwait(false);
    }

    private async Task DependenciesAsync(HttpContext context, TenantId tenant)
    {
        var parameters = new QueryParameters(context.Request);
        var window = await WindowAsync(context, tenant, parameters).ConfigureAwait(false);
        var name = Name(context);
        var (own, others) = (new SpansetFilter(Is(Service, name)), new SpansetFilter(new FieldBinary(BinaryOperator.NotEqual, Service, Text(name))));
        var callers = await EdgesAsync(Below(others, own), new AttributeRef(FieldScope.Resource, "service.name", OfParent: true)).ConfigureAwait(false);
        var callees = await EdgesAsync(Below(own, others), Service).ConfigureAwait(false);
        var externals = new List<ServiceEdge>();
        FieldExpression leaf = new FieldBinary(
            BinaryOperator.And,
            new FieldBinary(BinaryOperator.And, Is(Service, name), new FieldBinary(BinaryOperator.Or, KindIs(KindKeyword.Client), KindIs(KindKeyword.Producer))),
            new FieldBinary(BinaryOperator.Equal, new IntrinsicRef(Intrinsic.SpanChildCount), new Literal(StaticValue.FromInt(0))));
        foreach (var (key, kind) in ExternalKeys)
        {
            var attribute = new AttributeRef(FieldScope.Span, key);
            var pipeline = Filtered(new FieldBinary(BinaryOperator.And, leaf, Exists(attribute)));
            var edges = await EdgesAsync(pipeline, attribute, kind).ConfigureAwait(false);
            externals.AddRange(edges.Edges);

            // What one key names is not counted again under the next.
            leaf = new FieldBinary(BinaryOperator.And, leaf, new FieldBinary(BinaryOperator.Equal, attribute, new Literal(StaticValue.Nil)));
        }

        var answer = new ServiceDependencies(name, callers.Edges, callees.Edges, externals, callers.Incomplete ?? callees.Incomplete);
        await ApiJson.WriteAsync(context, answer, V1Json.Default.ServiceDependencies).ConfigureAwait(false);

        async Task<(List<ServiceEdge> Edges, string? Incomplete)> EdgesAsync(Pipeline pipeline, FieldReference by, string kind = "service")
        {
            var red = await BreakdownEndpoint.RedAsync(services.Engine, tenant, pipeline, by, window, context.RequestAborted).ConfigureAwait(false);
            var seconds = Math.Max((window.EndUnixNano - window.StartUnixNano) / 1e9, 1e-9);
            var edges = red.Where(static row => row.Key is not null).Select(row => new ServiceEdge(
                row.Key!.Value.ToString(), kind, row.Value.Spans, row.Value.Errors, row.Value.Spans / seconds,
                row.Value.Spans == 0 ? 0 : (double)row.Value.Errors / row.Value.Spans,
                row.Value.Durations.QuantileNanos(0.5), row.Value.Durations.QuantileNanos(0.9), row.Value.Durations.QuantileNanos(0.99),
                Queries.IsValue(by, row.Key.Value) is { } isValue ? Queries.And(pipeline, isValue).ToString() : pipeline.ToString()));
            return ([.. edges.OrderByDescending(static edge => edge.Calls).ThenBy(static edge => edge.Name, StringComparer.Ordinal)], red.Incomplete);
        }
    }

    /// <summary>How client spans name what they call, best first.</summary>
    private static readonly (string Key, string Kind)[] ExternalKeys =
    [
        ("peer.service", "peer"), ("db.system.name", "database"), ("db.system", "database"), ("messaging.system", "messaging"), ("server.address", "peer"), ("net.peer.name", "peer"),
    ];

    private async Task<TimeRange> WindowAsync(HttpContext context, TenantId tenant, QueryParameters parameters) =>
        await services.Data.BoundedAsync(tenant, parameters.Window(services.Clock), context.RequestAborted).ConfigureAwait(false);

    private static string Name(HttpContext context) => Uri.UnescapeDataString((string)context.Request.RouteValues["name"]!);

    private static Pipeline Below(SpansetFilter above, SpansetFilter below) => new([new SpansetStage(new SpansetBinary(SpansetOperator.Child, above, below))]);

    private static Pipeline Filtered(FieldExpression condition) => new([new SpansetStage(new SpansetFilter(condition))]);

    private static FieldBinary Is(FieldReference field, string text) => new(BinaryOperator.Equal, field, Text(text));

    private static Literal Text(string text) => new(StaticValue.FromString(text));

    private static FieldBinary Exists(FieldReference field) => new(BinaryOperator.NotEqual, field, new Literal(StaticValue.Nil));

    private static FieldBinary KindIs(KindKeyword kind) => new(BinaryOperator.Equal, new IntrinsicRef(Intrinsic.Kind), new Literal(StaticValue.FromKind(kind)));
}
