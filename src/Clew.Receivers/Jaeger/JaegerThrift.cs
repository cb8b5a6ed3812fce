using Clew.Receivers.Thrift;
using Clew.Receivers.Translation;

namespace Clew.Receivers.Jaeger;

/// <summary>Batches in Thrift (jaeger-idl: jaeger.thrift and agent.thrift).</summary>
internal static class JaegerThrift
{
    // What one argument of a method is in the structs of the agent's messages.
    private const short FirstArgument = 1;

    /// <summary>A bare Batch, as collectors take it over HTTP.</summary>
    public static Decoded ReadBatch(ReadOnlySpan<byte> bytes, bool isCompact)
    {
        var reader = new ThriftReader(bytes, isCompact);
        var batch = new ForeignBatch();
        var fault = ReadBatch(ref reader, batch);
        return fault is null ? Decoded.Of(batch) : Decoded.Failed(fault);
    }

    /// <summary>One message to the agent: <c>emitBatch</c>, or the <c>emitZipkinBatch</c> of old clients.</summary>
    public static Decoded ReadMessage(ReadOnlySpan<byte> bytes, bool isCompact, Func<ForeignBatch, Zipkin.ZipkinV1Span, bool> addZipkin)
    {
        var reader = new ThriftReader(bytes, isCompact);
        var name = reader.MessageName();
        if (reader.Failed || name is not ("emitBatch" or "emitZipkinBatch"))
        {
            return Decoded.Failed(
                reader.Failed ? $"the datagram is not a message in Thrift's {Protocol(isCompact)} protocol" : "the datagram calls a method other than emitBatch");
        }

        var batch = new ForeignBatch();
        string? fault = null;
        var outer = reader.BeginStruct();
        while (fault is null && reader.NextField())
        {
            switch (reader.Field, reader.Type, name)
            {
                case (FirstArgument, ThriftType.Struct, "emitBatch"):
                    fault = ReadBatch(ref reader, batch);
                    break;
                case (FirstArgument, ThriftType.List, "emitZipkinBatch"):
                    fault = Zipkin.ZipkinThrift.ReadList(ref reader, span => addZipkin(batch, span));
                    break;
                default:
                    reader.Skip(reader.Type);
                    break;
            }
        }

        reader.EndStruct(outer);
        fault ??= reader.Failed ? Broken(reader.Position, isCompact) : null;
        return fault is null ? Decoded.Of(batch) : Decoded.Failed(fault);
    }

    private static string? ReadBatch(ref ThriftReader reader, ForeignBatch batch)
    {
        // The process may stand behind the spans.
        var spans = new List<JaegerSpan>();
        var process = new JaegerProcess();
        var elements = 0;
        var outer = reader.BeginStruct();
        while (reader.NextField())
        {
            switch (reader.Field, reader.Type)
            {
                case (1, ThriftType.Struct):
                    process = ReadProcess(ref reader);
                    break;
                case (2, ThriftType.List):
                    var count = reader.BeginList(out var element);
                    for (var i = 0; i < count && !reader.Failed; i++)
                    {
                        if (element != ThriftType.Struct)
                        {
                            reader.Skip(element);
                            continue;
                        }

                        var span = ReadSpan(ref reader);
                        elements += 1 + span.Tags.Count + span.Logs.Count + span.LogFields;
                        if (!reader.Failed && (Fault(span, i) ?? (elements > ForeignBatch.MaxElements ? TooMany : null)) is { } fault)
                        {
                            return fault;
                        }

                        spans.Add(span);
                    }

                    reader.EndList();
                    break;
                default:
                    reader.Skip(reader.Type);
                    break;
            }
        }

        reader.EndStruct(outer);
        if (reader.Failed)
        {
            return Broken(reader.Position, reader.IsCompact);
        }

        var resource = process.ToResource();
        foreach (var span in spans)
        {
            if (!batch.TryAdd(resource, JaegerTranslation.Translate(span)))
            {
                return TooMany;
            }
        }

        return null;
    }

    private static string TooMany => $"the batch holds more than {ForeignBatch.MaxElements} spans, tags and logs; send smaller batches";

    private static string? Fault(JaegerSpan span, int index) =>
        span.TraceId.IsZero ? $"spans[{index}]: the trace id is zero or missing"
        : span.SpanId == 0 ? $"spans[{index}]: the span id is zero or missing"
        : span.IsOverfull ? $"spans[{index}] has {ForeignSpan.MaxParts} tags and logs or more"
        : null;

    private static string Broken(int position, bool isCompact) =>
        $"the bytes are not a Batch in Thrift's {Protocol(isCompact)} protocol: they break at byte {position}";

    private static string Protocol(bool isCompact) => isCompact ? "compact" : "binary";

    private static JaegerProcess ReadProcess(ref ThriftReader reader)
    {
        var process = new JaegerProcess();
        var outer = reader.BeginStruct();
        while (reader.NextField())
        {
            switch (reader.Field, reader.Type)
            {
                case (1, ThriftType.Binary):
                    process.ServiceName = reader.Text();
                    break;
                case (2, ThriftType.List):
                    ReadTags(ref reader, process.Tags);
                    break;
                default:
                    reader.Skip(reader.Type);
                    break;
            }
        }

        reader.EndStruct(outer);
        return process;
    }

