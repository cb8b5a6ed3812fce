namespace Clew.Receivers.Translation;

/// <summary>What a decoder made of a request: spans, or the reason in words why there are none.</summary>
internal readonly record struct Decoded(ForeignBatch? Batch, string? Fault)
{
    public static Decoded Failed(string fault) => new(null, fault);

    public static Decoded Of(ForeignBatch batch) => new(batch, null);
}
