using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Clew.Receivers.Intake;
using Microsoft.AspNetCore.Http;

namespace Clew.Receivers.Rpc;

/// <summary>Answers of unary gRPC calls: a message with status 0 in the trailers, or headers alone that carry the status.</summary>
internal static class GrpcResponse
{
    private const string ContentType = "application/grpc";

    /// <summary>The message is flushed together with the trailers when the request ends.</summary>
    public static void Succeed(HttpContext http, ReadOnlySpan<byte> message)
    {
        var response = http.Response;
        response.ContentType = ContentType;
        response.Headers.GrpcAcceptEncoding = Decompression.GrpcAcceptEncoding;
        var room = response.BodyWriter.GetSpan(GrpcRequest.PrefixLength + message.Length);
        room[0] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(room[1..], (uint)message.Length);
        message.CopyTo(room[GrpcRequest.PrefixLength..]);
        response.BodyWriter.Advance(GrpcRequest.PrefixLength + message.Length);
        response.AppendTrailer("grpc-status", "0");
    }

    public static void Refuse(HttpContext http, Refusal refusal)
    {
        var headers = http.Response.Headers;
        http.Response.ContentType = ContentType;
        headers.GrpcAcceptEncoding = Decompression.GrpcAcceptEncoding;
        headers.GrpcStatus = ((int)refusal.Grpc).ToString(CultureInfo.InvariantCulture);
        headers.GrpcMessage = Encoded(refusal.Reason);
        headers["grpc-status-details-bin"] = Convert.ToBase64String(RpcStatus.ToProtobuf(refusal));
    }

    /// <summary>Percent-encodes what a header cannot carry, as gRPC has it: everything but printable ASCII, and '%'.</summary>
    private static string Encoded(string message)
    {
        var encoded = new StringBuilder(message.Length);
        foreach (var b in Encoding.UTF8.GetBytes(message))
        {
            _ = b is >= 0x20 and <= 0x7E and not (byte)'%' ? encoded.Append((char)b) : encoded.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        return encoded.ToString();
    }
}
