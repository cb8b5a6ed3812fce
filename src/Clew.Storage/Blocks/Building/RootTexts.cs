using System.Text.Unicode;
using Clew.Otlp;
using Clew.Otlp.Wire;

namespace Clew.Storage.Blocks.Building;

/// <summary>The service of an encoded Resource, for the traces table.</summary>
internal static class ServiceName
{
    /// <summary>The first <c>service.name</c> that is a text; empty when there is none.</summary>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> resource)
    {
        var reader = new ProtoReader(resource);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.Resource.Attributes && reader.Type == WireType.Length && reader.TryBytes(out var keyValue))
            {
                if (TryText(keyValue, out var text))
                {
                    return RootText.Fit(text);
                }
            }
            else
            {
                reader.Skip();
            }
        }

        return default;
    }

    private static bool TryText(ReadOnlySpan<byte> keyValue, out ReadOnlySpan<byte> text)
    {
        text = default;
        var isService = false;
        var hasText = false;
        var reader = new ProtoReader(keyValue);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.KeyValue.Key && reader.Type == WireType.Length && reader.TryBytes(out var key))
            {
                isService = key.SequenceEqual("service.name"u8);
            }
            else if (reader.Field == OtlpFields.KeyValue.Value && reader.Type == WireType.Length && reader.TryBytes(out var value))
            {
                var inner = new ProtoReader(value);
                hasText = inner.Next() && inner.Field == OtlpFields.AnyValue.String && inner.Type == WireType.Length && inner.TryBytes(out text);
            }
            else
            {
                reader.Skip();
            }
        }

        return isService && hasText;
    }
}

/// <summary>The name of an encoded Span, for the traces table.</summary>
internal static class SpanName
{
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> span)
    {
        var reader = new ProtoReader(span);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.Span.Name && reader.Type == WireType.Length && reader.TryBytes(out var text))
            {
                return RootText.Fit(text);
            }

            reader.Skip();
        }

        return default;
    }
}

/// <summary>Texts of the traces table are for showing: what is too long or not UTF-8 is left out there.</summary>
internal static class RootText
{
    private const int MaxBytes = 1024;

    public static ReadOnlySpan<byte> Fit(ReadOnlySpan<byte> text) => text.Length <= MaxBytes && Utf8.IsValid(text) ? text : default;
}
