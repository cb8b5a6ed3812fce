using System.Text;
using Clew.Otlp.Wire;
using Clew.Receivers.Translation;
using Clew.Receivers.Zipkin;

namespace Clew.Receivers.Jaeger;

/// <summary>PostSpansRequest of jaeger.api_v2 (jaeger-idl: model.proto, collector.proto). A span's own process counts before its batch's.</summary>
internal static class JaegerProto
{
    public static Decoded ReadRequest(ReadOnlySpan<byte> message)
    {
        var batch = new ForeignBatch();
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field != 1 || reader.Type != WireType.Length)
            {
                reader.Skip();
            }
            else if (reader.TryBytes(out var bytes) && ReadBatch(bytes, batch) is { } fault)
            {
                return Decoded.Failed(fault);
            }
        }

        return reader.Failed ? Decoded.Failed($"the message is not a protobuf PostSpansRequest: it breaks at byte {reader.Position}") : Decoded.Of(batch);
    }

    private static string? ReadBatch(ReadOnlySpan<byte> message, ForeignBatch batch)
    {
        // The process stands behind the spans, so it is looked for first.
        var shared = new JaegerProcess();
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field != 2 || reader.Type != WireType.Length)
            {
                reader.Skip();
            }
            else if (!reader.TryBytes(out var bytes) || !TryProcess(bytes, shared))
            {
                return "batch.process is not a protobuf Process";
            }
        }

        var resource = shared.ToResource();
        var index = 0;
        reader = new ProtoReader(message);
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

            var span = new JaegerSpan();
            var isGood = TrySpan(bytes, span, out var own);
            var fault = !isGood ? $"batch.spans[{index}] is not a protobuf Span"
                : span.TraceId.IsZero ? $"batch.spans[{index}].trace_id is not 8 or 16 bytes other than zeros"
                : span.SpanId == 0 ? $"batch.spans[{index}].span_id is not 8 bytes other than zeros"
                : span.IsOverfull ? $"batch.spans[{index}] has {ForeignSpan.MaxParts} tags and logs or more"
                : batch.TryAdd(own?.ToResource() ?? resource, JaegerTranslation.Translate(span)) ? null
                : $"the batch holds more than {ForeignBatch.MaxElements} spans, tags and logs; send smaller batches";
            if (fault is not null)
            {
                return fault;
            }

            index++;
        }

        return reader.Failed ? $"batch is not a protobuf Batch: it breaks at byte {reader.Position}" : null;
    }

    private static bool TryProcess(ReadOnlySpan<byte> message, JaegerProcess process)
    {
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Type != WireType.Length)
            {
                reader.Skip();
            }
            else if (!reader.TryBytes(out var bytes) || (reader.Field == 2 && !TryTag(bytes, process.Tags)))
            {
                return false;
            }
            else if (reader.Field == 1)
            {
                process.ServiceName = Encoding.UTF8.GetString(bytes);
            }
        }

        return !reader.Failed;
    }

    private static bool TrySpan(ReadOnlySpan<byte> message, JaegerSpan span, out JaegerProcess? process)
    {
        process = null;
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Type != WireType.Length)
            {
                reader.Skip();
                continue;
            }

            if (!reader.TryBytes(out var bytes))
            {
                return false;
            }

            var isGood = true;
            switch (reader.Field)
            {
                case 1:
                    ZipkinIds.TryTraceId(bytes, out var traceId);
                    span.TraceId = traceId;
                    break;
                case 2:
                    span.SpanId = ZipkinIds.SpanId(bytes);
                    break;
                case 3:
                    span.Name = Encoding.UTF8.GetString(bytes);
                    break;
                case 4:
                    isGood = span.IsOverfull || TryReference(bytes, span);
                    break;
                case 6:
                    isGood = TryTime(bytes, out var start);
                    span.StartUnixNano = start;
                    break;
                case 7:
                    isGood = TryTime(bytes, out var duration);
                    span.DurationNanos = duration;
                    break;
                case 8:
                    isGood = span.IsOverfull || TryTag(bytes, span.Tags);
                    break;
                case 9:
                    isGood = span.IsOverfull || TryLog(bytes, span);
                    break;
                case 10:
                    isGood = TryProcess(bytes, process ??= new JaegerProcess());
                    break;
                case 12 when !span.IsOverfull:
                    span.Warnings.Add(Encoding.UTF8.GetString(bytes));
                    break;
            }

            if (!isGood)
            {
                return false;
            }
        }

        return !reader.Failed;
    }

    private static bool TryReference(ReadOnlySpan<byte> message, JaegerSpan span)
    {
        var (traceId, spanId, type) = (default(ForeignTraceId), 0UL, 0UL);
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == 3 && reader.Type == WireType.Varint)
            {
                reader.TryVarint(out type);
            }
            else if (reader.Type != WireType.Length)
            {
                reader.Skip();
            }
            else if (reader.TryBytes(out var bytes) && reader.Field == 1)
            {
                ZipkinIds.TryTraceId(bytes, out traceId);
            }
            else if (reader.Field == 2)
            {
                spanId = ZipkinIds.SpanId(bytes);
            }
        }

        span.References.Add(new JaegerReference(traceId, spanId, type == 1));
        return !reader.Failed;
    }

    private static bool TryLog(ReadOnlySpan<byte> message, JaegerSpan span)
    {
        var time = 0UL;
        var fields = new List<KeyValuePair<string, object>>();
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Type != WireType.Length)
            {
                reader.Skip();
            }
            else if (!reader.TryBytes(out var bytes)
                || (reader.Field == 1 && !TryTime(bytes, out time))
                || (reader.Field == 2 && fields.Count < ForeignSpan.MaxParts && !TryTag(bytes, fields)))
            {
                return false;
            }
        }

        span.LogFields += fields.Count;
        span.Logs.Add(new JaegerLog(time, fields));
        return !reader.Failed;
    }

    /// <summary>Timestamp and Duration: seconds 1, nanoseconds 2.</summary>
    private static bool TryTime(ReadOnlySpan<byte> message, out ulong nanos)
    {
        var (seconds, rest) = (0UL, 0UL);
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Type != WireType.Varint)
            {
                reader.Skip();
                continue;
            }

            reader.TryVarint(out var value);
            seconds = reader.Field == 1 ? value : seconds;
            rest = reader.Field == 2 ? value : rest;
        }

        nanos = ForeignTime.FromSeconds((long)seconds, (long)rest);
        return !reader.Failed;
    }

    private static bool TryTag(ReadOnlySpan<byte> message, List<KeyValuePair<string, object>> tags)
    {
        // The order of v_type in protobuf: 0 STRING, 1 BOOL, 2 INT64, 3 FLOAT64, 4 BINARY.
        var (key, type, text, flag, number, real) = ("", 0UL, "", 0UL, 0UL, 0UL);
        byte[] binary = [];
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field, reader.Type)
            {
                case (2, WireType.Varint):
                    reader.TryVarint(out type);
                    break;
                case (4, WireType.Varint):
                    reader.TryVarint(out flag);
                    break;
                case (5, WireType.Varint):
                    reader.TryVarint(out number);
                    break;
                case (6, WireType.Fixed64):
                    reader.TryFixed64(out real);
                    break;
                case (1 or 3 or 7, WireType.Length):
                    reader.TryBytes(out var bytes);
                    key = reader.Field == 1 ? Encoding.UTF8.GetString(bytes) : key;
                    text = reader.Field == 3 ? Encoding.UTF8.GetString(bytes) : text;
                    binary = reader.Field == 7 ? bytes.ToArray() : binary;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        tags.Add(new(key, type switch
        {
            1 => flag != 0,
            2 => (long)number,
            3 => BitConverter.UInt64BitsToDouble(real),
            4 => binary,
            _ => text,
        }));
        return !reader.Failed;
    }
}
