using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Clew.Otlp.Wire;

namespace Clew.Otlp.Json;

/// <summary>Scalars: each reads the token at which the reader stands and writes one wire field, or reports a problem.</summary>
internal ref partial struct JsonTranslation
{
    /// <summary>Zero is not written (it is what an absent field means), except in a oneof, where presence counts.</summary>
    private bool Value(JsonField field, bool writeZero)
    {
        switch (field.Kind)
        {
            case JsonKind.Message:
                return Nested(field);
            case JsonKind.Text:
                return Text(field.Number);
            case JsonKind.Id:
                return Id(field.Number);
            case JsonKind.Bytes:
                return Bytes(field.Number);
            case JsonKind.Bool:
                return Bool(field.Number);
            case JsonKind.Double:
                return Double(field.Number);
            case JsonKind.SpanKind or JsonKind.StatusCode:
                return Enum(field);
            case JsonKind.Int64:
                if (!TryInteger(long.MinValue, long.MaxValue, out var signed))
                {
                    return Problem($"expected a 64-bit integer, found {Found()}");
                }

                WriteVarint(field.Number, unchecked((ulong)(long)signed), writeZero);
                return true;
            case JsonKind.Fixed64:
                if (!TryInteger(0, ulong.MaxValue, out var time))
                {
                    return Problem($"expected nanoseconds as a 64-bit integer without sign, found {Found()}");
                }

                if (time != 0)
                {
                    Writer.Fixed64Field(field.Number, (ulong)time);
                }

                return true;
            default:
                if (!TryInteger(0, uint.MaxValue, out var small))
                {
                    return Problem($"expected a 32-bit integer without sign, found {Found()}");
                }

                if (field.Kind == JsonKind.Fixed32 && small != 0)
                {
                    Writer.Fixed32Field(field.Number, (uint)small);
                }
                else
                {
                    WriteVarint(field.Number, (ulong)small, writeZero);
                }

                return true;
        }
    }

    private readonly void WriteVarint(int number, ulong value, bool writeZero)
    {
        if (value != 0 || writeZero)
        {
            Writer.VarintField(number, value);
        }
    }

    /// <summary>Copies a string. Invalid UTF-8 passes: the scan repairs and counts it.</summary>
    private bool Text(int number)
    {
        if (_reader.TokenType != JsonTokenType.String)
        {
            return Problem($"expected a string, found {Found()}");
        }

        if (!_reader.ValueIsEscaped)
        {
            Writer.BytesField(number, _reader.ValueSpan);
            return true;
        }

        var start = Writer.BeginShortMessage(number);
        Unescape(_reader.ValueSpan, _output);
        Writer.EndShortMessage(start);
        return true;
    }

    private bool Id(int number)
    {
        Span<byte> id = stackalloc byte[32];
        var text = _reader.TokenType == JsonTokenType.String ? UnescapedValue() : [];
        var isHex = _reader.TokenType == JsonTokenType.String && text.Length <= 2 * id.Length
            && Convert.FromHexString(text, id, out _, out _) == OperationStatus.Done;
        if (!isHex)
        {
            return Problem($"expected an id in hex digits (base64 is not OTLP/JSON), found {Found()}");
        }

        // A wrong length is the scan's to refuse: it knows the rule for each id.
        if (text.Length > 0)
        {
            Writer.BytesField(number, id[..(text.Length / 2)]);
        }

        return true;
    }

    private bool Bytes(int number)
    {
        if (_reader.TokenType == JsonTokenType.String)
        {
            var text = UnescapedValue();
            var bytes = ArrayPool<byte>.Shared.Rent(Math.Max(Base64.GetMaxDecodedFromUtf8Length(text.Length), text.Length));
            try
            {
                // The proto3 mapping lets readers take both alphabets, with or without padding.
                if (Base64.DecodeFromUtf8(text, bytes, out _, out var length) == OperationStatus.Done
                    || Base64Url.DecodeFromUtf8(text, bytes, out _, out length) == OperationStatus.Done)
                {
                    Writer.BytesField(number, bytes.AsSpan(0, length));
                    return true;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(bytes);
            }
        }

        return Problem($"expected bytes in base64, found {Found()}");
    }

    private bool Bool(int number)
    {
        var text = _reader.TokenType == JsonTokenType.String ? UnescapedValue() : [];
        var isTrue = _reader.TokenType == JsonTokenType.True || text.SequenceEqual("true"u8);
        if (!isTrue && _reader.TokenType != JsonTokenType.False && !text.SequenceEqual("false"u8))
        {
            return Problem($"expected true or false, found {Found()}");
        }

        Writer.VarintField(number, isTrue ? 1u : 0u);
        return true;
    }

    private bool Double(int number)
    {
        if (_reader.TokenType is JsonTokenType.Number or JsonTokenType.String
            && double.TryParse(UnescapedValue(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
        {
            Writer.DoubleField(number, value);
            return true;
        }

        return Problem($"expected a number, 'NaN', 'Infinity' or '-Infinity', found {Found()}");
    }

    private bool Enum(JsonField field)
    {
        if (TryInteger(int.MinValue, int.MaxValue, out var number))
        {
            // Enums are signed on the wire, a negative one takes ten bytes.
            WriteVarint(field.Number, unchecked((ulong)(long)number), writeZero: false);
            return true;
        }

        if (_reader.TokenType == JsonTokenType.String && JsonNames.TryNumber(field.Kind, UnescapedText(), out var named))
        {
            WriteVarint(field.Number, named, writeZero: false);
            return true;
        }

        return Problem($"expected an integer or a name such as {(field.Kind == JsonKind.SpanKind ? "SPAN_KIND_SERVER" : "STATUS_CODE_ERROR")}, found {Found()}");
    }

    /// <summary>Reads an integer from a number or a string; forms such as 1.0 and 1e3 count as integers.</summary>
    private bool TryInteger(Int128 least, Int128 most, out Int128 value)
    {
        value = 0;
        if (_reader.TokenType is not (JsonTokenType.Number or JsonTokenType.String))
        {
            return false;
        }

        var text = UnescapedValue();
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var small))
        {
            value = small;
        }
        else if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var large))
        {
            value = large;
        }
        else if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && decimal.IsInteger(real))
        {
            value = (Int128)real;
        }
        else
        {
            return false;
        }

        return value >= least && value <= most;
    }

    /// <summary>The bytes of the string or number at which the reader stands; valid until the next call.</summary>
    private readonly ReadOnlySpan<byte> UnescapedValue() =>
        _reader.ValueIsEscaped ? Encoding.UTF8.GetBytes(UnescapedText()) : _reader.ValueSpan;

    private readonly string UnescapedText()
    {
        if (!_reader.ValueIsEscaped)
        {
            return Encoding.UTF8.GetString(_reader.ValueSpan);
        }

        using var buffer = new PooledBuffer(_reader.ValueSpan.Length);
        Unescape(_reader.ValueSpan, buffer);
        return Encoding.UTF8.GetString(buffer.Written);
    }

    /// <summary>
    /// Resolves the escapes of a JSON string whose syntax the reader has checked. Half a surrogate pair becomes a byte that no UTF-8 text
    /// contains: the scan then repairs and counts it like any other invalid text.
    /// </summary>
    private static void Unescape(ReadOnlySpan<byte> text, PooledBuffer destination)
    {
        const byte notUtf8 = 0xFF;
        while (true)
        {
            var plain = text.IndexOf((byte)'\\');
            destination.Write(plain < 0 ? text : text[..plain]);
            if (plain < 0)
            {
                return;
            }

            text = text[(plain + 1)..];
            if (text[0] != (byte)'u')
            {
                destination.Write([Escaped(text[0])]);
                text = text[1..];
                continue;
            }

            var unit = CodeUnit(text);
            text = text[5..];
            if (char.IsHighSurrogate(unit) && text.StartsWith("\\u"u8) && char.IsLowSurrogate(CodeUnit(text[1..])))
            {
                WriteRune(new Rune(unit, CodeUnit(text[1..])), destination);
                text = text[6..];
            }
            else if (Rune.TryCreate(unit, out var rune))
            {
                WriteRune(rune, destination);
            }
            else
            {
                destination.Write([notUtf8]);
            }
        }
    }

    private static void WriteRune(Rune rune, PooledBuffer destination) => destination.Advance(rune.EncodeToUtf8(destination.GetSpan(4)));

    /// <summary>Reads <c>uXXXX</c>.</summary>
    private static char CodeUnit(ReadOnlySpan<byte> escape) =>
        (char)ushort.Parse(escape.Slice(1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static byte Escaped(byte letter) => letter switch
    {
        (byte)'b' => (byte)'\b',
        (byte)'f' => (byte)'\f',
        (byte)'n' => (byte)'\n',
        (byte)'r' => (byte)'\r',
        (byte)'t' => (byte)'\t',
        _ => letter,
    };
}
