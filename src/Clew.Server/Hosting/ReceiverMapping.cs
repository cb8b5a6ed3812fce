using Clew.Receivers.Listeners;
using Clew.Receivers.Otlp;
using Clew.Server.Configuration;
using Endpoint = Clew.Server.Configuration.Endpoint;

namespace Clew.Server.Hosting;

/// <summary>From the configuration's receivers to the receivers' options.</summary>
internal static class ReceiverMapping
{
    public static OtlpReceiverOptions Otlp(OtlpReceiverConfig receiver, bool tenantsEnabled) => new()
    {
        TenantsEnabled = tenantsEnabled,
        Grpc = receiver.Grpc is not { } grpc ? null : new OtlpGrpcOptions
        {
            Address = Address(grpc.Endpoint),
            MaxMessageBytes = (int)Math.Min(grpc.MaxReceiveMessageSize.Bytes, int.MaxValue),
            IncludeMetadata = grpc.IncludeMetadata,
        },
        Http = receiver.Http is not { } http ? null : new OtlpHttpOptions
        {
            Address = Address(http.Endpoint),
            MaxBodyBytes = (int)Math.Min(http.MaxRequestBodySize.Bytes, int.MaxValue),
            TracesPath = http.TracesUrlPath,
            IncludeMetadata = http.IncludeMetadata,
        },
    };

    public static ListenAddress Address(Endpoint endpoint) => new(endpoint.Host, endpoint.Port);
}
