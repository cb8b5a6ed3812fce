namespace Clew.Query.Values;

/// <summary>What a <see cref="QueryValue"/> holds.</summary>
public enum ValueKind : byte
{
    /// <summary>Missing.</summary>
    Nil,
    Int,
    Float,

    /// <summary>Nanoseconds.</summary>
    Duration,
    String,
    Bool,
    Status,
    Kind,

    /// <summary>An array attribute; its elements may have different kinds.</summary>
    Array,

    /// <summary>The values of one key over all events or links of a span, in their order.</summary>
    Multi,

    /// <summary>A map or raw bytes: exists, compares with nothing. The text is its JSON form.</summary>
    Other,
}
