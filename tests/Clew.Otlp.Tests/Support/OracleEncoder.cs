using Google.Protobuf;

namespace Clew.Otlp.Tests.Support;

/// <summary>
/// Encodes model objects with Google.Protobuf's own stream writer and the field numbers of opentelemetry-proto, so that nothing of
/// Clew's code judges itself. With a random source the fields of each message stand in any order, which protobuf allows.
/// </summary>
internal sealed class OracleEncoder(Random? shuffle = null)
{
    private delegate void Field(CodedOutputStream stream);

    public static byte[] Encode(params ModelResourceSpans[] request) => new OracleEncoder().Request(request);

    public byte[] Request(IEnumerable<ModelResourceSpans> request) => Message([.. request.Select(r => Nested(1, ResourceSpans(r)))]);

    public byte[] ResourceSpans(ModelResourceSpans r) => Message(
        [.. Optional(1, r.Resource, Resource), .. r.Scopes.Select(s => Nested(2, ScopeSpans(s))), .. Text(3, r.SchemaUrl)]);

    public byte[] Span(ModelSpan s) => Message(
    [
        .. Bytes(1, s.TraceId), .. Bytes(2, s.SpanId), .. Text(3, s.TraceState), .. Bytes(4, s.ParentSpanId), .. Text(5, s.Name),
        .. Varint(6, (ulong)(long)s.Kind), .. Fixed64(7, s.Start), .. Fixed64(8, s.End), .. Attributes(9, s.Attributes), .. Varint(10, s.DroppedAttributes),
        .. s.Events.Select(e => Nested(11, Event(e))), .. Varint(12, s.DroppedEvents), .. s.Links.Select(l => Nested(13, Link(l))),
        .. Varint(14, s.DroppedLinks), .. Optional(15, s.Status, x => Message([.. Text(2, x.Message), .. Varint(3, (ulong)x.Code)])), .. Fixed32(16, s.Flags),
    ]);

    public byte[] Resource(ModelResource r) => Message([.. Attributes(1, r.Attributes), .. Varint(2, r.Dropped)]);

    public byte[] Scope(ModelScope s) => Message([.. Text(1, s.Name), .. Text(2, s.Version), .. Attributes(3, s.Attributes), .. Varint(4, s.Dropped)]);

    public byte[] AnyValue(object? value) => value switch
    {
        null => [],
        string text => Message([x => { x.WriteTag(1, WireFormat.WireType.LengthDelimited); x.WriteString(text); }]),
        bool b => Message([x => { x.WriteTag(2, WireFormat.WireType.Varint); x.WriteBool(b); }]),
        long i => Message([x => { x.WriteTag(3, WireFormat.WireType.Varint); x.WriteInt64(i); }]),
        double d => Message([x => { x.WriteTag(4, WireFormat.WireType.Fixed64); x.WriteDouble(d); }]),
        object?[] array and not ModelAttribute[] => Message([Nested(5, Message([.. array.Select(item => Nested(1, AnyValue(item)))], mayShuffle: false))]),
        ModelAttribute[] map => Message([Nested(6, Message([.. Attributes(1, map)], mayShuffle: false))]),
        byte[] bytes => Message([Nested(7, bytes)]),
        _ => throw new ArgumentException($"no AnyValue for {value}"),
    };

    private byte[] ScopeSpans(ModelScopeSpans s) => Message(
        [.. Optional(1, s.Scope, Scope), .. s.Spans.Select(x => Nested(2, Span(x))), .. Text(3, s.SchemaUrl)]);

    private byte[] Event(ModelEvent e) => Message([.. Fixed64(1, e.Time), .. Text(2, e.Name), .. Attributes(3, e.Attributes), .. Varint(4, e.Dropped)]);

    private byte[] Link(ModelLink l) => Message(
        [.. Bytes(1, l.TraceId), .. Bytes(2, l.SpanId), .. Text(3, l.TraceState), .. Attributes(4, l.Attributes), .. Varint(5, l.Dropped), .. Fixed32(6, l.Flags)]);

    private IEnumerable<Field> Attributes(int number, ModelAttribute[] attributes) =>
        attributes.Select(a => Nested(number, Message([.. Text(1, a.Key), .. a.Value is null ? [] : new[] { Nested(2, AnyValue(a.Value)) }])));

    private static IEnumerable<Field> Optional<T>(int number, T? value, Func<T, byte[]> encode) where T : class =>
        value is null ? [] : [Nested(number, encode(value))];

    private static IEnumerable<Field> Text(int number, string value) =>
        value.Length == 0 ? [] : [x => { x.WriteTag(number, WireFormat.WireType.LengthDelimited); x.WriteString(value); }];

    private static IEnumerable<Field> Bytes(int number, byte[] value) => value.Length == 0 ? [] : [Nested(number, value)];

    private static IEnumerable<Field> Varint(int number, ulong value) =>
        value == 0 ? [] : [x => { x.WriteTag(number, WireFormat.WireType.Varint); x.WriteUInt64(value); }];

    private static IEnumerable<Field> Fixed64(int number, ulong value) =>
        value == 0 ? [] : [x => { x.WriteTag(number, WireFormat.WireType.Fixed64); x.WriteFixed64(value); }];

    private static IEnumerable<Field> Fixed32(int number, uint value) =>
        value == 0 ? [] : [x => { x.WriteTag(number, WireFormat.WireType.Fixed32); x.WriteFixed32(value); }];

    private static Field Nested(int number, byte[] message) => x =>
    {
        x.WriteTag(number, WireFormat.WireType.LengthDelimited);
        x.WriteBytes(ByteString.CopyFrom(message));
    };

    /// <summary>Shuffling whole messages also reorders lists, so it is done stably: only fields of different numbers change places.</summary>
    private byte[] Message(Field[] fields, bool mayShuffle = true)
    {
        if (mayShuffle && shuffle is not null && fields.Length > 1)
        {
            fields = Interleave(fields);
        }

        using var memory = new MemoryStream();
        using (var stream = new CodedOutputStream(memory, leaveOpen: true))
        {
            foreach (var field in fields)
            {
                field(stream);
            }
        }

        return memory.ToArray();
    }

    private Field[] Interleave(Field[] fields)
    {
        var keyed = fields.Select(field => (Number: NumberOf(field), Field: field)).ToArray();
        var queues = keyed.GroupBy(x => x.Number).ToDictionary(g => g.Key, g => new Queue<Field>(g.Select(x => x.Field)));
        var order = keyed.Select(x => x.Number).ToArray();
        shuffle!.Shuffle(order);
        return [.. order.Select(number => queues[number].Dequeue())];
    }

    private static int NumberOf(Field field)
    {
        using var memory = new MemoryStream();
        using (var stream = new CodedOutputStream(memory, leaveOpen: true))
        {
            field(stream);
        }

        return WireFormat.GetTagFieldNumber(new CodedInputStream(memory.ToArray()).ReadTag());
    }
}
