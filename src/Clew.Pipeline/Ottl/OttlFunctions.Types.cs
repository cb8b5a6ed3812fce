using System.Globalization;
using System.Net;
using System.Text;
using Clew.Otlp.Editing;

namespace Clew.Pipeline.Ottl;

internal static partial class OttlFunctions
{
    private static Dictionary<string, OttlFunction> Types() => new()
    {
        ["Int"] = Convert1(OttlTypes.Int | OttlTypes.Nil, static value => value switch
        {
            long => value,
            double number => number is >= long.MinValue and < 9.2233720368547758E+18 ? (long)number : null,
            bool flag => flag ? 1L : 0L,
            string text => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null,
            OttlTime time => time.UnixNano,
            OttlDuration duration => duration.Nanos,
            _ => null,
        }),
        ["Double"] = Convert1(OttlTypes.Double | OttlTypes.Nil, static value => value switch
        {
            double => value,
            long number => (double)number,
            bool flag => flag ? 1.0 : 0.0,
            string text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
            _ => null,
        }),
        ["Bool"] = Convert1(OttlTypes.Bool | OttlTypes.Nil, static value => value switch
        {
            bool => value,
            long number => OttlRuntime.Of(number != 0),
            double number => OttlRuntime.Of(number != 0),
            "1" or "t" or "T" or "true" or "TRUE" or "True" => OttlRuntime.True,
            "0" or "f" or "F" or "false" or "FALSE" or "False" => OttlRuntime.False,
            _ => null,
        }),
        ["String"] = Convert1(OttlTypes.String | OttlTypes.Nil, static value => value switch
        {
            null => null,
            byte[] bytes => Convert.ToHexStringLower(bytes),
            _ => OtlpValue.ToText(value),
        }),
        ["IsString"] = Is(OttlTypes.String),
        ["IsInt"] = Is(OttlTypes.Int),
        ["IsDouble"] = Is(OttlTypes.Double),
        ["IsBool"] = Is(OttlTypes.Bool),
        ["IsMap"] = Is(OttlTypes.Map),
        ["IsList"] = Is(OttlTypes.List),
        ["IsEmpty"] = Convert1(OttlTypes.Bool, static value => OttlRuntime.Of(value switch
        {
            null or "" or 0L or 0.0 or false => true,
            AttributeMap map => map.Count == 0,
            OtlpList list => list.Count == 0,
            byte[] bytes => bytes.AsSpan().IndexOfAnyExcept((byte)0) < 0,
            OttlTime time => time.UnixNano == 0,
            OttlDuration duration => duration.Nanos == 0,
            _ => false,
        })),
        ["IsRootSpan"] = new("", static call => call.Paths.Kind >= OttlContextKind.Span
            ? call.Result(OttlTypes.Bool, static context => OttlRuntime.Of(context.Span.IsRoot))
            : throw call.Bad("", "works on spans only")),
        ["IsMatch"] = new("target, pattern", static call =>
        {
            var target = call.TextLike("target");
            var pattern = call.Regex("pattern");
            return call.Result(OttlTypes.Bool, context => OttlRuntime.Of(target(context) is { } text && pattern(context).IsMatch(text)));
        }),
        ["IsInCIDR"] = new("target, networks", static call =>
        {
            var target = call.Text("target");
            var networks = call.Texts("networks");
            return call.Result(OttlTypes.Bool, context =>
            {
                if (!IPAddress.TryParse(target(context), out var address))
                {
                    throw call.Fail($"'{target(context)}' is no IP address");
                }

                return OttlRuntime.Of(networks(context).Exists(text => IPNetwork.TryParse(text, out var network)
                    ? network.Contains(address)
                    : throw call.Fail($"'{text}' is no network, such as 10.0.0.0/8")));
            });
        }),
        ["IsValidLuhn"] = new("value", static call =>
        {
            var value = call.Any("value").Get;
            return call.Result(OttlTypes.Bool, context => value(context) switch
            {
                long number when number >= 0 => OttlRuntime.Of(IsLuhn(number.ToString(CultureInfo.InvariantCulture))),
                string text when text.Length > 0 && text.All(char.IsAsciiDigit) => OttlRuntime.Of(IsLuhn(text)),
                var other => throw call.Wrong("value", "digits", other),
            });
        }),
        ["Hex"] = Convert1(OttlTypes.String | OttlTypes.Nil, static value => value switch
        {
            string text => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text)),
            bool flag => flag ? "01" : "00",
            long number => number.ToString("x16", CultureInfo.InvariantCulture),
            double number => BitConverter.DoubleToUInt64Bits(number).ToString("x16", CultureInfo.InvariantCulture),
            byte[] bytes => Convert.ToHexStringLower(bytes),
            _ => null,
        }),
        ["Log"] = new("value", static call =>
        {
            var value = call.Any("value").Get;
            return call.Result(OttlTypes.Double, context =>
            {
                var number = value(context) switch
                {
                    double broken => broken,
                    long whole => whole,
                    bool flag => flag ? 1 : 0,
                    string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) => parsed,
                    var other => throw call.Wrong("value", "a number", other),
                };
                return number > 0 ? Math.Log(number) : throw call.Fail($"{OtlpValue.Number(number)} has no logarithm");
            });
        }),
        ["TraceID"] = Id(16),
        ["SpanID"] = Id(8),
        ["ProfileID"] = Id(16),
        ["Coalesce"] = new("values", static call =>
        {
            if (call.Any("values") is { Items: { Count: > 0 } items })
            {
                var getters = items.Select(static item => item.Get).ToArray();
                return call.Result(OttlTypes.Any, context =>
                {
                    foreach (var get in getters)
                    {
                        if (get(context) is { } value)
                        {
                            return value;
                        }
                    }

                    return null;
                });
            }

            var values = call.List("values");
            return call.Result(OttlTypes.Any, context => values(context).Find(static value => value is not null));
        }),
        ["UUID"] = new("", static call => call.Result(OttlTypes.String, static _ => Guid.NewGuid().ToString())),
        ["UUIDv7"] = new("", static call => call.Result(OttlTypes.String, static context => Guid.CreateVersion7(context.Clock.GetUtcNow()).ToString())),
    };

    /// <summary>A converter of one value that never fails.</summary>
    private static OttlFunction Convert1(OttlTypes type, Func<object?, object?> convert) => new("value", call =>
    {
        var value = call.Any("value").Get;
        return call.Result(type, context => convert(value(context)));
    });

    private static OttlFunction Is(OttlTypes type) => Convert1(OttlTypes.Bool, value => OttlRuntime.Of(OttlRuntime.TypeOf(value) == type));

    private static OttlFunction Id(int size) => new("id", call =>
    {
        var expression = call.Any("id");
        if (expression.IsLiteral && Parse(expression.Literal) is null)
        {
            throw call.Bad("id", $"needs {size} bytes or {size * 2} hexadecimal digits");
        }

        var get = expression.Get;
        return call.Result(OttlTypes.Bytes, context => Parse(get(context)) ?? throw call.Fail($"needs {size} bytes or {size * 2} hexadecimal digits"));

        byte[]? Parse(object? value) => value switch
        {
            byte[] bytes when bytes.Length == size => bytes,
            string text when text.Length == size * 2 && text.All(char.IsAsciiHexDigit) => Convert.FromHexString(text),
            _ => null,
        };
    });

    private static bool IsLuhn(string digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[^(i + 1)] - '0';
            digit = i % 2 == 1 ? digit * 2 : digit;
            sum += digit > 9 ? digit - 9 : digit;
        }

        return sum % 10 == 0;
    }
}
