using System.Globalization;
using Clew.Pipeline.Text;

namespace Clew.Pipeline.Ottl;

internal static partial class OttlFunctions
{
    private static Dictionary<string, OttlFunction> Times() => new()
    {
        ["Now"] = new("", static call => call.Result(OttlTypes.Time, static context =>
            new OttlTime((context.Clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100, TimeSpan.Zero))),
        ["Time"] = new("target, format, location?, locale?", static call =>
        {
            var target = call.Text("target");
            var format = call.LiteralText("format")!;
            var layout = Layout(call, format);
            var location = Location(call, call.LiteralText("location"));
            if (call.LiteralText("locale") is { } locale && !locale.StartsWith("en", StringComparison.OrdinalIgnoreCase) && locale.Length > 0)
            {
                throw call.Bad("locale", $"names of months and days are read in English only, not in '{locale}'");
            }

            return call.Result(OttlTypes.Time, context => GoTime.TryParse(target(context), layout, location, out var nanos, out var offset)
                ? new OttlTime(nanos, offset)
                : throw call.Fail($"'{Truncate(target(context), 80, "…")}' is not a time in the format '{format}'"));
        }),
        ["FormatTime"] = new("time, format", static call =>
        {
            var time = call.Time("time");
            var layout = Layout(call, call.LiteralText("format")!);
            return call.Result(OttlTypes.String, context =>
            {
                var value = time(context);
                return GoTime.Format(value.UnixNano, value.Offset, layout);
            });
        }),
        ["TruncateTime"] = new("time, duration", static call =>
        {
            var time = call.Time("time");
            var duration = call.Duration("duration");
            return call.Result(OttlTypes.Time, context =>
            {
                var (value, step) = (time(context), duration(context).Nanos);
                return step <= 0 ? value : value with { UnixNano = TruncateToStep(value.UnixNano, step) };
            });
        }),
        ["Unix"] = new("seconds, nanoseconds?", static call =>
        {
            var seconds = call.Int("seconds");
            var nanos = call.Has("nanoseconds") ? call.Int("nanoseconds") : static _ => 0;
            return call.Result(OttlTypes.Time, context => new OttlTime(unchecked((seconds(context) * 1_000_000_000) + nanos(context)), TimeSpan.Zero));
        }),
        ["Duration"] = new("duration", static call =>
        {
            var expression = call.Text("duration");
            return call.Result(OttlTypes.Duration, context => TryDuration(expression(context), out var nanos)
                ? new OttlDuration(nanos)
                : throw call.Fail($"'{expression(context)}' is not a duration; use a number with a unit, like 300ms or 1h30m"));
        }),
        ["UnixNano"] = TimePart(static time => time.UnixNano),
        ["UnixMicro"] = TimePart(static time => FloorDivide(time.UnixNano, 1_000)),
        ["UnixMilli"] = TimePart(static time => FloorDivide(time.UnixNano, 1_000_000)),
        ["UnixSeconds"] = TimePart(static time => FloorDivide(time.UnixNano, 1_000_000_000)),
        ["Year"] = TimePart(static time => time.Clock.Year),
        ["Month"] = TimePart(static time => time.Clock.Month),
        ["Day"] = TimePart(static time => time.Clock.Day),
        ["Hour"] = TimePart(static time => time.Clock.Hour),
        ["Minute"] = TimePart(static time => time.Clock.Minute),
        ["Second"] = TimePart(static time => time.Clock.Second),
        ["Nanosecond"] = TimePart(static time => time.Nanosecond),
        ["Weekday"] = TimePart(static time => (long)time.Clock.DayOfWeek),
        ["Nanoseconds"] = WholeDuration(1),
        ["Microseconds"] = WholeDuration(1_000),
        ["Milliseconds"] = WholeDuration(1_000_000),
        ["Seconds"] = BrokenDuration(1e9),
        ["Minutes"] = BrokenDuration(6e10),
        ["Hours"] = BrokenDuration(3.6e12),
    };

    /// <summary>A duration in Go's syntax, in nanoseconds.</summary>
    internal static bool TryDuration(string text, out long nanos)
    {
        nanos = 0;
        var rest = text.AsSpan().Trim();
        var negative = rest.StartsWith("-");
        rest = negative || rest.StartsWith("+") ? rest[1..] : rest;
        if (rest is "0")
        {
            return true;
        }

        var total = 0m;
        var parts = 0;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept("0123456789.");
            if (digits <= 0 || !decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
            {
                return false;
            }

            // A blank between two parts is tolerated: "10h 20m".
            rest = rest[digits..];
            var end = rest.IndexOfAny("0123456789. ");
            var unit = end < 0 ? rest : rest[..end];
            var scale = unit switch { "ns" => 1m, "us" or "µs" or "μs" => 1e3m, "ms" => 1e6m, "s" => 1e9m, "m" => 6e10m, "h" => 3.6e12m, _ => 0m };
            if (scale == 0 || amount > long.MaxValue / scale)
            {
                return false;
            }

            total += amount * scale;
            rest = end < 0 ? default : rest[end..].TrimStart();
            parts++;
        }

        if (parts == 0 || total > long.MaxValue)
        {
            return false;
        }

        nanos = negative ? -(long)total : (long)total;
        return true;
    }

    private static OttlFunction TimePart(Func<OttlTime, long> part) => new("value", call =>
    {
        var time = call.Time("value");
        return call.Result(OttlTypes.Int, context => part(time(context)));
    });

    private static OttlFunction WholeDuration(long unitNanos) => new("value", call =>
    {
        var duration = call.Duration("value");
        return call.Result(OttlTypes.Int, context => duration(context).Nanos / unitNanos);
    });

    private static OttlFunction BrokenDuration(double unitNanos) => new("value", call =>
    {
        var duration = call.Duration("value");
        return call.Result(OttlTypes.Double, context => duration(context).Nanos / unitNanos);
    });

    private static long FloorDivide(long value, long by) => Math.DivRem(value, by, out var rest) - (rest < 0 ? 1 : 0);

    // Go counts multiples from year 1, which matters for steps that do not divide a day.
    private static long TruncateToStep(long unixNano, long step)
    {
        var fromYearOne = (Int128)unixNano + ((Int128)62_135_596_800 * 1_000_000_000);
        return (long)(unixNano - (fromYearOne % step));
    }

    private static IReadOnlyList<GoTime.Part> Layout(OttlCall call, string format)
    {
        try
        {
            return GoTime.Layout(format);
        }
        catch (FormatException fault)
        {
            throw call.Bad("format", fault.Message);
        }
    }

    private static TimeZoneInfo Location(OttlCall call, string? name) =>
        string.IsNullOrEmpty(name) ? TimeZoneInfo.Utc
        : TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone
        : throw call.Bad("location", $"'{name}' is no time zone, such as Asia/Seoul");
}
