using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;

namespace Clew.Server.Doctor;

/// <summary>Requests with one span of the service <c>clew-doctor</c>, as clients of each protocol send them.</summary>
internal sealed class TestSpans(TimeProvider clock)
{
    /// <summary>The service of the spans, and the program that sends them.</summary>
    public const string Service = "clew-doctor";

    private const string Name = "self-test";

    /// <summary>A millisecond, in nanoseconds.</summary>
    private const long DurationNanos = 1_000_000;

    public HttpRequestMessage OtlpGrpc(IPEndPoint endPoint, byte[] traceId) =>
        Grpc(endPoint, "/opentelemetry.proto.collector.trace.v1.TraceService/Export", Otlp(traceId));

    public HttpRequestMessage OtlpHttp(IPEndPoint endPoint, string path, byte[] traceId) => Post(endPoint, path, Otlp(traceId), "application/x-protobuf");

    public HttpRequestMessage Zipkin(IPEndPoint endPoint, byte[] traceId)
    {
        var json = $$$"""
            [{"traceId":"{{{Convert.ToHexStringLower(traceId)}}}","id":"{{{Convert.ToHexStringLower(SpanId())}}}","name":"{{{Name}}}","kind":"SERVER","timestamp":{{{UnixNano.Now(clock) / 1000}}},"duration":{{{DurationNanos / 1000}}},"localEndpoint":{"serviceName":"{{{Service}}}"}}]
            """;
        return Post(endPoint, "/api/v2/spans", Encoding.UTF8.GetBytes(json), "application/json");
    }

    public HttpRequestMessage JaegerGrpc(IPEndPoint endPoint, byte[] traceId)
    {
        using var buffer = new PooledBuffer(256);
        var writer = new ProtoWriter(buffer);
        var now = UnixNano.Now(clock);
        var batch = writer.BeginMessage(1);
        var span = writer.BeginMessage(1);
        writer.BytesField(1, traceId);
        writer.BytesField(2, SpanId());
        writer.StringField(3, Name);
        var start = writer.BeginMessage(6);
        writer.VarintField(1, (ulong)(now / 1_000_000_000));
        writer.VarintField(2, (ulong)(now % 1_000_000_000));
        writer.EndMessage(start);
        var duration = writer.BeginMessage(7);
        writer.VarintField(2, DurationNanos);
        writer.EndMessage(duration);
        writer.EndMessage(span);
        var process = writer.BeginMessage(2);
        writer.StringField(1, Service);
        writer.EndMessage(process);
        writer.EndMessage(batch);
        return Grpc(endPoint, "/jaeger.api_v2.CollectorService/PostSpans", buffer.Written.ToArray());
    }

    /// <summary>Thrift's binary protocol: each field is a type, an id and a value, a struct ends with a zero byte.</summary>
    public HttpRequestMessage JaegerThrift(IPEndPoint endPoint, byte[] traceId)
    {
        const byte i32 = 8, i64 = 10, text = 11, @struct = 12, list = 15;
        using var buffer = new PooledBuffer(256);
        Field(@struct, 1);
        Field(text, 1);
        Text(Service);
        End();
        Field(list, 2);
        buffer.Write([@struct, 0, 0, 0, 1]);
        Number(1, BinaryPrimitives.ReadInt64BigEndian(traceId.AsSpan(8)));
        Number(2, BinaryPrimitives.ReadInt64BigEndian(traceId));
        Number(3, BinaryPrimitives.ReadInt64BigEndian(SpanId()));
        Number(4, 0);
        Field(text, 5);
        Text(Name);
        Field(i32, 7);
        buffer.Write([0, 0, 0, 1]);
        Number(8, UnixNano.Now(clock) / 1000);
        Number(9, DurationNanos / 1000);
        End();
        End();
        return Post(endPoint, "/api/traces", buffer.Written.ToArray(), "application/x-thrift");

        void Field(byte type, byte id) => buffer.Write([type, 0, id]);

        void End() => buffer.Write([0]);

        void Number(byte id, long value)
        {
            Field(i64, id);
            BinaryPrimitives.WriteInt64BigEndian(buffer.GetSpan(sizeof(long)), value);
            buffer.Advance(sizeof(long));
        }

        void Text(string value)
        {
            BinaryPrimitives.WriteInt32BigEndian(buffer.GetSpan(sizeof(int)), Encoding.UTF8.GetByteCount(value));
            buffer.Advance(sizeof(int));
            buffer.Write(Encoding.UTF8.GetBytes(value));
        }
    }

    private static byte[] SpanId() => RandomNumberGenerator.GetBytes(Clew.Model.SpanId.Size);

    private static HttpRequestMessage Grpc(IPEndPoint endPoint, string path, byte[] message)
    {
        var framed = new byte[message.Length + 5];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
        message.CopyTo(framed, 5);
        var request = Post(endPoint, path, framed, "application/grpc");
        (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        return request;
    }

    private static HttpRequestMessage Post(IPEndPoint endPoint, string path, byte[] body, string type)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"http://{endPoint}{path}")) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return request;
    }

    private byte[] Otlp(byte[] traceId)
    {
        using var buffer = new PooledBuffer(256);
        var writer = new ProtoWriter(buffer);
        var now = (ulong)UnixNano.Now(clock);
        var resourceSpans = writer.BeginMessage(OtlpFields.RequestResourceSpans);
        var resource = writer.BeginMessage(OtlpFields.ResourceSpans.Resource);
        var attribute = writer.BeginMessage(OtlpFields.Resource.Attributes);
        writer.StringField(OtlpFields.KeyValue.Key, "service.name");
        var value = writer.BeginMessage(OtlpFields.KeyValue.Value);
        writer.StringField(OtlpFields.AnyValue.String, Service);
        writer.EndMessage(value);
        writer.EndMessage(attribute);
        writer.EndMessage(resource);
        var scopeSpans = writer.BeginMessage(OtlpFields.ResourceSpans.ScopeSpans);
        var span = writer.BeginMessage(OtlpFields.ScopeSpans.Spans);
        writer.BytesField(OtlpFields.Span.TraceId, traceId);
        writer.BytesField(OtlpFields.Span.SpanId, SpanId());
        writer.StringField(OtlpFields.Span.Name, Name);
        writer.VarintField(OtlpFields.Span.Kind, (ulong)SpanKind.Server);
        writer.Fixed64Field(OtlpFields.Span.StartTime, now);
        writer.Fixed64Field(OtlpFields.Span.EndTime, now + DurationNanos);
        writer.EndMessage(span);
        writer.EndMessage(scopeSpans);
        writer.EndMessage(resourceSpans);
        return buffer.Written.ToArray();
    }
}
