using System.Globalization;
using System.Text;
using Clew.Otlp;
using Clew.Otlp.Wire;

namespace Clew.Storage.Tests.Blocks;

/// <summary>
/// The meaning of an encoded Span as text: what any protobuf reader would see, with the attributes sorted by key (equal keys in their
/// order). Written from the protobuf rules alone, so that it can judge the block format: the last of a repeated singular field wins,
/// embedded messages merge, zero and absent are one for plain fields, but not for members of a oneof or for whether a message is there.
/// </summary>
internal static class Canonical
{
    public static string Span(ReadOnlySpan<byte> span)
    {
        string traceId = "", spanId = "", state = "", parent = "", name = "";
        int kind = 0;
        ulong start = 0, end = 0;
        uint droppedAttributes = 0, droppedEvents = 0, droppedLinks = 0, flags = 0;
        byte[]? status = null;
        List<(byte[] Key, string Text)> attributes = [];
        List<string> events = [], links = [], unknown = [];
        var reader = new ProtoReader(span);
        var from = 0;
        while (reader.Next())
        {
            switch (reader.Field, reader.Type)
            {
                case (OtlpFields.Span.TraceId, WireType.Length):
                    traceId = Hex(Bytes(ref reader));
                    break;
                case (OtlpFields.Span.SpanId, WireType.Length):
                    spanId = Hex(Bytes(ref reader));
                    break;
                case (OtlpFields.Span.TraceState, WireType.Length):
                    state = Hex(Bytes(ref reader));
                    break;
                case (OtlpFields.Span.ParentSpanId, WireType.Length):
                    parent = Hex(Bytes(ref reader));
                    break;
                case (OtlpFields.Span.Name, WireType.Length):
                    name = Hex(Bytes(ref reader));
                    break;
                case (OtlpFields.Span.Kind, WireType.Varint):
                    kind = (int)Varint(ref reader);
                    break;
                case (OtlpFields.Span.StartTime, WireType.Fixed64):
                    reader.TryFixed64(out start);
                    break;
                case (OtlpFields.Span.EndTime, WireType.Fixed64):
                    reader.TryFixed64(out end);
                    break;
                case (OtlpFields.Span.Attributes, WireType.Length):
                    var keyValue = Bytes(ref reader);
                    attributes.Add((KeyOf(keyValue), KeyValue(keyValue)));
                    break;
                case (OtlpFields.Span.DroppedAttributesCount, WireType.Varint):
                    droppedAttributes = (uint)Varint(ref reader);
                    break;
                case (OtlpFields.Span.Events, WireType.Length):
                    events.Add(Hex(Bytes(ref reader)));
                    break;
                case (OtlpFields.Span.DroppedEventsCount, WireType.Varint):
                    droppedEvents = (uint)Varint(ref reader);
                    break;
                case (OtlpFields.Span.Links, WireType.Length):
                    links.Add(Hex(Bytes(ref reader)));
                    break;
                case (OtlpFields.Span.DroppedLinksCount, WireType.Varint):
                    droppedLinks = (uint)Varint(ref reader);
                    break;
                case (OtlpFields.Span.Status, WireType.Length):
                    // Merging embedded messages is parsing their bytes one after the other.
                    status = [.. status ?? [], .. Bytes(ref reader)];
                    break;
                case (OtlpFields.Span.Flags, WireType.Fixed32):
                    reader.TryFixed32(out flags);
                    break;
                default:
                    reader.Skip();
                    unknown.Add(Hex(span[from..reader.Position]));
                    break;
            }

            from = reader.Position;
        }

        Assert.False(reader.Failed, "the span is not a protobuf message");
        var sorted = attributes.OrderBy(a => a.Key, Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b))).Select(a => a.Text);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"trace {traceId} span {spanId} state {state} parent {parent} name {name} kind {kind} start {start} end {end} flags {flags} "
            + $"dropped {droppedAttributes} {droppedEvents} {droppedLinks} status {(status is null ? "none" : Status(status))}\n"
            + $"attributes\n  {string.Join("\n  ", sorted)}\nevents {string.Join(" ", events)}\nlinks {string.Join(" ", links)}\nunknown {string.Join(" ", unknown)}");
    }

    private static string Status(ReadOnlySpan<byte> status)
    {
        var (message, code, unknown) = ("", 0, new StringBuilder());
        var reader = new ProtoReader(status);
        var from = 0;
        while (reader.Next())
        {
            switch (reader.Field, reader.Type)
            {
                case (OtlpFields.Status.Message, WireType.Length):
                    message = Hex(Bytes(ref reader));
                    break;
                case (OtlpFields.Status.Code, WireType.Varint):
                    code = (int)Varint(ref reader);
                    break;
                default:
                    reader.Skip();
                    unknown.Append(Hex(status[from..reader.Position]));
                    break;
            }

            from = reader.Position;
        }

        return $"{code} '{message}' {unknown}";
    }

    private static byte[] KeyOf(ReadOnlySpan<byte> keyValue)
    {
        byte[] key = [];
        var reader = new ProtoReader(keyValue);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.KeyValue.Key && reader.Type == WireType.Length)
            {
                key = Bytes(ref reader).ToArray();
            }
            else
            {
                reader.Skip();
            }
        }

        return key;
    }

    private static string KeyValue(ReadOnlySpan<byte> keyValue)
    {
        byte[]? value = null;
        var unknown = new StringBuilder();
        var reader = new ProtoReader(keyValue);
        var from = 0;
        while (reader.Next())
        {
            switch (reader.Field, reader.Type)
            {
                case (OtlpFields.KeyValue.Key, WireType.Length):
                    reader.Skip();
                    break;
                case (OtlpFields.KeyValue.Value, WireType.Length):
                    value = [.. value ?? [], .. Bytes(ref reader)];
                    break;
                default:
                    reader.Skip();
                    unknown.Append(Hex(keyValue[from..reader.Position]));
                    break;
            }

            from = reader.Position;
        }

        return $"{Hex(KeyOf(keyValue))} = {(value is null ? "absent" : Value(value))} {unknown}";
    }

    private static string Value(ReadOnlySpan<byte> value)
    {
        var text = "empty";
        var reader = new ProtoReader(value);
        while (reader.Next())
        {
            switch (reader.Field, reader.Type)
            {
                case (OtlpFields.AnyValue.Bool, WireType.Varint):
                    text = $"bool {Varint(ref reader) != 0}";
                    break;
                case (OtlpFields.AnyValue.Int, WireType.Varint):
                    text = $"int {(long)Varint(ref reader)}";
                    break;
                case (OtlpFields.AnyValue.Double, WireType.Fixed64):
                    reader.TryFixed64(out var bits);
                    text = $"double {bits:x16}";
                    break;
                case (_, WireType.Length):
                    text = $"{reader.Field} {Hex(Bytes(ref reader))}";
                    break;
                default:
                    reader.Skip();
                    text = "unknown";
                    break;
            }
        }

        return text;
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    private static ReadOnlySpan<byte> Bytes(scoped ref ProtoReader reader)
    {
        Assert.True(reader.TryBytes(out var bytes));
        return bytes;
    }

    private static ulong Varint(ref ProtoReader reader)
    {
        Assert.True(reader.TryVarint(out var value));
        return value;
    }
}
