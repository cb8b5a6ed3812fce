using System.Buffers;
using Grpc.Core;

namespace Clew.Api.Grpc;

/// <summary>An encoded protobuf message. The bytes are valid until the write of it has completed.</summary>
internal sealed class WireMessage(ReadOnlyMemory<byte> bytes)
{
    /// <summary>Requests as their bytes.</summary>
    public static readonly Marshaller<byte[]> Requests = Marshallers.Create(
        static (byte[] message, SerializationContext context) => context.Complete(message), static context => context.PayloadAsNewBuffer());

    public static readonly Marshaller<WireMessage> Answers = Marshallers.Create(
        static (WireMessage message, SerializationContext context) =>
        {
            context.SetPayloadLength(message.Bytes.Length);
            context.GetBufferWriter().Write(message.Bytes.Span);
            context.Complete();
        },
        static context => new WireMessage(context.PayloadAsNewBuffer()));

    public ReadOnlyMemory<byte> Bytes => bytes;
}
