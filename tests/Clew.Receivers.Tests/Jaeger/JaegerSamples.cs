using Clew.Otlp.Wire;
using Clew.Receivers.Tests.Zipkin;

namespace Clew.Receivers.Tests.Jaeger;

/// <summary>Requests of one span each: trace 0102…10, span 0b, at one second, for ten microseconds.</summary>
internal static class JaegerSamples
{
    public const int StringTag = 0;
    public const int DoubleTag = 1;
    public const int BoolTag = 2;
    public const int LongTag = 3;
    public const int BinaryTag = 4;

    /// <summary>A Batch in the binary protocol; <paramref name="tags"/> and <paramref name="rest"/> write into the span.</summary>
    public static byte[] Batch(Action<ThriftBytes>[]? tags = null, Action<ThriftBytes>? rest = null, Action<ThriftBytes>[]? processTags = null)
    {
        var bytes = new ThriftBytes();
        bytes.Head(12, 1).Text(1, "front");
        List(bytes, 2, processTags ?? []);
        bytes.Stop();
        bytes.ListField(2, 12, 1);
        bytes.I64(1, 0x090a0b0c0d0e0f10).I64(2, 0x0102030405060708).I64(3, 0x0b).Text(5, "get").I32(7, 1).I64(8, 1_000_000).I64(9, 10);
        List(bytes, 10, tags ?? []);
        rest?.Invoke(bytes);
        return bytes.Stop().Stop().ToArray();
    }

    public static Action<ThriftBytes> Tag(string key, object value) => bytes =>
    {
        bytes.Text(1, key);
        _ = value switch
        {
            string text => bytes.I32(2, StringTag).Text(3, text),
            double real => bytes.I32(2, DoubleTag).Double(4, real),
            bool flag => bytes.I32(2, BoolTag).Bool(5, flag),
            long number => bytes.I32(2, LongTag).I64(6, number),
            _ => bytes.I32(2, BinaryTag).Binary(7, (byte[])value),
        };
        bytes.Stop();
    };

    public static Action<ThriftBytes> Reference(int type, long traceLow, long spanId) => bytes =>
        bytes.I32(1, type).I64(2, traceLow).I64(3, 0x0102030405060708).I64(4, spanId).Stop();

    public static void List(ThriftBytes bytes, short field, Action<ThriftBytes>[] items)
    {
        bytes.ListField(field, 12, items.Length);
        foreach (var item in items)
        {
            item(bytes);
        }
    }

    /// <summary>A message to the agent in the binary protocol, with a version or in the old style.</summary>
    public static byte[] Message(string method, Action<ThriftBytes> argument, bool isStrict = true)
    {
        var bytes = new ThriftBytes();
        byte[] name = [0, 0, 0, (byte)method.Length, .. System.Text.Encoding.ASCII.GetBytes(method)];
        bytes.Bytes(isStrict ? [0x80, 0x01, 0x00, 0x04, .. name, 0, 0, 0, 1] : [.. name, 4, 0, 0, 0, 1]);
        argument(bytes);
        return bytes.Stop().ToArray();
    }

    public static byte[] EmitBatch(bool isStrict = true) => Message("emitBatch", bytes => bytes.Head(12, 1).Bytes(Batch()), isStrict);

    public static byte[] EmitZipkinBatch() => Message("emitZipkinBatch", bytes => bytes.Head(15, 1).Bytes(ZipkinSamples.Thrift()));

    /// <summary>
    /// A Batch in the compact protocol, written by hand from its description: fields are (delta &lt;&lt; 4 | type), numbers are zigzag
    /// varints, booleans are in the type.
    /// </summary>
    public static byte[] CompactBatch() =>
    [
        0x1C, // 1: struct Process
        0x18, 5, .. "front"u8, // 1: "front"
        0, // end of Process
        0x19, 0x1C, // 2: list of one struct
        0x16, 2, // 1: traceIdLow 1
        0x16, 4, // 2: traceIdHigh 2
        0x16, 22, // 3: spanId 11
        0x16, 24, // 4: parentSpanId 12
        0x18, 3, .. "get"u8, // 5: operationName
        0x25, 2, // 7: flags 1
        0x16, 0x80, 0x89, 0x7A, // 8: startTime 1000000
        0x16, 20, // 9: duration 10
        0x19, 0x1C, // 10: list of one tag
        0x18, 5, .. "error"u8, // 1: key
        0x15, 4, // 2: BOOL
        0x31, // 5: true
        0, // end of the tag
        0, // end of the span
        0, // end of the batch
    ];

    public static byte[] CompactMessage() => [0x82, 0x81, 0x01, 9, .. "emitBatch"u8, 0x1C, .. CompactBatch(), 0];

    /// <summary>A PostSpansRequest with two spans, the second of a process of its own.</summary>
    public static byte[] Proto()
    {
        using var buffer = new PooledBuffer();
        var writer = new ProtoWriter(buffer);
        var batch = writer.BeginShortMessage(1);
        ProtoSpan(writer, 0x0b, null);
        ProtoSpan(writer, 0x0c, "own");
        var process = writer.BeginShortMessage(2);
        writer.StringField(1, "front");
        writer.EndShortMessage(process);
        writer.EndShortMessage(batch);
        return buffer.Written.ToArray();
    }

    private static void ProtoSpan(ProtoWriter writer, byte id, string? process)
    {
        var span = writer.BeginShortMessage(1);
        writer.BytesField(1, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
        writer.BytesField(2, [0, 0, 0, 0, 0, 0, 0, id]);
        writer.StringField(3, "get");
        var start = writer.BeginShortMessage(6);
        writer.VarintField(1, 1);
        writer.VarintField(2, 7);
        writer.EndShortMessage(start);
        var duration = writer.BeginShortMessage(7);
        writer.VarintField(2, 10);
        writer.EndShortMessage(duration);
        var tag = writer.BeginShortMessage(8);
        writer.StringField(1, "n");
        writer.VarintField(2, 2);
        writer.VarintField(5, 42);
        writer.EndShortMessage(tag);
        if (process is not null)
        {
            var own = writer.BeginShortMessage(10);
            writer.StringField(1, process);
            writer.EndShortMessage(own);
        }

        writer.EndShortMessage(span);
    }
}
