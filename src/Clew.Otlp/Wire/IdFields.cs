using Clew.Model;

namespace Clew.Otlp.Wire;

/// <summary>Ids as fields: bytes, big-endian.</summary>
public static class IdFields
{
    public static void TraceIdField(this ProtoWriter writer, int field, TraceId id)
    {
        Span<byte> bytes = stackalloc byte[TraceId.Size];
        id.WriteTo(bytes);
        writer.BytesField(field, bytes);
    }

    public static void SpanIdField(this ProtoWriter writer, int field, SpanId id)
    {
        Span<byte> bytes = stackalloc byte[SpanId.Size];
        id.WriteTo(bytes);
        writer.BytesField(field, bytes);
    }
}
