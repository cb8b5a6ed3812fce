using Clew.Receivers.Rpc;
using Clew.Receivers.Intake;
using Clew.Receivers.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Clew.Receivers.Otlp;

/// <summary>
/// OTLP over gRPC. Metrics, logs and profiles are known by name, so that their senders get a clear word instead of "unknown service".
/// </summary>
internal sealed class OtlpGrpcEndpoint(OtlpIngest ingest, OtlpGrpcOptions options)
{
    public const string TraceService = "opentelemetry.proto.collector.trace.v1.TraceService";

    private const string ExportTraces = $"/{TraceService}/Export";

    private static readonly (string Path, string Signal)[] OtherSignals =
    [
        ("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", "metrics"),
        ("/opentelemetry.proto.collector.logs.v1.LogsService/Export", "logs"),
        ("/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export", "profiles"),
    ];

    public Task HandleAsync(HttpContext http)
    {
        var path = http.Request.Path.Value ?? "";
        if (path == ExportTraces)
        {
            return ExportAsync(http);
        }

        var signal = Array.Find(OtherSignals, other => other.Path == path).Signal;
        if (signal is not null)
        {
            ingest.Grpc.Unsupported(signal);
            GrpcResponse.Refuse(http, Refusal.Unsupported(OtlpHints.Unsupported(signal)));
            return Task.CompletedTask;
        }

        var hint = ingest.Hints.UnknownGrpcMethod(path);
        ingest.Grpc.RequestRefused(RequestFault.UnknownPath, hint);
        GrpcResponse.Refuse(http, Refusal.Unsupported(hint));
        return Task.CompletedTask;
    }

    private async Task ExportAsync(HttpContext http)
    {
        var sender = await ingest.Identity.ReadAsync(http, options.IncludeMetadata, ingest.Grpc, options.Authenticator);
        if (sender.Context is not { } context)
        {
            GrpcResponse.Refuse(http, sender.Refusal);
            return;
        }

        using var lease = ingest.Budget.Open();
        var (message, fault) = await GrpcRequest.ReadAsync(http.Request, options.MaxMessageBytes, lease, http.RequestAborted);
        if (message is null)
        {
            ingest.Grpc.RequestRefused(fault.Fault, fault.Refusal.Reason);
            GrpcResponse.Refuse(http, fault.Refusal);
            return;
        }

        var userAgent = http.Request.Headers.UserAgent.ToString();
        var result = await ingest.Intake.TakeAsync(message, context, userAgent, ingest.Grpc, default, http.RequestAborted);
        if (result.IsAccepted)
        {
            GrpcResponse.Succeed(http, OtlpAnswers.ToProtobuf(result));
        }
        else
        {
            GrpcResponse.Refuse(http, Refusal.Of(result));
        }
    }
}
