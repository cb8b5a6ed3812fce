using System.Text;
using Clew.Otlp.Editing;
using Clew.Pipeline.Text;

namespace Clew.Pipeline.Ottl;

internal static partial class OttlFunctions
{
    private static Dictionary<string, OttlFunction> Texts() => new()
    {
        ["Concat"] = new("values, delimiter", static call =>
        {
            var values = call.List("values");
            var delimiter = call.Text("delimiter");
            return call.Result(OttlTypes.String, context => string.Join(delimiter(context), values(context)
                .Where(static value => value is not (OtlpList or AttributeMap))
                .Select(static value => value switch { null => "<nil>", byte[] bytes => Convert.ToHexStringLower(bytes), _ => OtlpValue.ToText(value) })));
        }),
        ["Split"] = new("target, delimiter", static call =>
        {
            var target = call.Text("target");
            var delimiter = call.Text("delimiter");
            return call.Result(OttlTypes.List, context =>
            {
                var (text, by) = (target(context), delimiter(context));
                return new OtlpList(by.Length > 0 ? text.Split(by) : text.EnumerateRunes().Select(static rune => rune.ToString()));
            });
        }),
        ["Substring"] = new("target, start, length, utf8_safe?", static call =>
        {
            var target = call.Text("target");
            var start = call.Int("start");
            var length = call.Int("length");
            var safe = call.LiteralBool("utf8_safe") ?? false;
            return call.Result(OttlTypes.String, context =>
            {
                var bytes = Encoding.UTF8.GetBytes(target(context));
                var (from, count) = (start(context), length(context));
                if (from < 0 || count <= 0 || from + count > bytes.Length)
                {
                    throw call.Fail($"{from} and length {count} are out of bounds of a text of {bytes.Length} bytes");
                }

                var (first, end) = ((int)from, (int)(from + count));
                if (safe)
                {
                    while (first < end && (bytes[first] & 0xC0) == 0x80)
                    {
                        first++;
                    }

                    while (end > first && end < bytes.Length && (bytes[end] & 0xC0) == 0x80)
                    {
                        end--;
                    }
                }

                return Encoding.UTF8.GetString(bytes.AsSpan(first..end));
            });
        }),
        ["Trim"] = new("target, replacement?", static call =>
        {
            var target = call.Text("target");
            var cut = call.Text("replacement", " ");
            return call.Result(OttlTypes.String, context => target(context).Trim(cut(context).ToCharArray()));
        }),
        ["TrimPrefix"] = Text2("value", "prefix", static (text, prefix) => text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text),
        ["TrimSuffix"] = Text2("value", "suffix", static (text, suffix) => text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text),
        ["HasPrefix"] = Text2("value", "prefix", static (text, prefix) => OttlRuntime.Of(text.StartsWith(prefix, StringComparison.Ordinal)), OttlTypes.Bool),
        ["HasSuffix"] = Text2("value", "suffix", static (text, suffix) => OttlRuntime.Of(text.EndsWith(suffix, StringComparison.Ordinal)), OttlTypes.Bool),
        ["ConvertCase"] = new("target, to_case", static call =>
        {
            var target = call.Text("target");
            var wanted = call.LiteralText("to_case");
            Func<string, string> convert = wanted switch
            {
                "lower" => static text => text.ToLowerInvariant(),
                "upper" => static text => text.ToUpperInvariant(),
                "snake" => Snake,
                "camel" => Camel,
                _ => throw call.Bad("to_case", $"'to_case' must be lower, upper, snake or camel, not '{wanted}'"),
            };
            return call.Result(OttlTypes.String, context => convert(target(context)));
        }),
        ["ToLowerCase"] = Text1(static text => text.ToLowerInvariant()),
        ["ToUpperCase"] = Text1(static text => text.ToUpperInvariant()),
        ["ToSnakeCase"] = Text1(Snake),
        ["ToCamelCase"] = Text1(Camel),
        ["Format"] = new("format_string, format_arguments", static call =>
        {
            var format = call.Text("format_string");
            var values = call.List("format_arguments");
            return call.Result(OttlTypes.String, context => GoFormat.Sprintf(format(context), values(context)));
        }),
        ["Base64Encode"] = new("value, variant?", static call =>
        {
            var value = call.Text("value");
            var variant = Base64Variant(call, call.LiteralText("variant") ?? "base64");
            return call.Result(OttlTypes.String, context => variant.Encode(Encoding.UTF8.GetBytes(value(context))));
        }),
        ["Base64Decode"] = new("value", static call =>
        {
            var value = call.Text("value");
            var variant = Base64Variant(call, "base64");
            return call.Result(OttlTypes.String, context => variant.Decode(value(context), call));
        }),
        ["Decode"] = new("value, encoding", static call =>
        {
            var value = call.Any("value").Get;
            var name = call.LiteralText("encoding")!;
            if (name.StartsWith("base64", StringComparison.Ordinal))
            {
                var variant = Base64Variant(call, name);
                return call.Result(OttlTypes.String, context => variant.Decode(value(context) as string ?? throw call.Wrong("value", "a text", value(context)), call));
            }

            var encoding = EncodingOf(call, name);
            return call.Result(OttlTypes.String, context => value(context) switch
            {
                byte[] bytes => encoding.GetString(bytes),
                string text => encoding.GetString(Encoding.Latin1.GetBytes(text)),
                var other => throw call.Wrong("value", "a text or bytes", other),
            });
        }),
    };

