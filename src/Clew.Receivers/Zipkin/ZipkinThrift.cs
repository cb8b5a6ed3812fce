using System.Buffers.Binary;
using System.Net;
using System.Text;
using Clew.Receivers.Thrift;
using Clew.Receivers.Translation;

namespace Clew.Receivers.Zipkin;

/// <summary>A list of the first version's spans in Thrift's binary protocol (zipkinCore.thrift).</summary>
internal static class ZipkinThrift
{
    /// <summary>Answers the fault in words, or null.</summary>
    public static string? Read(ReadOnlySpan<byte> bytes, Func<ZipkinV1Span, bool> add)
    {
        var reader = new ThriftReader(bytes, isCompact: false);
        return ReadList(ref reader, add);
    }

    /// <summary>The list at the reader's place.</summary>
    public static string? ReadList(ref ThriftReader reader, Func<ZipkinV1Span, bool> add)
    {
        var count = reader.BeginList(out var element);
        if (element != ThriftType.Struct && count > 0)
        {
            reader.Fail();
        }

        for (var i = 0; i < count && !reader.Failed; i++)
        {
            var span = ReadSpan(ref reader);
            if (reader.Failed)
            {
                break;
            }

            var fault = span.TraceId.IsZero ? $"[{i}].trace_id is zero or missing"
                : span.Id == 0 ? $"[{i}].id is zero or missing"
                : span.Parts >= ForeignSpan.MaxParts ? $"[{i}] has {ForeignSpan.MaxParts} annotations or more"
                : add(span) ? null
                : $"the request holds more than {ForeignBatch.MaxElements} spans and annotations; send smaller batches";
            if (fault is not null)
            {
                return fault;
            }
        }

        reader.EndList();
        return reader.Failed ? $"the body is not a list of spans in Thrift's binary protocol: it breaks at byte {reader.Position}" : null;
    }

    private static ZipkinV1Span ReadSpan(ref ThriftReader reader)
    {
        var span = new ZipkinV1Span();
        var (low, high) = (0L, 0L);
        var outer = reader.BeginStruct();
        while (reader.NextField())
        {
            switch (reader.Field)
            {
                case 1 when reader.Is(ThriftType.I64):
                    low = reader.I64();
                    break;
                case 12 when reader.Is(ThriftType.I64):
                    high = reader.I64();
                    break;
                case 3 when reader.Is(ThriftType.Binary):
                    span.Name = reader.Text();
                    break;
                case 4 when reader.Is(ThriftType.I64):
                    span.Id = (ulong)reader.I64();
                    break;
                case 5 when reader.Is(ThriftType.I64):
                    span.ParentId = (ulong)reader.I64();
                    break;
                case 6 when reader.Is(ThriftType.List):
                    ReadAnnotations(ref reader, span);
                    break;
                case 8 when reader.Is(ThriftType.List):
                    ReadBinaryAnnotations(ref reader, span);
                    break;
                case 9 when reader.Is(ThriftType.Bool):
                    span.Debug = reader.Bool();
                    break;
                case 10 when reader.Is(ThriftType.I64):
                    span.Timestamp = reader.I64();
                    break;
                case 11 when reader.Is(ThriftType.I64):
                    span.Duration = reader.I64();
                    break;
                case 1 or 3 or 4 or 5 or 6 or 8 or 9 or 10 or 11 or 12:
                    // Of another type than it should be: passed over by Is.
                    break;
                default:
                    reader.Skip(reader.Type);
                    break;
            }
        }

        reader.EndStruct(outer);
        span.TraceId = new ForeignTraceId((ulong)high, (ulong)low);
        return span;
    }

