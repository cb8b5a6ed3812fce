namespace Clew.Otlp.Json;

/// <summary>The two ways in which OTLP traces are written as JSON.</summary>
public enum OtlpJsonDialect
{
    /// <summary>OTLP/JSON of the OTLP specification: ids in hex, enums as integers.</summary>
    OtlpHex,

    /// <summary>The classic proto3 JSON mapping, which Tempo's API speaks: ids in base64, enums by name.</summary>
    Tempo,
}
