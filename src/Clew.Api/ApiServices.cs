using Clew.Mesh;
using Clew.Query;
using Clew.Query.Data;
using Clew.Storage.Backends;
using Clew.Storage.Deletion;
using Clew.Storage.Rollups;

namespace Clew.Api;

/// <summary>What the API needs from the process that hosts it.</summary>
public sealed class ApiServices
{
    private DataQueries? _data;

    public required QueryEngine Engine { get; init; }

    /// <summary>The mesh graph; null in a process without one.</summary>
    public MeshService? Mesh { get; init; }

    /// <summary>Roll-ups of the store, which the Prometheus API answers from; null in a process without a store.</summary>
    public IRollupSource? Rollups { get; init; }

    /// <summary>Deletes traces; null in a process without a store.</summary>
    public ITraceDeletion? Deletion { get; init; }

    /// <summary>Where saved searches and short links are kept; null for a process that keeps nothing.</summary>
    public IObjectStore? Objects { get; init; }

    /// <summary>What the pages are told of the configuration.</summary>
    public UiSettings Ui { get; init; } = new();

    /// <summary>Takes the tenant from <c>X-Scope-OrgID</c>; when false the header is ignored and every request is the single tenant's.</summary>
    public bool TenantsEnabled { get; init; }

    /// <summary>Null when the process can serve, else why not yet.</summary>
    public Func<string?> NotReady { get; init; } = static () => null;

    public BuildInfo Build { get; init; } = new();

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    internal DataQueries Data => _data ??= new DataQueries(Engine);
}

/// <summary>What <c>/api/status/buildinfo</c> says of Clew itself.</summary>
public sealed record BuildInfo
{
    public string Version { get; init; } = "0.0.0";

    public string Revision { get; init; } = "";

    public string BuildDate { get; init; } = "";
}
