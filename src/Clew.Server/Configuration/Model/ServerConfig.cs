namespace Clew.Server.Configuration;

/// <summary><c>server</c>: where the API and the UI listen.</summary>
internal sealed record ServerConfig
{
    /// <summary>HTTP/1.1 and cleartext HTTP/2 on the same ports.</summary>
    public ValueList<Endpoint> Http { get; init; } = [new Endpoint("127.0.0.1", 3200)];

    /// <summary>How long a stop may take to drain what was accepted.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary><c>query</c>: limits on what one query may cost.</summary>
internal sealed record QueryConfig
{
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes that one query may read from blocks before it is stopped with an error that says so.</summary>
    public ByteSize MaxBytes { get; init; } = ByteSize.FromGiB(50);

    /// <summary>Requests to a bucket that one query may cause before it is stopped and says so; 0 means no limit.</summary>
    public int MaxRequests { get; init; } = 10_000;

    /// <summary>Queries that run at the same time; the others wait.</summary>
    public int MaxConcurrent { get; init; } = 20;
}

/// <summary><c>tenants</c>: whether requests carry a tenant, and what differs for each.</summary>
internal sealed record TenantsConfig
{
    /// <summary>False: everything belongs to <c>single-tenant</c> and the tenant header is ignored.</summary>
    public bool Enabled { get; init; }

    /// <summary>Limits of a tenant that has none of its own.</summary>
    public TenantLimits Defaults { get; init; } = new();

    public ValueMap<string, TenantLimits> Overrides { get; init; } = ValueMap<string, TenantLimits>.Empty;
}

/// <summary>Limits of one tenant. A null limit leaves the one of the next wider scope in force, zero means no limit.</summary>
internal sealed record TenantLimits
{
    public TimeSpan? Retention { get; init; }

    public ByteSize? IngestBytesPerSecond { get; init; }

    public ByteSize? IngestBurstBytes { get; init; }

    public int? MaxLiveTraces { get; init; }

    public ByteSize? MaxTraceBytes { get; init; }

    public ByteSize? MaxAttributeBytes { get; init; }
}

/// <summary><c>auth</c>: who may use the API and the UI. Without a token everybody who reaches the port may.</summary>
internal sealed record AuthConfig
{
    public ValueList<Secret> Tokens { get; init; } = [];

    public bool IsEnabled => Tokens.Count > 0;
}

/// <summary><c>ui</c>: the web interface.</summary>
internal sealed record UiConfig
{
    public bool Enabled { get; init; } = true;

    public ValueList<UiLink> Links { get; init; } = [];
}

/// <summary>A link in the UI. <paramref name="Url"/> may contain places such as <c>${trace.id}</c>, which a span fills in.</summary>
internal sealed record UiLink(string Title, string Url);

/// <summary><c>cluster</c>: several processes over one bucket.</summary>
internal sealed record ClusterConfig
{
    public bool Enabled { get; init; }
}
