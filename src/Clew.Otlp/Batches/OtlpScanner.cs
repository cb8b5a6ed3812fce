using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Unicode;
using Clew.Model;
using Clew.Otlp.Wire;

namespace Clew.Otlp.Batches;

/// <summary>
/// Builds the index of a request; the walk that builds it is also the validation. A fault inside one Span message refuses that span.
/// A fault in the framing above it refuses the request. Costs one pass over the bytes and no allocation a span.
/// </summary>
public static class OtlpScanner
{
    /// <summary>
    /// Scans the bytes of an ExportTraceServiceRequest. Takes ownership of <paramref name="owner"/>: the batch disposes it, or the
    /// scan does when there is no batch.
    /// </summary>
    public static ScanResult Scan(IMemoryOwner<byte> owner, BatchContext context, OtlpLimits? limits = null)
    {
        var scan = new RequestScan(limits ?? OtlpLimits.Default);
        if (!scan.Request(owner.Memory.Span))
        {
            scan.Dispose();
            owner.Dispose();
            return new ScanResult { Fault = scan.Fault };
        }

        if (scan.RejectedSpans == 0 && scan.BadStrings == 0)
        {
            return new ScanResult { Batch = new TraceBatch(context, isOwner: true, new BatchBytes(owner), scan.Spans, scan.Resources, scan.Scopes) };
        }

        // Rare: the bytes must not carry what was refused, nor invalid UTF-8, so they are written anew and scanned again.
        var keep = new bool[scan.Spans.Count];
        keep.AsSpan().Fill(true);
        var rewritten = BatchRewriter.Write(
            owner.Memory.Span, scan.Spans.Items, scan.Resources.Items, scan.Scopes.Items, keep, scan.BadStrings > 0, out var repaired);
        scan.Dispose();
        owner.Dispose();
        var again = Scan(rewritten, context, limits);
        return new ScanResult
        {
            Batch = again.Batch,
            Fault = again.Fault,
            RejectedSpans = scan.RejectedSpans + again.RejectedSpans,
            RejectReason = scan.RejectReason ?? again.RejectReason,
            RepairedStrings = repaired,
        };
    }
}

/// <summary>
/// The state of one scan. Methods answer false on a fault of the framing. The three lists go to the batch, or are disposed with this.
/// </summary>
internal sealed class RequestScan(OtlpLimits limits) : IDisposable
{
    public PooledList<SpanEntry> Spans { get; } = new();

    public PooledList<ContextEntry> Resources { get; } = new();

    public PooledList<ContextEntry> Scopes { get; } = new();

    public string? Fault { get; private set; }

    public int RejectedSpans { get; private set; }

    public string? RejectReason { get; private set; }

    /// <summary>Strings with invalid UTF-8.</summary>
    public int BadStrings { get; private set; }

    public bool Request(ReadOnlySpan<byte> bytes)
    {
        var reader = new ProtoReader(bytes);
        while (reader.Next())
        {
            if (reader.Field != OtlpFields.RequestResourceSpans)
            {
                reader.Skip();
                continue;
            }

            if (reader.Type != WireType.Length || !reader.TryBytes(out _, out var offset))
            {
                return Refuse("ExportTraceServiceRequest", reader.Position);
            }

            if (!ResourceSpans(bytes, offset, reader.Position - offset))
            {
                return false;
            }
        }

        return !reader.Failed || Refuse("ExportTraceServiceRequest", reader.Position);
    }

    public void Dispose()
    {
        Spans.Dispose();
        Resources.Dispose();
        Scopes.Dispose();
    }

