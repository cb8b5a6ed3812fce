using Clew.Api.Explore;
using Clew.Api.Http;
using Clew.Api.Tempo;
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
                Parameters = [TraceId, .. V1Parameters.OpenWindow],
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
        return api;
    }

    public static ApiParameter TraceId { get; } = new("id", "The trace's id: 1 to 32 hex digits of either case.");
}
