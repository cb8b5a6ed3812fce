using Clew.Receivers.Telemetry;
using Clew.Receivers.Translation;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Clew.Receivers.Zipkin;

/// <summary>
/// Chooses the decoder: a path with <c>api/v1/spans</c> is the first version, any other the second, as the Collector has it; within them
/// the content type. Senders that leave the content type out mean JSON.
/// </summary>
internal sealed class ZipkinRoutes(ForeignHttp endpoint, ZipkinDecoder decoder, ReceiverMetrics metrics, string receiver, TimeProvider clock)
{
    private readonly ReceiverActivity _v1Thrift = new(receiver, "http_v1_thrift", metrics, clock);
    private readonly ReceiverActivity _v1Json = new(receiver, "http_v1_json", metrics, clock);
    private readonly ReceiverActivity _v2Json = new(receiver, "http_v2_json", metrics, clock);
    private readonly ReceiverActivity _v2Proto = new(receiver, "http_v2_proto", metrics, clock);

    public IReadOnlyList<ReceiverActivity> Activities => [_v2Json, _v2Proto, _v1Json, _v1Thrift];

    public Task HandleAsync(HttpContext http)
    {
        var request = http.Request;
        if (!HttpMethods.IsPost(request.Method))
        {
            http.Response.Headers.Allow = "POST";
            return ForeignHttp.RefuseAsync(
                http, _v2Json, RequestFault.WrongMethod, StatusCodes.Status405MethodNotAllowed,
                $"{request.Method} is not served here; POST spans to /api/v2/spans");
        }

        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed.MediaType.Value?.ToLowerInvariant() : null;
        if (request.Path.Value?.Contains("api/v1/spans", StringComparison.OrdinalIgnoreCase) == true)
        {
            return type == "application/x-thrift"
                ? endpoint.ReceiveAsync(http, _v1Thrift, decoder.V1Thrift)
                : endpoint.ReceiveAsync(http, _v1Json, decoder.V1Json);
        }

        if (type == "application/x-protobuf")
        {
            var isDebug = request.Headers["X-B3-Flags"].ToString() == "1";
            return endpoint.ReceiveAsync(http, _v2Proto, body => decoder.V2Proto(body, isDebug));
        }

        return endpoint.ReceiveAsync(http, _v2Json, decoder.V2Json);
    }
}
