namespace Clew.Otlp;

/// <summary>Limits of the wire walk. What passes one is refused with a reason that names it.</summary>
public sealed class OtlpLimits
{
    /// <summary>Bytes of one encoded Span message. A larger span is refused alone.</summary>
    public int MaxSpanBytes { get; init; } = 4 << 20;

    /// <summary>Arrays and maps inside attribute values may be nested this deep.</summary>
    public int MaxValueNesting { get; init; } = 64;

    /// <summary>Bytes of one request after decompression (the OTLP specification's recommended default).</summary>
    public int MaxRequestBytes { get; init; } = 64 << 20;

    public static OtlpLimits Default { get; } = new();

    /// <summary>For spans that passed the receiver's limits, which may be wider than the default ones.</summary>
    public static OtlpLimits AlreadyChecked { get; } = new() { MaxSpanBytes = int.MaxValue, MaxValueNesting = int.MaxValue };
}