    private static void ReadAnnotations(ref ThriftReader reader, ZipkinV1Span span)
    {
        var count = reader.BeginList(out var element);
        for (var i = 0; i < count && !reader.Failed; i++)
        {
            if (element != ThriftType.Struct || span.Parts >= ForeignSpan.MaxParts)
            {
                reader.Skip(element);
                continue;
            }

            var (timestamp, value) = (0L, "");
            ZipkinEndpoint? host = null;
            var outer = reader.BeginStruct();
            while (reader.NextField())
            {
                switch (reader.Field, reader.Type)
                {
                    case (1, ThriftType.I64):
                        timestamp = reader.I64();
                        break;
                    case (2, ThriftType.Binary):
                        value = reader.Text();
                        break;
                    case (3, ThriftType.Struct):
                        host = ReadEndpoint(ref reader);
                        break;
                    default:
                        reader.Skip(reader.Type);
                        break;
                }
            }

            reader.EndStruct(outer);
            span.Annotations.Add((timestamp, value, host));
        }

        reader.EndList();
    }

    private static void ReadBinaryAnnotations(ref ThriftReader reader, ZipkinV1Span span)
    {
        var count = reader.BeginList(out var element);
        for (var i = 0; i < count && !reader.Failed; i++)
        {
            if (element != ThriftType.Struct || span.Parts >= ForeignSpan.MaxParts)
            {
                reader.Skip(element);
                continue;
            }

            var (key, type) = ("", 6);
            ReadOnlySpan<byte> value = default;
            ZipkinEndpoint? host = null;
            var outer = reader.BeginStruct();
            while (reader.NextField())
            {
                switch (reader.Field, reader.Type)
                {
                    case (1, ThriftType.Binary):
                        key = reader.Text();
                        break;
                    case (2, ThriftType.Binary):
                        value = reader.Binary();
                        break;
                    case (3, ThriftType.I32):
                        type = reader.I32();
                        break;
                    case (4, ThriftType.Struct):
                        host = ReadEndpoint(ref reader);
                        break;
                    default:
                        reader.Skip(reader.Type);
                        break;
                }
            }

            reader.EndStruct(outer);
            span.BinaryAnnotations.Add((key, Value(type, value), host));
        }

        reader.EndList();
    }

    private static ZipkinEndpoint ReadEndpoint(ref ThriftReader reader)
    {
        var (ipv4, ipv6, port, service) = ("", "", (ushort)0, "");
        var outer = reader.BeginStruct();
        while (reader.NextField())
        {
            switch (reader.Field, reader.Type)
            {
                case (1, ThriftType.I32):
                    ipv4 = Address(reader.I32());
                    break;
                case (2, ThriftType.I16):
                    // Thrift has no unsigned numbers: ports above 32767 come as negative ones.
                    port = (ushort)reader.I16();
                    break;
                case (3, ThriftType.Binary):
                    service = reader.Text();
                    break;
                case (4, ThriftType.Binary):
                    var bytes = reader.Binary();
                    ipv6 = bytes.Length == 16 ? new IPAddress(bytes).ToString() : "";
                    break;
                default:
                    reader.Skip(reader.Type);
                    break;
            }
        }

        reader.EndStruct(outer);
        return new ZipkinEndpoint(service, ipv4.Length > 0 ? ipv4 : ipv6, port);
    }

    private static string Address(int ipv4)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, ipv4);
        return ipv4 == 0 ? "" : new IPAddress(bytes).ToString();
    }

    /// <summary>A value of one of the types 0 BOOL, 1 BYTES, 2 I16, 3 I32, 4 I64, 5 DOUBLE, 6 STRING; of another size than its type: bytes.</summary>
    private static object Value(int type, ReadOnlySpan<byte> bytes) => (type, bytes.Length) switch
    {
        (0, 1) => bytes[0] != 0,
        (2, 2) => (long)BinaryPrimitives.ReadInt16BigEndian(bytes),
        (3, 4) => (long)BinaryPrimitives.ReadInt32BigEndian(bytes),
        (4, 8) => BinaryPrimitives.ReadInt64BigEndian(bytes),
        (5, 8) => BinaryPrimitives.ReadDoubleBigEndian(bytes),
        (6, _) => Encoding.UTF8.GetString(bytes),
        _ => bytes.ToArray(),
    };
}
