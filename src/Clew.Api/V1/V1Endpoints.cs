using Clew.Api.Deletion;
using Clew.Api.Explore;
using Clew.Api.Http;
using Clew.Api.Mesh;
using Clew.Api.Tempo;
using Clew.Api.V1.Analysis;
using Clew.Api.V1.Editor;
using Clew.Api.V1.Saved;
using Clew.Api.V1.Search;
using Clew.Api.V1.Services;
using Clew.Api.V1.Traces;
using Microsoft.AspNetCore.Routing;

namespace Clew.Api.V1;

/// <summary>What this room itself answers under <c>/api/v1</c>.</summary>
internal static class V1Endpoints
{
    public static ApiV1 Map(IEndpointRouteBuilder routes, ApiServices services)
    {
        var api = new ApiV1(routes, services);
        var traces = new TraceEndpoints(services);
        api.Add(
            new ApiOperation("GET", "/api/v1/traces/{id}", "trace", "A whole trace as OTLP")
            {
                Parameters = [V1Parameters.TraceId, .. V1Parameters.OpenWindow],
                Answers = [new ApiContent(MediaTypes.Json) { Description = "OTLP/JSON TracesData: ids in hex." }, new ApiContent(MediaTypes.Protobuf)],
            },
            traces.OtlpAsync);
        api.Add(
            new ApiOperation("GET", "/api/v1/compare/traces", "compareTraces", "What the traces with a selected span have that other traces of the search have not")
            {
                Tag = "analysis",
                Parameters =
                [
                    V1Parameters.Query,
                    new("selection", "A condition on spans, without braces, such as status = error.", Required: true),
                    new("selectionStart", "Only spans that start at or after this are selected; with selectionEnd, or not at all."),
                    new("selectionEnd", "Only spans that start at or before this are selected."),
                    .. V1Parameters.Window,
                ],
                Answers = [new ApiContent(MediaTypes.Json)],
            },
            new TraceCompareEndpoint(services).CompareAsync);
        new TraceViewEndpoints(services).Map(api);
        new DiffEndpoint(services).Map(api);
        new SearchStreamEndpoint(services).Map(api);
        new BreakdownEndpoint(services).Map(api);
        new CompareEndpoint(services).Map(api);
        new StructureEndpoints(services).Map(api);
        new ExplainEndpoint(services).Map(api);
        new ServiceEndpoints(services).Map(api);
        new EditorEndpoints(services).Map(api);
        new SavedEndpoints(services).Map(api);
        new UiEndpoint(services).Map(api);
        DeletionEndpoints.Map(api, services);
        MeshRoutes.MapGraph(api, services);
        return api;
    }
}
