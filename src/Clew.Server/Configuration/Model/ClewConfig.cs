namespace Clew.Server.Configuration;

/// <summary>
/// Everything the operator decided, with a default for everything that was left open. Immutable; two configurations are equal when the
/// same process would run, wherever the values were written, so that a reload can see what changed.
/// </summary>
internal sealed record ClewConfig
{
    public ServerConfig Server { get; init; } = new();

    public StorageConfig Storage { get; init; } = new();

    public RetentionConfig Retention { get; init; } = new();

    public QueryConfig Query { get; init; } = new();

    public TenantsConfig Tenants { get; init; } = new();

    public MeshConfig Mesh { get; init; } = new();

    public AuthConfig Auth { get; init; } = new();

    public UiConfig Ui { get; init; } = new();

    public ClusterConfig Cluster { get; init; } = new();

    public PipelineConfig Pipeline { get; init; } = PipelineConfig.Default;

    /// <summary>Where the configuration came from and what is to be said about it. Not part of the comparison.</summary>
    public ConfigOrigin Origin { get; init; } = ConfigOrigin.BuiltIn;

    /// <summary>What the configuration asks for and this version does not do.</summary>
    public ValueList<NotInThisVersion> NotInThisVersion => Origin.NotInThisVersion;

    /// <summary>True when a Tempo's configuration was given, or more about storage than its folder: it is opened even if no pipeline feeds it.</summary>
    public bool StorageIsConfigured { get; init; }

    /// <summary>True when this process keeps spans or shows kept ones: a running pipeline ends in the store, or storage is configured.</summary>
    public bool HasStore => StorageIsConfigured || Pipeline.Exports<StoreExporterConfig>();

    public bool Equals(ClewConfig? other) =>
        other is not null
        && Server.Equals(other.Server)
        && Storage.Equals(other.Storage)
        && Retention.Equals(other.Retention)
        && Query.Equals(other.Query)
        && Tenants.Equals(other.Tenants)
        && Mesh.Equals(other.Mesh)
        && Auth.Equals(other.Auth)
        && Ui.Equals(other.Ui)
        && Cluster.Equals(other.Cluster)
        && StorageIsConfigured == other.StorageIsConfigured
        && Pipeline.Equals(other.Pipeline);

    public override int GetHashCode() => HashCode.Combine(Server, Storage, Retention, Query, Tenants, Mesh, Auth, HashCode.Combine(Ui, Cluster, Pipeline));
}
