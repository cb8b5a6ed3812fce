namespace Clew.Model;

/// <summary>OTLP's span kinds, with OTLP's numbers (they reach disk).</summary>
public enum SpanKind : byte
{
    Unspecified = 0,
    Internal = 1,
    Server = 2,
    Client = 3,
    Producer = 4,
    Consumer = 5,
}

/// <summary>OTLP's status codes, with OTLP's numbers (they reach disk).</summary>
public enum SpanStatus : byte
{
    Unset = 0,
    Ok = 1,
    Error = 2,
}