    private bool ResourceSpans(ReadOnlySpan<byte> bytes, int start, int length)
    {
        var resource = Resources.Count;
        var scopes = Scopes.Count;
        Resources.Add(default);
        var entry = default(ContextEntry);
        var reader = new ProtoReader(bytes.Slice(start, length));
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OtlpFields.ResourceSpans.Resource:
                    if (reader.Type != WireType.Length || !reader.TryBytes(out var message, out var offset))
                    {
                        return Refuse("ResourceSpans.resource", start + reader.Position);
                    }

                    if (!Attributes(message, OtlpFields.Resource.Attributes, -1, -1))
                    {
                        return Refuse("Resource", start + offset);
                    }

                    entry = entry with { Offset = start + offset, Length = message.Length };
                    break;
                case OtlpFields.ResourceSpans.ScopeSpans:
                    if (reader.Type != WireType.Length || !reader.TryBytes(out _, out var scopeOffset))
                    {
                        return Refuse("ResourceSpans.scope_spans", start + reader.Position);
                    }

                    if (!ScopeSpans(bytes, start + scopeOffset, reader.Position - scopeOffset, resource))
                    {
                        return false;
                    }

                    break;
                case OtlpFields.ResourceSpans.SchemaUrl:
                    if (reader.Type != WireType.Length || !reader.TryBytes(out var url, out var urlOffset))
                    {
                        return Refuse("ResourceSpans.schema_url", start + reader.Position);
                    }

                    CheckText(url);
                    entry = entry with { SchemaUrlOffset = start + urlOffset, SchemaUrlLength = url.Length };
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        // Only what a span refers to is kept: 64 MiB of empty ResourceSpans would otherwise be 33 million entries.
        if (Scopes.Count == scopes)
        {
            Resources.Truncate(resource);
        }
        else
        {
            Resources.Set(resource, entry);
        }

        return !reader.Failed || Refuse("ResourceSpans", start + reader.Position);
    }

    private bool ScopeSpans(ReadOnlySpan<byte> bytes, int start, int length, int resource)
    {
        var scope = Scopes.Count;
        var spans = Spans.Count;
        Scopes.Add(default);
        var entry = default(ContextEntry);
        var reader = new ProtoReader(bytes.Slice(start, length));
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OtlpFields.ScopeSpans.Scope:
                    if (reader.Type != WireType.Length || !reader.TryBytes(out var message, out var offset))
                    {
                        return Refuse("ScopeSpans.scope", start + reader.Position);
                    }

                    if (!Attributes(message, OtlpFields.Scope.Attributes, OtlpFields.Scope.Name, OtlpFields.Scope.Version))
                    {
                        return Refuse("InstrumentationScope", start + offset);
                    }

                    entry = entry with { Offset = start + offset, Length = message.Length };
                    break;
                case OtlpFields.ScopeSpans.Spans:
                    if (reader.Type != WireType.Length || !reader.TryBytes(out var span, out var spanOffset))
                    {
                        return Refuse("ScopeSpans.spans", start + reader.Position);
                    }

                    Span(span, start + spanOffset, resource, scope);
                    break;
                case OtlpFields.ScopeSpans.SchemaUrl:
                    if (reader.Type != WireType.Length || !reader.TryBytes(out var url, out var urlOffset))
                    {
                        return Refuse("ScopeSpans.schema_url", start + reader.Position);
                    }

                    CheckText(url);
                    entry = entry with { SchemaUrlOffset = start + urlOffset, SchemaUrlLength = url.Length };
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (Spans.Count == spans)
        {
            Scopes.Truncate(scope);
        }
        else
        {
            Scopes.Set(scope, entry);
        }

        return !reader.Failed || Refuse("ScopeSpans", start + reader.Position);
    }

