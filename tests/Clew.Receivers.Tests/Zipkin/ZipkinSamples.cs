using System.Buffers.Binary;
using System.Text;
using Clew.Otlp.Wire;

namespace Clew.Receivers.Tests.Zipkin;

/// <summary>Requests in the encodings that are not text.</summary>
internal static class ZipkinSamples
{
    public const string Ids = "\"traceId\":\"463ac35c9f6413ad\",\"id\":\"a2fb4a1d1a96d312\"";

    public const string V1Json =
        """
        [{"traceId":"463ac35c9f6413ad","name":"get","id":"a2fb4a1d1a96d312","parentId":"00f067aa0ba902b7","annotations":[
        {"timestamp":1500000000000001,"value":"cs","endpoint":{"serviceName":"front","ipv4":"10.0.0.1","port":8080}},
        {"timestamp":1500000000000005,"value":"flushed","endpoint":{"serviceName":"front"}},
        {"timestamp":1500000000000011,"value":"cr","endpoint":{"serviceName":"front","ipv4":"10.0.0.1","port":8080}}],
        "binaryAnnotations":[{"key":"http.path","value":"/a","endpoint":{"serviceName":"front"}},
        {"key":"sa","value":true,"endpoint":{"serviceName":"back","ipv4":"10.0.0.2","port":9000}}]}]
        """;

    public static byte[] Proto(bool isDebug = false)
    {
        using var buffer = new PooledBuffer();
        var writer = new ProtoWriter(buffer);
        var span = writer.BeginShortMessage(1);
        writer.BytesField(1, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
        writer.BytesField(2, [0, 0, 0, 0, 0, 0, 0, 9]);
        writer.BytesField(3, [0, 0, 0, 0, 0, 0, 0, 10]);
        writer.VarintField(4, 2);
        writer.StringField(5, "get");
        writer.Fixed64Field(6, 1_500_000_000_000_001);
        writer.VarintField(7, 10);
        var local = writer.BeginShortMessage(8);
        writer.StringField(1, "front");
        writer.BytesField(2, [10, 0, 0, 1]);
        writer.VarintField(4, 8080);
        writer.EndShortMessage(local);
        var annotation = writer.BeginShortMessage(10);
        writer.Fixed64Field(1, 1_500_000_000_000_005);
        writer.StringField(2, "flushed");
        writer.EndShortMessage(annotation);
        var tag = writer.BeginShortMessage(11);
        writer.StringField(1, "http.path");
        writer.StringField(2, "/a");
        writer.EndShortMessage(tag);
        writer.VarintField(12, isDebug ? 1u : 0u);
        writer.VarintField(13, 1);
        writer.EndShortMessage(span);
        return buffer.Written.ToArray();
    }

    public static byte[] Thrift()
    {
        var bytes = new ThriftBytes();
        bytes.List(12, 1);
        bytes.I64(1, 0x463ac35c9f6413ad).Text(3, "get").I64(4, 0x0a2b).I64(5, 0x0a2a);
        bytes.ListField(6, 12, 2);
        Annotation(bytes, 1_500_000_000_000_001, "sr");
        Annotation(bytes, 1_500_000_000_000_011, "ss");
        bytes.ListField(8, 12, 3);
        BinaryAnnotation(bytes, "http.path", "/a"u8, 6);
        BinaryAnnotation(bytes, "retries", [0, 0, 0, 3], 3);
        BinaryAnnotation(bytes, "ok", [1], 0);
        return bytes.I64(12, 0x0102030405060708).Stop().ToArray();
    }

    private static void Annotation(ThriftBytes bytes, long timestamp, string value)
    {
        bytes.I64(1, timestamp).Text(2, value);
        bytes.Head(12, 3);
        Host(bytes);
        bytes.Stop();
    }

    private static void BinaryAnnotation(ThriftBytes bytes, string key, ReadOnlySpan<byte> value, int type)
    {
        bytes.Text(1, key).Binary(2, value).I32(3, type).Stop();
    }

    // The port 40000 does not fit into a positive number of 16 bits.
    private static void Host(ThriftBytes bytes) => bytes.I32(1, 0x0A000001).I16(2, unchecked((short)40_000)).Text(3, "front").Stop();
}

/// <summary>Writes Thrift's binary protocol, field by field.</summary>
internal sealed class ThriftBytes
{
    private readonly MemoryStream _stream = new();

    public ThriftBytes Head(byte type, short field)
    {
        _stream.WriteByte(type);
        return Raw(2, span => BinaryPrimitives.WriteInt16BigEndian(span, field));
    }

    public ThriftBytes I16(short field, short value) => Head(6, field).Raw(2, span => BinaryPrimitives.WriteInt16BigEndian(span, value));

    public ThriftBytes I32(short field, int value) => Head(8, field).Raw(4, span => BinaryPrimitives.WriteInt32BigEndian(span, value));

    public ThriftBytes I64(short field, long value) => Head(10, field).Raw(8, span => BinaryPrimitives.WriteInt64BigEndian(span, value));

    public ThriftBytes Double(short field, double value) => Head(4, field).Raw(8, span => BinaryPrimitives.WriteDoubleBigEndian(span, value));

    public ThriftBytes Bool(short field, bool value) => Head(2, field).Raw(1, span => span[0] = value ? (byte)1 : (byte)0);

    public ThriftBytes Text(short field, string value) => Binary(field, Encoding.UTF8.GetBytes(value));

    public ThriftBytes Binary(short field, ReadOnlySpan<byte> value)
    {
        Head(11, field);
        var length = value.Length;
        Raw(4, span => BinaryPrimitives.WriteInt32BigEndian(span, length));
        _stream.Write(value);
        return this;
    }

    public ThriftBytes ListField(short field, byte element, int count) => Head(15, field).List(element, count);

    public ThriftBytes List(byte element, int count)
    {
        _stream.WriteByte(element);
        return Raw(4, span => BinaryPrimitives.WriteInt32BigEndian(span, count));
    }

    public ThriftBytes Stop()
    {
        _stream.WriteByte(0);
        return this;
    }

    public ThriftBytes Bytes(ReadOnlySpan<byte> bytes)
    {
        _stream.Write(bytes);
        return this;
    }

    public byte[] ToArray() => _stream.ToArray();

    private ThriftBytes Raw(int size, Action<Span<byte>> write)
    {
        var bytes = new byte[size];
        write(bytes);
        _stream.Write(bytes);
        return this;
    }
}
