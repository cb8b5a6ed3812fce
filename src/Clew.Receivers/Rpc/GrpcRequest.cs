using System.Buffers;
using System.Buffers.Binary;
using Clew.Otlp.Wire;
using Clew.Receivers.Intake;
using Clew.Receivers.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Clew.Receivers.Rpc;

/// <summary>
/// The one message of a unary gRPC request, read into a pooled buffer and unpacked within the receiver's limits. On the wire a message is
/// one byte "is compressed", four bytes of length (big-endian), and its bytes (gRPC over HTTP/2, "Length-Prefixed-Message").
/// </summary>
internal static class GrpcRequest
{
    public const int PrefixLength = 5;

    /// <summary>What a length claims is reserved up to this; the rest as it arrives.</summary>
    private const int MaxFirstReservation = 1 << 20;

    /// <summary><c>application/grpc</c>, alone or with a codec or parameters; <c>application/grpc-web</c> is another protocol.</summary>
    public static bool IsGrpc(HttpRequest request)
    {
        const string Grpc = "application/grpc";
        var type = request.ContentType.AsSpan();
        return type.StartsWith(Grpc, StringComparison.OrdinalIgnoreCase) && (type.Length == Grpc.Length || type[Grpc.Length] is '+' or ';' or ' ');
    }

    /// <summary>The message, unpacked, or why it cannot be taken. The buffer is the caller's.</summary>
    public static async ValueTask<(PooledBuffer? Message, BodyFault Fault)> ReadAsync(
        HttpRequest request, int maxBytes, ReceiveBudget.ReceiveLease lease, CancellationToken cancellationToken)
    {
        var encoding = request.Headers.GrpcEncoding.ToString().Trim().ToLowerInvariant();
        var (isCompressed, length, fault) = await ReadPrefixAsync(request, encoding, maxBytes, cancellationToken);
        if (fault.Exists)
        {
            return (null, fault);
        }

        var message = new PooledBuffer(Math.Min(length, MaxFirstReservation));
        fault = await ReadMessageAsync(request, message, length, lease, cancellationToken);
        if (fault.Exists)
        {
            message.Dispose();
            return (null, fault);
        }

        return isCompressed ? RequestBody.Unpack(message, encoding, maxBytes, lease) : (message, default);
    }

    private static async ValueTask<(bool IsCompressed, int Length, BodyFault Fault)> ReadPrefixAsync(
        HttpRequest request, string encoding, int maxBytes, CancellationToken cancellationToken)
    {
        var read = await request.BodyReader.ReadAtLeastAsync(PrefixLength, cancellationToken);
        if (read.Buffer.Length < PrefixLength)
        {
            request.BodyReader.AdvanceTo(read.Buffer.End);
            return (false, 0, Malformed("the request holds no message"));
        }

        var prefix = new byte[PrefixLength];
        read.Buffer.Slice(0, PrefixLength).CopyTo(prefix);
        request.BodyReader.AdvanceTo(read.Buffer.GetPosition(PrefixLength));
        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1));
        var fault = prefix[0] > 1 ? Malformed($"the message begins with {prefix[0]} where 0 (plain) or 1 (compressed) must stand")
            : prefix[0] == 1 && encoding is "" or "identity" ? Malformed("the message is compressed, but grpc-encoding does not say how")
            : prefix[0] == 1 && !Decompression.IsKnown(encoding) ? UnknownEncoding(encoding)
            : length > maxBytes ? BodyFault.TooLarge(length, maxBytes)
            : default;
        return (prefix[0] == 1, (int)Math.Min(length, int.MaxValue), fault);
    }

    private static async ValueTask<BodyFault> ReadMessageAsync(
        HttpRequest request, PooledBuffer message, int length, ReceiveBudget.ReceiveLease lease, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(cancellationToken);
            var received = read.Buffer.Length;
            var fault = message.Length + received > length ? Malformed("the request holds more than one message")
                : !lease.TryGrow(received) ? BodyFault.OverBudget()
                : read.IsCompleted && message.Length + received < length ? Malformed($"the message ends after {message.Length + received} of {length} bytes")
                : default;
            if (!fault.Exists)
            {
                foreach (var segment in read.Buffer)
                {
                    message.Write(segment.Span);
                }
            }

            request.BodyReader.AdvanceTo(read.Buffer.End);
            if (fault.Exists || read.IsCompleted)
            {
                return fault;
            }
        }
    }

    private static BodyFault Malformed(string reason) => new(RequestFault.Malformed, Refusal.Malformed(reason));

    private static BodyFault UnknownEncoding(string encoding) => new(
        RequestFault.UnknownEncoding,
        Refusal.Unsupported($"grpc-encoding '{encoding}' is not known; use {Decompression.Names} or none"));
}
