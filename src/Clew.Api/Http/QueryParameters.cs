using System.Globalization;
using Clew.Model;
using Clew.TraceQL;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.Http;

/// <summary>Reads query parameters in the forms that Tempo takes. What cannot be read is a 400 that names parameter and value.</summary>
public sealed class QueryParameters(HttpRequest request)
{
    public string? Text(string name)
    {
        var value = request.Query[name].ToString();
        return value.Length == 0 ? null : value;
    }

    /// <summary>A whole number of at least <paramref name="least"/>, or null when the parameter is absent.</summary>
    public int? Count(string name, int least)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            throw ApiException.BadRequest($"invalid {name}: '{text}' is not a whole number");
        }

        if (value < least)
        {
            throw ApiException.BadRequest($"invalid {name}: must be {(least > 0 ? "a positive number" : "zero or more")}, received {text}");
        }

        // A number beyond 32 bits is beyond every limit; the limit's own message follows.
        return (int)Math.Min(value, int.MaxValue);
    }

    /// <summary>A duration in the language's form (<c>1h30m</c>, <c>100ms</c>) in nanoseconds, or null when absent.</summary>
    public long? Duration(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return TraceQl.TryParseDuration(text, out var nanos)
            ? nanos
            : throw ApiException.BadRequest($"invalid {name}: '{text}' is not a duration; use 1h30m or 100ms");
    }

    /// <summary>A point in time in nanoseconds, or null when absent.</summary>
    internal TimeParameter? Time(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return TimeParameter.TryParse(text, out var time)
            ? time
            : throw ApiException.BadRequest($"invalid {name}: '{text}' is not a time; use unix seconds, unix nanoseconds or RFC 3339");
    }

    /// <summary>
    /// The window of <c>start</c> and <c>end</c>, or of <c>since</c> up to now; everything when none is given. A bound in whole seconds
    /// includes its second.
    /// </summary>
    public TimeRange Window(TimeProvider clock)
    {
        var (start, end) = (Time("start"), Time("end"));
        if (start is null && end is null)
        {
            return Duration("since") is { } since ? new TimeRange(UnixNano.Now(clock) - since, long.MaxValue) : TimeRange.All;
        }

        if (start is not { } from || end is not { } to)
        {
            throw ApiException.BadRequest("error parsing date range: only one of start and end provided: must provide both or neither");
        }

        if (to.UnixNano <= from.UnixNano)
        {
            throw ApiException.BadRequest($"http parameter start must be before end. received start={from.Text} end={to.Text}");
        }

        return new TimeRange(from.UnixNano, to.LastUnixNano);
    }

    /// <summary>As <see cref="Window"/> for a trace lookup, where one bound alone is fine.</summary>
    public TimeRange OpenWindow()
    {
        var (start, end) = (Time("start"), Time("end"));
        if (start is { } from && end is { } to && to.UnixNano <= from.UnixNano)
        {
            throw ApiException.BadRequest($"http parameter start must be before end. received start={from.Text} end={to.Text}");
        }

        return new TimeRange(start?.UnixNano ?? long.MinValue, end?.LastUnixNano ?? long.MaxValue);
    }
}
