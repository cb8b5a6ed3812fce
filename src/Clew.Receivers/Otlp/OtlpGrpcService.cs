using Clew.Otlp.Wire;
using Clew.Receivers.Intake;
using Grpc.Core;

namespace Clew.Receivers.Otlp;

/// <summary>OTLP over gRPC: the handlers behind <see cref="OtlpGrpcMethods"/>. Both own the request's buffer.</summary>
internal sealed class OtlpGrpcService(OtlpIngest ingest, OtlpGrpcOptions options)
{
    public async Task<byte[]> ExportAsync(PooledBuffer request, ServerCallContext call)
    {
        var http = call.GetHttpContext();
        using var lease = ingest.Budget.Open();
        Refusal refusal;
        if (!lease.TryGrow(request.Length))
        {
            request.Dispose();
            var fault = BodyFault.OverBudget();
            ingest.Grpc.RequestRefused(fault.Fault, fault.Refusal.Reason);
            throw Failure(fault.Refusal);
        }

        if (!ingest.Identity.TryRead(http, options.IncludeMetadata, ingest.Grpc, out var context, out refusal))
        {
            request.Dispose();
            throw Failure(refusal);
        }

        var userAgent = http.Request.Headers.UserAgent.ToString();
        var result = await ingest.Intake.TakeAsync(request, context, userAgent, ingest.Grpc, default, call.CancellationToken);
        return result.IsAccepted ? OtlpAnswers.ToProtobuf(result) : throw Failure(Refusal.Of(result));
    }

    public Task<byte[]> RefuseAsync(PooledBuffer request, string signal)
    {
        request.Dispose();
        ingest.Grpc.Unsupported(signal);
        throw Failure(Refusal.Unsupported(OtlpHints.Unsupported(signal)));
    }

    private static RpcException Failure(Refusal refusal)
    {
        refusal = refusal with { Reason = OtlpAnswers.Shortened(refusal.Reason) };
        return new RpcException(new Status(refusal.Grpc, refusal.Reason), new Metadata { { "grpc-status-details-bin", RpcStatus.ToProtobuf(refusal) } });
    }
}
