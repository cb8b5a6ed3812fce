using System.Buffers;
using Clew.Otlp.Wire;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;

namespace Clew.Receivers.Otlp;

/// <summary>
/// Describes OTLP's gRPC services without generated code: requests stay the bytes that were received, in a pooled buffer, and answers are
/// bytes too. Metrics, logs and profiles are described so that their senders get a clear word instead of "unknown service".
/// </summary>
internal sealed class OtlpGrpcMethods : IServiceMethodProvider<OtlpGrpcService>
{
    public const string TraceService = "opentelemetry.proto.collector.trace.v1.TraceService";

    private const string Export = "Export";

    private static readonly Marshaller<PooledBuffer> Requests = new((_, _) => throw new NotSupportedException("requests are only received"), ReadRequest);

    private static readonly Marshaller<byte[]> Answers = new(WriteAnswer, _ => throw new NotSupportedException("answers are only sent"));

    private static readonly (string Signal, string Service)[] OtherSignals =
    [
        ("metrics", "opentelemetry.proto.collector.metrics.v1.MetricsService"),
        ("logs", "opentelemetry.proto.collector.logs.v1.LogsService"),
        ("profiles", "opentelemetry.proto.collector.profiles.v1development.ProfilesService"),
    ];

    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<OtlpGrpcService> context)
    {
        context.AddUnaryMethod(Method(TraceService), [], (service, request, call) => service.ExportAsync(request, call));
        foreach (var (signal, service) in OtherSignals)
        {
            context.AddUnaryMethod(Method(service), [], (target, request, _) => target.RefuseAsync(request, signal));
        }
    }

    private static Method<PooledBuffer, byte[]> Method(string service) => new(MethodType.Unary, service, Export, Requests, Answers);

    private static PooledBuffer ReadRequest(DeserializationContext context)
    {
        var payload = context.PayloadAsReadOnlySequence();
        var buffer = new PooledBuffer((int)payload.Length);
        payload.CopyTo(buffer.GetSpan((int)payload.Length));
        buffer.Advance((int)payload.Length);
        return buffer;
    }

    private static void WriteAnswer(byte[] answer, SerializationContext context)
    {
        context.SetPayloadLength(answer.Length);
        context.GetBufferWriter().Write(answer);
        context.Complete();
    }
}
