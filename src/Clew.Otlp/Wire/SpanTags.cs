namespace Clew.Otlp.Wire;

/// <summary>
/// Tags of the fields of a Span with the wire types that they must have, and of its Status: <c>(field &lt;&lt; 3) | type</c>, as
/// <see cref="ProtoReader.Tag"/> has them.
/// </summary>
public static class SpanTags
{
    public const int TraceId = (OtlpFields.Span.TraceId << 3) | (int)WireType.Length;
    public const int SpanId = (OtlpFields.Span.SpanId << 3) | (int)WireType.Length;
    public const int TraceState = (OtlpFields.Span.TraceState << 3) | (int)WireType.Length;
    public const int ParentSpanId = (OtlpFields.Span.ParentSpanId << 3) | (int)WireType.Length;
    public const int Name = (OtlpFields.Span.Name << 3) | (int)WireType.Length;
    public const int Kind = (OtlpFields.Span.Kind << 3) | (int)WireType.Varint;
    public const int StartTime = (OtlpFields.Span.StartTime << 3) | (int)WireType.Fixed64;
    public const int EndTime = (OtlpFields.Span.EndTime << 3) | (int)WireType.Fixed64;
    public const int Attributes = (OtlpFields.Span.Attributes << 3) | (int)WireType.Length;
    public const int Events = (OtlpFields.Span.Events << 3) | (int)WireType.Length;
    public const int Links = (OtlpFields.Span.Links << 3) | (int)WireType.Length;
    public const int Status = (OtlpFields.Span.Status << 3) | (int)WireType.Length;
    public const int Flags = (OtlpFields.Span.Flags << 3) | (int)WireType.Fixed32;
    public const int StatusMessage = (OtlpFields.Status.Message << 3) | (int)WireType.Length;
    public const int StatusCode = (OtlpFields.Status.Code << 3) | (int)WireType.Varint;
}
