namespace Clew.Server.Configuration.Binding;

/// <summary>Reads the extensions whose settings Clew knows.</summary>
internal static class ExtensionSettings
{
    public static ExtensionConfig? Bind(Section s, ComponentId id, ComponentType type) => type.Type switch
    {
        "health_check" => HealthCheck(s, id),
        "file_storage" => FileStorage(s, id),
        "zpages" => ZPages(s, id),
        _ => AuthSettings.Bind(s, id, type.Type),
    };

    private static HealthCheckConfig HealthCheck(Section s, ComponentId id)
    {
        var d = new HealthCheckConfig { Id = id };
        return new HealthCheckConfig
        {
            Id = id,
            Endpoint = s.Endpoint("endpoint", d.Endpoint, "Where to listen."),
            Path = s.String("path", d.Path, "The path that answers."),
        };
    }

    private static ZPagesConfig ZPages(Section s, ComponentId id)
    {
        var d = new ZPagesConfig { Id = id };
        return new ZPagesConfig
        {
            Id = id,
            Endpoint = s.Endpoint("endpoint", d.Endpoint, "Where to listen."),
            ExpvarEnabled = s.Child("expvar").Bool("enabled", d.ExpvarEnabled, "The same as JSON at /debug/vars."),
        };
    }

    private static FileStorageConfig FileStorage(Section s, ComponentId id)
    {
        var d = new FileStorageConfig { Id = id };
        var config = new FileStorageConfig
        {
            Id = id,
            Directory = s.String("directory", d.Directory, "The folder."),
            Timeout = s.Duration("timeout", d.Timeout),
            Fsync = s.Bool("fsync", d.Fsync, "A queue is always synced before it acknowledges."),
            CreateDirectory = s.Bool("create_directory", d.CreateDirectory),
        };

        // Settings of the Collector's database file, which has no counterpart here.
        s.Raw("compaction");
        s.Raw("directory_permissions");
        s.Raw("recreate");
        return config;
    }
}