    private void Span(ReadOnlySpan<byte> span, int offset, int resource, int scope)
    {
        if (span.Length > limits.MaxSpanBytes)
        {
            Reject($"span of {span.Length} bytes is larger than the limit of {limits.MaxSpanBytes} (max span bytes)");
            return;
        }

        scoped ReadOnlySpan<byte> traceId = default, spanId = default, parentId = default;
        ulong start = 0, end = 0, kind = 0, status = 0;
        var reader = new ProtoReader(span);
        var good = true;
        while (good && reader.Next())
        {
            good = reader.Field switch
            {
                OtlpFields.Span.TraceId => Bytes(ref reader, out traceId),
                OtlpFields.Span.SpanId => Bytes(ref reader, out spanId),
                OtlpFields.Span.ParentSpanId => Bytes(ref reader, out parentId),
                OtlpFields.Span.TraceState or OtlpFields.Span.Name => Text(ref reader),
                OtlpFields.Span.Kind => reader.Type == WireType.Varint && reader.TryVarint(out kind),
                OtlpFields.Span.StartTime => reader.Type == WireType.Fixed64 && reader.TryFixed64(out start),
                OtlpFields.Span.EndTime => reader.Type == WireType.Fixed64 && reader.TryFixed64(out end),
                OtlpFields.Span.Attributes => Bytes(ref reader, out var attribute) && KeyValue(attribute, 0),
                OtlpFields.Span.Events => Bytes(ref reader, out var e) && Attributes(e, OtlpFields.Event.Attributes, OtlpFields.Event.Name, -1),
                OtlpFields.Span.Links => Bytes(ref reader, out var link) && Link(link),
                OtlpFields.Span.Status => Bytes(ref reader, out var message) && Status(message, ref status),
                OtlpFields.Span.Flags => reader.Type == WireType.Fixed32 && reader.Skip(),
                OtlpFields.Span.DroppedAttributesCount or OtlpFields.Span.DroppedEventsCount or OtlpFields.Span.DroppedLinksCount =>
                    reader.Type == WireType.Varint && reader.Skip(),
                _ => reader.Skip(),
            };
        }

        if (!good || reader.Failed)
        {
            Reject($"span at byte {offset} is not a valid Span message: field {reader.Field} at its byte {reader.Position} cannot be read");
            return;
        }

        if (traceId.Length != TraceId.Size || TraceId.FromBytes(traceId).IsZero)
        {
            Reject($"trace ids must be 128 bit and not all zero, received {traceId.Length * 8} bits");
            return;
        }

        if (spanId.Length != SpanId.Size || SpanId.FromBytes(spanId).IsZero)
        {
            Reject($"span ids must be 64 bit and not all zero, received {spanId.Length * 8} bits");
            return;
        }

        if (parentId.Length is not (0 or SpanId.Size))
        {
            Reject($"parent span ids must be 64 bit or empty, received {parentId.Length * 8} bits");
            return;
        }

        Spans.Add(new SpanEntry
        {
            Offset = offset,
            Length = span.Length,
            TraceId = TraceId.FromBytes(traceId),
            SpanId = SpanId.FromBytes(spanId),
            ParentSpanId = parentId.Length == 0 ? default : SpanId.FromBytes(parentId),
            StartUnixNano = UnixNano.Clamp(start),
            EndUnixNano = UnixNano.Clamp(end),
            Kind = kind <= (ulong)SpanKind.Consumer ? (SpanKind)kind : SpanKind.Unspecified,
            Status = status <= (ulong)SpanStatus.Error ? (SpanStatus)status : SpanStatus.Unset,
            Resource = resource,
            Scope = scope,
        });
    }

    private bool Link(ReadOnlySpan<byte> message)
    {
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            var good = reader.Field switch
            {
                OtlpFields.Link.TraceId => Bytes(ref reader, out var traceId) && traceId.Length is 0 or TraceId.Size,
                OtlpFields.Link.SpanId => Bytes(ref reader, out var spanId) && spanId.Length is 0 or SpanId.Size,
                OtlpFields.Link.TraceState => Text(ref reader),
                OtlpFields.Link.Attributes => Bytes(ref reader, out var attribute) && KeyValue(attribute, 0),
                _ => reader.Skip(),
            };
            if (!good)
            {
                return false;
            }
        }

