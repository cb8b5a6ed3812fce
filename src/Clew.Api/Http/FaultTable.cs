using Clew.Query;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.Http;

/// <summary>One taxonomy, two protocols: what a fault is over HTTP and over gRPC (Tempo's table).</summary>
internal static class FaultTable
{
    /// <summary>nginx's number for a client that went away; nobody reads the answer, but access logs show it.</summary>
    public const int ClientClosedRequest = 499;

    public static int HttpStatus(QueryFault fault) => fault switch
    {
        QueryFault.BadRequest => StatusCodes.Status400BadRequest,
        QueryFault.TooLarge => StatusCodes.Status422UnprocessableEntity,
        QueryFault.Overloaded => StatusCodes.Status429TooManyRequests,
        QueryFault.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status504GatewayTimeout,
    };

    public static StatusCode GrpcStatus(QueryFault fault) => GrpcStatus(HttpStatus(fault));

    /// <summary>Of the statuses that are not listed, those below 500 are Unknown and the others Internal.</summary>
    public static StatusCode GrpcStatus(int httpStatus) => httpStatus switch
    {
        StatusCodes.Status400BadRequest => StatusCode.InvalidArgument,
        StatusCodes.Status401Unauthorized => StatusCode.Unauthenticated,
        StatusCodes.Status404NotFound => StatusCode.NotFound,
        StatusCodes.Status429TooManyRequests => StatusCode.ResourceExhausted,
        StatusCodes.Status503ServiceUnavailable => StatusCode.Unavailable,
        ClientClosedRequest => StatusCode.Cancelled,
        < StatusCodes.Status500InternalServerError => StatusCode.Unknown,
        _ => StatusCode.Internal,
    };
}
