using System.Net;
using System.Text;
using Clew.Otlp.Wire;
using Clew.Receivers.Translation;

namespace Clew.Receivers.Zipkin;

/// <summary>Zipkin's protobuf: ListOfSpans of zipkin.proto3 (zipkin-api, zipkin.proto).</summary>
internal static class ZipkinProto
{
    /// <summary>Answers the fault in words, or null.</summary>
    public static string? Read(ReadOnlySpan<byte> message, Func<ZipkinSpan, bool> add)
    {
        var reader = new ProtoReader(message);
        var index = 0;
        while (reader.Next())
        {
            if (reader.Field != 1 || reader.Type != WireType.Length)
            {
                reader.Skip();
                continue;
            }

            if (!reader.TryBytes(out var bytes))
            {
                break;
            }

            if (ReadSpan(bytes, $"spans[{index++}]", out var span) is { } fault)
            {
                return fault;
            }

            if (!add(span))
            {
                return $"the request holds more than {ForeignBatch.MaxElements} spans, tags and annotations; send smaller batches";
            }
        }

        return reader.Failed ? $"the body is not a protobuf ListOfSpans: it breaks at byte {reader.Position}" : null;
    }

    private static string? ReadSpan(ReadOnlySpan<byte> message, string path, out ZipkinSpan span)
    {
        span = new ZipkinSpan();
        var isGood = true;
        var reader = new ProtoReader(message);
        while (isGood && reader.Next())
        {
            switch (reader.Field, reader.Type)
            {
                case (4, WireType.Varint):
                    reader.TryVarint(out var kind);
                    span.Kind = Kind(kind);
                    break;
                case (6, WireType.Fixed64):
                    reader.TryFixed64(out var timestamp);
                    span.Timestamp = (long)timestamp;
                    break;
                case (7, WireType.Varint):
                    reader.TryVarint(out var duration);
                    span.Duration = (long)duration;
                    break;
                case (12, WireType.Varint):
                    reader.TryVarint(out var debug);
                    span.Debug = debug != 0;
                    break;
                case (13, WireType.Varint):
                    reader.TryVarint(out var shared);
                    span.Shared = shared != 0;
                    break;
                case (_, WireType.Length):
                    isGood = reader.TryBytes(out var bytes) && ReadPart(reader.Field, bytes, span);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return !isGood || reader.Failed ? $"{path} is not a protobuf Span: it breaks at byte {reader.Position} of {message.Length}"
            : span.TraceId.IsZero ? $"{path}.trace_id is not 8 or 16 bytes other than zeros"
            : span.Id == 0 ? $"{path}.id is not 8 bytes other than zeros"
            : span.Parts >= ForeignSpan.MaxParts ? $"{path} has {ForeignSpan.MaxParts} tags and annotations or more"
            : null;
    }

    private static bool ReadPart(int field, ReadOnlySpan<byte> bytes, ZipkinSpan span)
    {
        switch (field)
        {
            case 1:
                ZipkinIds.TryTraceId(bytes, out var traceId);
                span.TraceId = traceId;
                return true;
            case 2:
                span.ParentId = ZipkinIds.SpanId(bytes);
                return true;
            case 3:
                span.Id = ZipkinIds.SpanId(bytes);
                return true;
            case 5:
                span.Name = Encoding.UTF8.GetString(bytes);
                return true;
            case 8:
                return TryEndpoint(bytes, out var local) && (span.Local = local) is not null;
            case 9:
                return TryEndpoint(bytes, out var remote) && (span.Remote = remote) is not null;
            case 10:
                return span.Parts >= ForeignSpan.MaxParts || TryAnnotation(bytes, span);
            case 11:
                return span.Parts >= ForeignSpan.MaxParts || TryTag(bytes, span);
            default:
                return true;
        }
    }

    private static bool TryEndpoint(ReadOnlySpan<byte> message, out ZipkinEndpoint endpoint)
    {
        var (service, ipv4, ipv6, port) = ("", "", "", 0UL);
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Type == WireType.Varint && reader.Field == 4)
            {
                reader.TryVarint(out port);
            }
            else if (reader.Type == WireType.Length && reader.TryBytes(out var bytes))
            {
                service = reader.Field == 1 ? Encoding.UTF8.GetString(bytes) : service;
                ipv4 = reader.Field == 2 ? Address(bytes) : ipv4;
                ipv6 = reader.Field == 3 ? Address(bytes) : ipv6;
            }
            else if (!reader.Failed)
            {
                reader.Skip();
            }
        }

        endpoint = new ZipkinEndpoint(service, ipv4.Length > 0 ? ipv4 : ipv6, port <= 65_535 ? (int)port : 0);
        return !reader.Failed;
    }

    private static bool TryAnnotation(ReadOnlySpan<byte> message, ZipkinSpan span)
    {
        var (timestamp, value) = (0UL, "");
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == 1 && reader.Type == WireType.Fixed64)
            {
                reader.TryFixed64(out timestamp);
            }
            else if (reader.Field == 2 && reader.Type == WireType.Length)
            {
                value = reader.TryBytes(out var bytes) ? Encoding.UTF8.GetString(bytes) : value;
            }
            else
            {
                reader.Skip();
            }
        }

        span.Annotations.Add(((long)timestamp, value));
        return !reader.Failed;
    }

    private static bool TryTag(ReadOnlySpan<byte> message, ZipkinSpan span)
    {
        var (key, value) = ("", "");
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Type == WireType.Length && reader.TryBytes(out var bytes))
            {
                key = reader.Field == 1 ? Encoding.UTF8.GetString(bytes) : key;
                value = reader.Field == 2 ? Encoding.UTF8.GetString(bytes) : value;
            }
            else if (!reader.Failed)
            {
                reader.Skip();
            }
        }

        span.Tags.Add(new(key, value));
        return !reader.Failed;
    }

    private static string Address(ReadOnlySpan<byte> bytes) => bytes.Length is 4 or 16 ? new IPAddress(bytes).ToString() : "";

    private static ForeignKind Kind(ulong kind) => kind switch
    {
        1 => ForeignKind.Client,
        2 => ForeignKind.Server,
        3 => ForeignKind.Producer,
        4 => ForeignKind.Consumer,
        _ => ForeignKind.Unspecified,
    };
}
