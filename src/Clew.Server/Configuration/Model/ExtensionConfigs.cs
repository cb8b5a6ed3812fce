namespace Clew.Server.Configuration;

/// <summary>The <c>health_check</c> extension: an HTTP endpoint that says whether the process is ready.</summary>
internal sealed record HealthCheckConfig : ExtensionConfig
{
    public Endpoint Endpoint { get; init; } = new("127.0.0.1", 13133);

    public string Path { get; init; } = "/";
}

/// <summary>The <c>zpages</c> extension: pages about what runs.</summary>
internal sealed record ZPagesConfig : ExtensionConfig
{
    public Endpoint Endpoint { get; init; } = new("127.0.0.1", 55679);

    /// <summary>The same as JSON at <c>/debug/vars</c>.</summary>
    public bool ExpvarEnabled { get; init; }
}

/// <summary>The <c>file_storage</c> extension: a folder in which exporters keep their queues.</summary>
internal sealed record FileStorageConfig : ExtensionConfig
{
    public string Directory { get; init; } = "/var/lib/otelcol/file_storage";

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Read for compatibility: a queue is always synced before it acknowledges.</summary>
    public bool Fsync { get; init; }

    public bool CreateDirectory { get; init; } = true;
}