        return !reader.Failed;
    }

    /// <summary>Walks a message whose only nested parts are key/values; up to two of its fields are texts.</summary>
    private bool Attributes(ReadOnlySpan<byte> message, int attributesField, int textField, int secondTextField)
    {
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == attributesField)
            {
                if (!Bytes(ref reader, out var attribute) || !KeyValue(attribute, 0))
                {
                    return false;
                }
            }
            else if (reader.Field == textField || reader.Field == secondTextField)
            {
                if (!Text(ref reader))
                {
                    return false;
                }
            }
            else
            {
                reader.Skip();
            }
        }

        return !reader.Failed;
    }

    private bool KeyValue(ReadOnlySpan<byte> message, int depth)
    {
        // Nearly every attribute: a key and a text, each of a length that fits one byte. 0A len key 12 len 0A len text.
        if (message.Length > 2 && message[0] == ((OtlpFields.KeyValue.Key << 3) | (int)WireType.Length) && message[1] < 0x80)
        {
            var at = 2 + message[1];
            if (at + 4 <= message.Length && message[at] == ((OtlpFields.KeyValue.Value << 3) | (int)WireType.Length)
                && message[at + 2] == ((OtlpFields.AnyValue.String << 3) | (int)WireType.Length)
                && message[at + 3] < 0x80 && message[at + 1] == message[at + 3] + 2 && at + 4 + message[at + 3] == message.Length)
            {
                CheckText(message.Slice(2, message[1]));
                CheckText(message[(at + 4)..]);
                return true;
            }
        }

        return AnyKeyValue(message, depth);
    }

    private bool AnyKeyValue(ReadOnlySpan<byte> message, int depth)
    {
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            var good = reader.Field switch
            {
                OtlpFields.KeyValue.Key => Text(ref reader),
                OtlpFields.KeyValue.Value => Bytes(ref reader, out var value) && Value(value, depth),
                _ => reader.Skip(),
            };
            if (!good)
            {
                return false;
            }
        }

        return !reader.Failed;
    }

    private bool Value(ReadOnlySpan<byte> message, int depth)
    {
        if (depth > limits.MaxValueNesting)
        {
            return false;
        }

        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            var good = reader.Field switch
            {
                OtlpFields.AnyValue.String => Text(ref reader),
                OtlpFields.AnyValue.Bool or OtlpFields.AnyValue.Int => reader.Type == WireType.Varint && reader.Skip(),
                OtlpFields.AnyValue.Double => reader.Type == WireType.Fixed64 && reader.Skip(),
                OtlpFields.AnyValue.Array => Bytes(ref reader, out var array) && Values(array, depth + 1, keyed: false),
                OtlpFields.AnyValue.KeyValueList => Bytes(ref reader, out var map) && Values(map, depth + 1, keyed: true),
                OtlpFields.AnyValue.Bytes => Bytes(ref reader, out _),
                _ => reader.Skip(),
            };
            if (!good)
            {
                return false;
            }
        }

        return !reader.Failed;
    }

    private bool Values(ReadOnlySpan<byte> message, int depth, bool keyed)
    {
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field != OtlpFields.AnyValue.Values)
            {
                reader.Skip();
            }
            else if (!Bytes(ref reader, out var item) || !(keyed ? KeyValue(item, depth) : Value(item, depth)))
            {
                return false;
            }
        }

        return !reader.Failed;
    }

    private bool Status(ReadOnlySpan<byte> message, ref ulong code)
    {
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            var good = reader.Field switch
            {
                OtlpFields.Status.Code => reader.Type == WireType.Varint && reader.TryVarint(out code),
                OtlpFields.Status.Message => Text(ref reader),
                _ => reader.Skip(),
            };
            if (!good)
            {
                return false;
            }
        }

        return !reader.Failed;
    }

    private static bool Bytes(scoped ref ProtoReader reader, out ReadOnlySpan<byte> value)
    {
        value = default;
        return reader.Type == WireType.Length && reader.TryBytes(out value);
    }

    private bool Text(scoped ref ProtoReader reader)
    {
        if (!Bytes(ref reader, out var value))
        {
            return false;
        }

        CheckText(value);
        return true;
    }

    private void CheckText(ReadOnlySpan<byte> value)
    {
        if (!IsAscii(value) && !Utf8.IsValid(value))
        {
            BadStrings++;
        }
    }

    /// <summary>True for nearly every text, and for short ones twice as fast as asking whether it is UTF-8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsAscii(ReadOnlySpan<byte> value)
    {
        const ulong High = 0x8080_8080_8080_8080;
        if (value.Length < sizeof(ulong))
        {
            byte any = 0;
            foreach (var b in value)
            {
                any |= b;
            }

            return any < 0x80;
        }

        // The last eight bytes may overlap those before them.
        var bits = MemoryMarshal.Read<ulong>(value[^sizeof(ulong)..]);
        for (var rest = value; rest.Length > sizeof(ulong); rest = rest[sizeof(ulong)..])
        {
            bits |= MemoryMarshal.Read<ulong>(rest);
        }

        return (bits & High) == 0;
    }

    private void Reject(string reason)
    {
        RejectedSpans++;
        RejectReason ??= reason;
    }

    private bool Refuse(string message, int offset)
    {
        Fault ??= $"body is not a valid ExportTraceServiceRequest: {message} cannot be read at byte {offset}";
        return false;
    }
}
