using Clew.Model;

namespace Clew.Mesh.Spans;

/// <summary>A span as the mesh needs it.</summary>
public sealed class SpanFacts
{
    public required SpanId Id { get; init; }

    public required SpanId ParentId { get; init; }

    public required SpanKind Kind { get; init; }

    public required string Name { get; init; }

    public required string ServiceName { get; init; }

    public required bool IsError { get; init; }

    public required long StartUnixNano { get; init; }

    public required double DurationMs { get; init; }

    /// <summary>An attribute of the span, or null.</summary>
    public required Func<string, string?> Attribute { get; init; }

    public required Func<string, string?> Resource { get; init; }

    /// <summary>How many requests the span stands for.</summary>
    public double Weight { get; init; } = 1;

    public string? Either(string key) => Attribute(key) ?? Resource(key);

    public string First(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (Attribute(key) is { Length: > 0 } value)
            {
                return value;
            }
        }

        return "";
    }
}
