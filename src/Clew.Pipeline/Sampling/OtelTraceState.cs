namespace Clew.Pipeline.Sampling;

/// <summary>
/// The OpenTelemetry member (<c>ot=…</c>) of a W3C tracestate: its <c>th</c> and <c>rv</c> values, everything else kept as it came.
/// </summary>
public sealed class OtelTraceState
{
    private const string Vendor = "ot=";

    /// <summary>Characters of the member's value at most (OpenTelemetry specification).</summary>
    private const int MaxValueLength = 256;

    private readonly List<string> _otherMembers = [];
    private readonly List<string> _otherValues = [];

    public SamplingThreshold? Threshold { get; set; }

    /// <summary>56 bits; null when the tracestate gives none and the trace id counts.</summary>
    public ulong? Randomness { get; set; }

    /// <summary>A tracestate that is not well formed gives its readable members; false says that something was not.</summary>
    public static bool TryParse(string text, out OtelTraceState state)
    {
        state = new OtelTraceState();
        var good = true;
        foreach (var member in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!member.StartsWith(Vendor, StringComparison.Ordinal))
            {
                state._otherMembers.Add(member);
                continue;
            }

            if (member.Length - Vendor.Length > MaxValueLength)
            {
                good = false;
                continue;
            }

            foreach (var value in member[Vendor.Length..].Split(';', StringSplitOptions.RemoveEmptyEntries))
            {
                good &= state.Add(value);
            }
        }

        return good;
    }

    public override string ToString()
    {
        var values = new List<string>();
        if (Threshold is { } threshold)
        {
            values.Add($"th:{threshold}");
        }

        if (Randomness is { } randomness)
        {
            values.Add($"rv:{randomness:x14}");
        }

        values.AddRange(_otherValues);
        // The member that was changed goes first (W3C trace context, 3.3.1.4).
        return values.Count == 0 ? string.Join(',', _otherMembers) : string.Join(',', [Vendor + string.Join(';', values), .. _otherMembers]);
    }

    private bool Add(string value)
    {
        if (value.StartsWith("th:", StringComparison.Ordinal))
        {
            var good = SamplingThreshold.TryParse(value.AsSpan(3), out var threshold);
            Threshold = good ? threshold : null;
            return good;
        }

        if (value.StartsWith("rv:", StringComparison.Ordinal))
        {
            var digits = value.AsSpan(3);
            var good = SamplingThreshold.TryHex(digits, out var randomness) && digits.Length == SamplingThreshold.Digits;
            Randomness = good ? randomness : null;
            return good;
        }

        _otherValues.Add(value);
        return true;
    }
}
