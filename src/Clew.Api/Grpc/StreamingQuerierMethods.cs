using Grpc.AspNetCore.Server.Model;
using Grpc.Core;

namespace Clew.Api.Grpc;

/// <summary>
/// Makes the methods of <c>tempopb.StreamingQuerier</c> known to the gRPC server, without generated code: messages are read and written by
/// field number.
/// </summary>
internal sealed class StreamingQuerierMethods : IServiceMethodProvider<StreamingQuerier>
{
    private const string Service = "tempopb.StreamingQuerier";

    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<StreamingQuerier> context)
    {
        Add("Search", static (service, request, answers, call) => service.SearchAsync(request, answers, call));
        Add("SearchTags", static (service, request, answers, call) => service.SearchTagsAsync(request, answers, call));
        Add("SearchTagsV2", static (service, request, answers, call) => service.SearchTagsV2Async(request, answers, call));
        Add("SearchTagValues", static (service, request, answers, call) => service.SearchTagValuesAsync(request, answers, call));
        Add("SearchTagValuesV2", static (service, request, answers, call) => service.SearchTagValuesV2Async(request, answers, call));
        Add("MetricsQueryRange", static (service, request, answers, call) => service.MetricsQueryRangeAsync(request, answers, call));
        Add("MetricsQueryInstant", static (service, request, answers, call) => service.MetricsQueryInstantAsync(request, answers, call));

        void Add(string name, ServerStreamingServerMethod<StreamingQuerier, byte[], WireMessage> method) => context.AddServerStreamingMethod(
            new Method<byte[], WireMessage>(MethodType.ServerStreaming, Service, name, WireMessage.Requests, WireMessage.Answers), [], method);
    }
}
