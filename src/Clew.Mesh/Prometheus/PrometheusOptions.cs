namespace Clew.Mesh.Prometheus;

/// <summary>How to reach a Prometheus server.</summary>
public sealed record PrometheusOptions
{
    public required Uri Url { get; init; }

    /// <summary>Value of the header <c>Authorization</c>; empty for none.</summary>
    public string Authorization { get; init; } = "";

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    public bool InsecureSkipVerify { get; init; }

    /// <summary>A query that takes longer is given up, and the source of evidence is reported as failed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Queries that run at the same time; the others wait.</summary>
    public int MaxConcurrent { get; init; } = 8;

    /// <summary>A larger answer is refused: it would be a graph that nobody can read, and memory that spans need.</summary>
    public int MaxAnswerBytes { get; init; } = 64 << 20;

    /// <summary>Labels that every selector gets, for a server that several meshes share.</summary>
    public IReadOnlyDictionary<string, string> QueryScope { get; init; } = new Dictionary<string, string>();
}

/// <summary>A Prometheus server did not answer, or not with what was asked. The message is a sentence for an operator.</summary>
public sealed class PrometheusException(string message, Exception? inner = null) : Exception(message, inner);