    private static JaegerSpan ReadSpan(ref ThriftReader reader)
    {
        var span = new JaegerSpan();
        var (low, high) = (0L, 0L);
        var outer = reader.BeginStruct();
        while (reader.NextField())
        {
            switch (reader.Field, reader.Type)
            {
                case (1, ThriftType.I64):
                    low = reader.I64();
                    break;
                case (2, ThriftType.I64):
                    high = reader.I64();
                    break;
                case (3, ThriftType.I64):
                    span.SpanId = (ulong)reader.I64();
                    break;
                case (4, ThriftType.I64):
                    span.ParentId = (ulong)reader.I64();
                    break;
                case (5, ThriftType.Binary):
                    span.Name = reader.Text();
                    break;
                case (6, ThriftType.List):
                    ReadReferences(ref reader, span);
                    break;
                case (8, ThriftType.I64):
                    span.StartUnixNano = ForeignTime.FromMicroseconds(reader.I64());
                    break;
                case (9, ThriftType.I64):
                    span.DurationNanos = ForeignTime.FromMicroseconds(reader.I64());
                    break;
                case (10, ThriftType.List):
                    ReadTags(ref reader, span.Tags);
                    break;
                case (11, ThriftType.List):
                    ReadLogs(ref reader, span);
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

    private static void ReadReferences(ref ThriftReader reader, JaegerSpan span)
    {
        var count = reader.BeginList(out var element);
        for (var i = 0; i < count && !reader.Failed; i++)
        {
            if (element != ThriftType.Struct || span.IsOverfull)
            {
                reader.Skip(element);
                continue;
            }

            var (type, low, high, spanId) = (0, 0L, 0L, 0L);
            var outer = reader.BeginStruct();
            while (reader.NextField())
            {
                switch (reader.Field, reader.Type)
                {
                    case (1, ThriftType.I32):
                        type = reader.I32();
                        break;
                    case (2, ThriftType.I64):
                        low = reader.I64();
                        break;
                    case (3, ThriftType.I64):
                        high = reader.I64();
                        break;
                    case (4, ThriftType.I64):
                        spanId = reader.I64();
                        break;
                    default:
                        reader.Skip(reader.Type);
                        break;
                }
            }

            reader.EndStruct(outer);
            span.References.Add(new JaegerReference(new ForeignTraceId((ulong)high, (ulong)low), (ulong)spanId, type == 1));
        }

        reader.EndList();
    }

    private static void ReadLogs(ref ThriftReader reader, JaegerSpan span)
    {
        var count = reader.BeginList(out var element);
        for (var i = 0; i < count && !reader.Failed; i++)
        {
            if (element != ThriftType.Struct || span.IsOverfull)
            {
                reader.Skip(element);
                continue;
            }

            var timestamp = 0L;
            var fields = new List<KeyValuePair<string, object>>();
            var outer = reader.BeginStruct();
            while (reader.NextField())
            {
                switch (reader.Field, reader.Type)
                {
                    case (1, ThriftType.I64):
                        timestamp = reader.I64();
                        break;
                    case (2, ThriftType.List):
                        ReadTags(ref reader, fields);
                        break;
                    default:
                        reader.Skip(reader.Type);
                        break;
                }
            }

            reader.EndStruct(outer);
            span.LogFields += fields.Count;
            span.Logs.Add(new JaegerLog(ForeignTime.FromMicroseconds(timestamp), fields));
        }

        reader.EndList();
    }

    private static void ReadTags(ref ThriftReader reader, List<KeyValuePair<string, object>> tags)
    {
        var count = reader.BeginList(out var element);
        for (var i = 0; i < count && !reader.Failed; i++)
        {
            if (element != ThriftType.Struct || tags.Count >= ForeignSpan.MaxParts)
            {
                reader.Skip(element);
                continue;
            }

            tags.Add(ReadTag(ref reader));
        }

        reader.EndList();
    }

    private static KeyValuePair<string, object> ReadTag(ref ThriftReader reader)
    {
        // The order of vType in Thrift: 0 STRING, 1 DOUBLE, 2 BOOL, 3 LONG, 4 BINARY.
        var (key, type, text, real, flag, number) = ("", 0, "", 0.0, false, 0L);
        byte[] bytes = [];
        var outer = reader.BeginStruct();
        while (reader.NextField())
        {
            switch (reader.Field, reader.Type)
            {
                case (1, ThriftType.Binary):
                    key = reader.Text();
                    break;
                case (2, ThriftType.I32):
                    type = reader.I32();
                    break;
                case (3, ThriftType.Binary):
                    text = reader.Text();
                    break;
                case (4, ThriftType.Double):
                    real = reader.Double();
                    break;
                case (5, ThriftType.Bool):
                    flag = reader.Bool();
                    break;
                case (6, ThriftType.I64):
                    number = reader.I64();
                    break;
                case (7, ThriftType.Binary):
                    bytes = reader.Binary().ToArray();
                    break;
                default:
                    reader.Skip(reader.Type);
                    break;
            }
        }

        reader.EndStruct(outer);
        return new(key, type switch { 1 => real, 2 => flag, 3 => number, 4 => bytes, _ => text });
    }
}
