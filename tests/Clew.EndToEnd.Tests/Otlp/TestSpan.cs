namespace Clew.EndToEnd.Tests.Otlp;

/// <summary>A span to send. Ids may have any length: sending wrong ones is what some tests are about.</summary>
internal sealed record TestSpan
{
    public required byte[] TraceId { get; init; }

    public required byte[] SpanId { get; init; }

    public byte[] ParentSpanId { get; init; } = [];

    public required string Name { get; init; }

    /// <summary>As on the wire: 1 internal, 2 server, 3 client, 4 producer, 5 consumer.</summary>
    public int Kind { get; init; } = 1;

    public required ulong StartUnixNano { get; init; }

    public required ulong EndUnixNano { get; init; }

    /// <summary>As on the wire: 0 unset, 1 ok, 2 error.</summary>
    public int StatusCode { get; init; }

    /// <summary>Values are string, bool, long or double.</summary>
    public IReadOnlyList<(string Key, object Value)> Attributes { get; init; } = [];

    public string TraceHex => Convert.ToHexStringLower(TraceId);

    public string SpanHex => Convert.ToHexStringLower(SpanId);

    public ProtoMessage Encode()
    {
        var span = new ProtoMessage()
            .Bytes(1, TraceId)
            .Bytes(2, SpanId)
            .Bytes(4, ParentSpanId)
            .Text(5, Name)
            .Number(6, (ulong)Kind)
            .Fixed64(7, StartUnixNano)
            .Fixed64(8, EndUnixNano);
        foreach (var (key, value) in Attributes)
        {
            span.Message(9, KeyValue(key, value));
        }

        return StatusCode == 0 ? span : span.Message(15, new ProtoMessage().Number(3, (ulong)StatusCode));
    }

    public static ProtoMessage KeyValue(string key, object value) => new ProtoMessage().Text(1, key).Message(2, value switch
    {
        string text => new ProtoMessage().Text(1, text),
        bool flag => new ProtoMessage().Number(2, flag ? 1UL : 0),
        long number => new ProtoMessage().Number(3, (ulong)number),
        double number => new ProtoMessage().Double(4, number),
        _ => throw new NotSupportedException($"attribute '{key}' is a {value.GetType().Name}"),
    });
}
