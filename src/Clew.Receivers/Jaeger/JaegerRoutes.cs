using Clew.Receivers.Intake;
using Clew.Receivers.Rpc;
using Clew.Receivers.Telemetry;
using Clew.Receivers.Translation;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Clew.Receivers.Jaeger;

/// <summary>Jaeger's two protocols over TCP, told apart by what a request is and not by its port.</summary>
internal sealed class JaegerRoutes(
    JaegerReceiverOptions options, RequestIdentity identity, ReceiveBudget budget, ForeignIntake intake, ReceiverActivity grpc, ReceiverActivity http)
{
    private const string PostSpans = "/jaeger.api_v2.CollectorService/PostSpans";

    private readonly ForeignHttp? _http = options.ThriftHttp is { } thrift
        ? new ForeignHttp(identity, budget, intake, thrift.MaxRequestBytes, thrift.IncludeMetadata, thrift.Authenticator)
        : null;

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            await (GrpcRequest.IsGrpc(context.Request) ? GrpcAsync(context) : HttpAsync(context));
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            // The client has gone; there is nobody to answer.
        }
    }

    private async Task GrpcAsync(HttpContext context)
    {
        if (options.Grpc is not { } settings || context.Request.Path.Value != PostSpans)
        {
            var hint = options.Grpc is null ? "gRPC is off in this receiver (protocols.grpc)" : $"no method {Shown(context)}; Jaeger's spans go to {PostSpans}";
            grpc.RequestRefused(RequestFault.UnknownPath, hint);
            GrpcResponse.Refuse(context, Refusal.Unsupported(hint));
            return;
        }

        var sender = await identity.ReadAsync(context, settings.IncludeMetadata, grpc, settings.Authenticator);
        if (sender.Context is not { } batchContext)
        {
            GrpcResponse.Refuse(context, sender.Refusal);
            return;
        }

        using var lease = budget.Open();
        var (message, fault) = await GrpcRequest.ReadAsync(context.Request, settings.MaxRequestBytes, lease, context.RequestAborted);
        if (message is null)
        {
            grpc.RequestRefused(fault.Fault, fault.Refusal.Reason);
            GrpcResponse.Refuse(context, fault.Refusal);
            return;
        }

        Decoded decoded;
        using (message)
        {
            decoded = JaegerProto.ReadRequest(message.Written);
        }

        var answer = await intake.TakeAsync(decoded, batchContext, context.Request.Headers.UserAgent.ToString(), grpc, context.RequestAborted);
        if (answer is { } refused)
        {
            GrpcResponse.Refuse(context, refused);
        }
        else
        {
            // PostSpansResponse has no fields.
            GrpcResponse.Succeed(context, []);
        }
    }

    private Task HttpAsync(HttpContext context)
    {
        var request = context.Request;
        foreach (var (name, value) in options.ThriftHttp?.ResponseHeaders ?? new Dictionary<string, string>())
        {
            context.Response.Headers[name] = value;
        }

        if (_http is null)
        {
            return ForeignHttp.RefuseAsync(
                context, http, RequestFault.UnknownPath, StatusCodes.Status404NotFound, "Thrift over HTTP is off in this receiver (protocols.thrift_http)");
        }

        if (!request.Path.Value!.TrimEnd('/').Equals("/api/traces", StringComparison.OrdinalIgnoreCase))
        {
            return ForeignHttp.RefuseAsync(
                context, http, RequestFault.UnknownPath, StatusCodes.Status404NotFound, $"nothing is served at {Shown(context)}; POST batches to /api/traces");
        }

        if (!HttpMethods.IsPost(request.Method))
        {
            context.Response.Headers.Allow = "POST";
            return ForeignHttp.RefuseAsync(
                context, http, RequestFault.WrongMethod, StatusCodes.Status405MethodNotAllowed, "POST batches to /api/traces");
        }

        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed.MediaType.Value?.ToLowerInvariant() : null;
        return type switch
        {
            "application/x-thrift" or "application/vnd.apache.thrift.binary" =>
                _http.ReceiveAsync(context, http, body => JaegerThrift.ReadBatch(body.Span, isCompact: false)),
            "application/vnd.apache.thrift.compact" => _http.ReceiveAsync(context, http, body => JaegerThrift.ReadBatch(body.Span, isCompact: true)),
            _ => ForeignHttp.RefuseAsync(
                context, http, RequestFault.UnknownContentType, StatusCodes.Status415UnsupportedMediaType,
                "the content type is not application/x-thrift, application/vnd.apache.thrift.binary or application/vnd.apache.thrift.compact"),
        };
    }

    private static string Shown(HttpContext context) => Refusal.Shortened(context.Request.Path.Value ?? "/");
}