    private static OttlFunction Text1(Func<string, string> convert) => new("target", call =>
    {
        var target = call.Text("target");
        return call.Result(OttlTypes.String, context => convert(target(context)));
    });

    private static OttlFunction Text2(string first, string second, Func<string, string, object> convert, OttlTypes type = OttlTypes.String) => new($"{first}, {second}", call =>
    {
        var (a, b) = (call.Text(first), call.Text(second));
        return call.Result(type, context => convert(a(context), b(context)));
    });

    private static string Snake(string text)
    {
        var result = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is ' ' or '-' or '.' or '_')
            {
                result.Append('_');
            }
            else
            {
                var startsWord = char.IsUpper(c) && i > 0 && text[i - 1] is not ('_' or ' ' or '-' or '.')
                    && (!char.IsUpper(text[i - 1]) || (i + 1 < text.Length && char.IsLower(text[i + 1])));
                result.Append(startsWord ? "_" : "").Append(char.ToLowerInvariant(c));
            }
        }

        return result.ToString();
    }

    private static string Camel(string text)
    {
        var result = new StringBuilder();
        var startsWord = true;
        foreach (var c in text)
        {
            if (c is ' ' or '-' or '.' or '_')
            {
                startsWord = true;
            }
            else
            {
                result.Append(startsWord ? char.ToUpperInvariant(c) : c);
                startsWord = false;
            }
        }

        return result.ToString();
    }

    private static Encoding EncodingOf(OttlCall call, string name)
    {
        try
        {
            return Encoding.GetEncoding(name);
        }
        catch (ArgumentException)
        {
            throw call.Bad("encoding", $"'{name}' is no encoding that is known here");
        }
    }

    private static Base64Text Base64Variant(OttlCall call, string name) => name switch
    {
        "base64" => new Base64Text(IsUrl: false, IsPadded: true),
        "base64-raw" => new Base64Text(IsUrl: false, IsPadded: false),
        "base64-url" => new Base64Text(IsUrl: true, IsPadded: true),
        "base64-raw-url" => new Base64Text(IsUrl: true, IsPadded: false),
        _ => throw call.Bad("variant", $"'{name}' must be base64, base64-raw, base64-url or base64-raw-url"),
    };

    private sealed record Base64Text(bool IsUrl, bool IsPadded)
    {
        public string Encode(byte[] bytes)
        {
            var text = Convert.ToBase64String(bytes);
            text = IsUrl ? text.Replace('+', '-').Replace('/', '_') : text;
            return IsPadded ? text : text.TrimEnd('=');
        }

        public string Decode(string text, OttlCall call)
        {
            var plain = IsUrl ? text.Replace('-', '+').Replace('_', '/') : text;
            plain = IsPadded ? plain : plain.PadRight((plain.Length + 3) / 4 * 4, '=');
            try
            {
                return Encoding.UTF8.GetString(Convert.FromBase64String(plain));
            }
            catch (FormatException)
            {
                throw call.Fail($"'{Truncate(text, 60, "…")}' is no base64");
            }
        }
    }
}
