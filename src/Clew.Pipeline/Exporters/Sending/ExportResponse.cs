using System.Text;
using Clew.Otlp.Wire;

namespace Clew.Pipeline.Exporters.Sending;

/// <summary>Reads ExportTraceServiceResponse and google.rpc.Status, the two messages a next hop answers with.</summary>
internal static class ExportResponse
{
    private const int PartialSuccess = 1;
    private const int RejectedSpans = 1;
    private const int ErrorMessage = 2;
    private const int StatusMessage = 2;
    private const int StatusDetails = 3;
    private const int AnyTypeUrl = 1;
    private const int AnyValue = 2;
    private const int RetryDelay = 1;
    private const int DurationSeconds = 1;
    private const int DurationNanos = 2;

    /// <summary>A body that cannot be read counts as a plain success: the request was answered with one.</summary>
    public static SendOutcome Read(ReadOnlySpan<byte> body)
    {
        var (rejected, message) = (0L, (string?)null);
        var reader = new ProtoReader(body);
        while (reader.Next())
        {
            if (reader.Field != PartialSuccess || !reader.TryBytes(out var partial))
            {
                reader.Skip();
                continue;
            }

            var inner = new ProtoReader(partial);
            while (inner.Next())
            {
                if (inner.Field == RejectedSpans && inner.TryVarint(out var count))
                {
                    rejected = (long)count;
                }
                else if (inner.Field == ErrorMessage && inner.TryBytes(out var text))
                {
                    message = Encoding.UTF8.GetString(text);
                }
                else
                {
                    inner.Skip();
                }
            }
        }

        return new SendOutcome(SendStatus.Delivered, message, null, rejected);
    }

    /// <summary>The message and the delay of RetryInfo in a google.rpc.Status.</summary>
    public static (string? Message, TimeSpan? RetryAfter) ReadStatus(ReadOnlySpan<byte> status)
    {
        (string? Message, TimeSpan? Delay) result = default;
        var reader = new ProtoReader(status);
        while (reader.Next())
        {
            if (reader.Field == StatusMessage && reader.TryBytes(out var text))
            {
                result.Message = Encoding.UTF8.GetString(text);
            }
            else if (reader.Field == StatusDetails && reader.TryBytes(out var detail))
            {
                result.Delay = RetryInfo(detail) ?? result.Delay;
            }
            else
            {
                reader.Skip();
            }
        }

        return result;
    }

    private static TimeSpan? RetryInfo(ReadOnlySpan<byte> any)
    {
        ReadOnlySpan<byte> value = default;
        var isRetryInfo = false;
        var reader = new ProtoReader(any);
        while (reader.Next())
        {
            if (reader.Field == AnyTypeUrl && reader.TryBytes(out var url))
            {
                isRetryInfo = url.EndsWith("google.rpc.RetryInfo"u8);
            }
            else if (reader.Field != AnyValue || !reader.TryBytes(out value))
            {
                reader.Skip();
            }
        }

        if (!isRetryInfo)
        {
            return null;
        }

        var info = new ProtoReader(value);
        return info.Next() && info.Field == RetryDelay && info.TryBytes(out var delay) ? Duration(delay) : TimeSpan.Zero;
    }

    private static TimeSpan Duration(ReadOnlySpan<byte> duration)
    {
        var (seconds, nanos) = (0UL, 0UL);
        var reader = new ProtoReader(duration);
        while (reader.Next())
        {
            if (reader.Field == DurationSeconds)
            {
                reader.TryVarint(out seconds);
            }
            else if (reader.Field == DurationNanos)
            {
                reader.TryVarint(out nanos);
            }
            else
            {
                reader.Skip();
            }
        }

        return TimeSpan.FromSeconds(Math.Min(seconds, 3600)) + TimeSpan.FromTicks((long)Math.Min(nanos, 999_999_999) / 100);
    }
}
