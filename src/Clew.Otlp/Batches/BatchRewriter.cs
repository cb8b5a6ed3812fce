using Clew.Otlp.Wire;

namespace Clew.Otlp.Batches;

/// <summary>
/// Writes a request anew from its index: the chosen spans under their resources and scopes, in the same order, bytes unchanged unless
/// invalid UTF-8 has to be repaired or an edit gave a span new bytes.
/// </summary>
internal static class BatchRewriter
{
    public static PooledBuffer Write(
        ReadOnlySpan<byte> bytes, ReadOnlySpan<SpanEntry> spans, ReadOnlySpan<ContextEntry> resources, ReadOnlySpan<ContextEntry> scopes,
        ReadOnlySpan<bool> keep, bool repair, out int repairedStrings, byte[]?[]? replaced = null)
    {
        var repaired = 0;
        var buffer = new PooledBuffer(bytes.Length + 64);
        using var scratch = new PooledBuffer();
        var writer = new ProtoWriter(buffer);
        var (resource, scope) = (-1, -1);
        var (resourceStart, scopeStart) = (-1, -1);
        for (var i = 0; i < spans.Length; i++)
        {
            if (!keep[i])
            {
                continue;
            }

            ref readonly var span = ref spans[i];
            if (scope != span.Scope)
            {
                if (scopeStart >= 0)
                {
                    writer.EndMessage(scopeStart);
                }

                if (resource != span.Resource)
                {
                    if (resourceStart >= 0)
                    {
                        writer.EndMessage(resourceStart);
                    }

                    resource = span.Resource;
                    resourceStart = writer.BeginMessage(OtlpFields.RequestResourceSpans);
                    WriteContext(writer, bytes, resources[resource], OtlpFields.ResourceSpans.Resource, OtlpFields.ResourceSpans.SchemaUrl, Utf8Repair.Resource, repair, scratch, ref repaired);
                }

                scope = span.Scope;
                scopeStart = writer.BeginMessage(OtlpFields.ResourceSpans.ScopeSpans);
                WriteContext(writer, bytes, scopes[scope], OtlpFields.ScopeSpans.Scope, OtlpFields.ScopeSpans.SchemaUrl, Utf8Repair.Scope, repair, scratch, ref repaired);
            }

            var message = replaced?[i] is { } bytesOfEdit ? bytesOfEdit : bytes.Slice(span.Offset, span.Length);
            WriteMessage(writer, OtlpFields.ScopeSpans.Spans, message, Utf8Repair.Span, repair, scratch, ref repaired);
        }

        if (scopeStart >= 0)
        {
            writer.EndMessage(scopeStart);
            writer.EndMessage(resourceStart);
        }

        repairedStrings = repaired;
        return buffer;
    }

    private static void WriteContext(
        ProtoWriter writer, ReadOnlySpan<byte> bytes, ContextEntry context, int field, int schemaField, Utf8Repair shape, bool repair, PooledBuffer scratch, ref int repaired)
    {
        WriteMessage(writer, field, bytes.Slice(context.Offset, context.Length), shape, repair, scratch, ref repaired);
        if (context.SchemaUrlLength > 0)
        {
            var url = bytes.Slice(context.SchemaUrlOffset, context.SchemaUrlLength);
            WriteMessage(writer, schemaField, url, Utf8Repair.Text, repair, scratch, ref repaired);
        }
    }

    private static void WriteMessage(
        ProtoWriter writer, int field, ReadOnlySpan<byte> message, Utf8Repair shape, bool repair, PooledBuffer scratch, ref int repaired)
    {
        if (repair)
        {
            scratch.Clear();
            repaired += shape.Copy(message, scratch);
            message = scratch.Written;
        }

        writer.BytesField(field, message);
    }
}
