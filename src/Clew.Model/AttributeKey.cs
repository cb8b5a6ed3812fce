namespace Clew.Model;

/// <summary>Where an attribute lives. The numbers reach disk.</summary>
public enum AttributeScope : byte
{
    Span = 0,
    Resource = 1,
    Instrumentation = 2,
    Event = 3,
    Link = 4,

    /// <summary>What OTLP has a field of its own for: name, duration, kind and so on.</summary>
    Intrinsic = 5,
}

/// <summary>The type of a value in a column. The numbers reach disk.</summary>
public enum AttributeType : byte
{
    String = 0,
    Int = 1,
    Double = 2,
    Bool = 3,

    /// <summary>Raw bytes: ids, and encoded values that have no column type (arrays, maps, bytes, empty).</summary>
    Bytes = 4,
}
