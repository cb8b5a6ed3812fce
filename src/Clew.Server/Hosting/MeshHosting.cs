using System.Text;
using Clew.Mesh;
using Clew.Mesh.Health;
using Clew.Mesh.Istio;
using Clew.Mesh.Kubernetes;
using Clew.Mesh.Prometheus;
using Clew.Mesh.Spans;
using Clew.Model;
using Clew.Server.Configuration;
using Clew.Storage.Rollups;
using Microsoft.Extensions.Logging;

namespace Clew.Server.Hosting;

/// <summary>Builds the mesh graph's service of the configuration, and owns what it holds open.</summary>
internal sealed class MeshHosting : IAsyncDisposable
{
    private readonly PrometheusClient? _prometheus;
    private readonly ClusterWatcher? _cluster;

    public MeshHosting(ClewConfig config, IRollupSource? rollups, TimeProvider clock, ILoggerFactory loggers)
    {
        var mesh = config.Mesh;
        if (mesh.EffectivePrometheusUrl is { Length: > 0 } url)
        {
            _prometheus = new PrometheusClient(Options(mesh.Prometheus, url));
        }

        if (mesh.Kubernetes)
        {
            _cluster = new ClusterWatcher(new ClusterOptions { Kubeconfig = mesh.Kubeconfig, Cluster = mesh.Cluster }, clock, loggers.CreateLogger<ClusterWatcher>());
        }

        var options = new MeshOptions
        {
            Istio = new IstioOptions { IstioNamespace = mesh.IstioNamespace },
            Health = new HealthRules([.. mesh.Health.Select(Rule)]),
            Namespaces = [.. mesh.Namespaces],
            Tenant = config.Tenants.Enabled ? TenantOf(mesh.Tenant) : null,
        };
        Service = new MeshService(options, _prometheus is null ? null : new IstioSource(_prometheus, options.Istio), _cluster, rollups is null ? null : new RollupEvidence(rollups, clock));
    }

    public MeshService Service { get; }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync().ConfigureAwait(false);
        }

        _prometheus?.Dispose();
    }

    private static PrometheusOptions Options(MeshPrometheusConfig config, string url) => new()
    {
        Url = new Uri(url),
        Timeout = config.Timeout,
        MaxConcurrent = config.MaxConcurrent,
        InsecureSkipVerify = config.InsecureSkipVerify,
        Headers = config.Headers.ToDictionary(static header => header.Key, static header => header.Value.Reveal()),
        QueryScope = config.QueryScope.ToDictionary(),
        Authorization = !config.BearerToken.IsEmpty ? $"Bearer {config.BearerToken.Reveal()}"
            : config.Username.Length > 0 ? $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{config.Username}:{config.Password.Reveal()}"))}"
            : "",
    };

    private static HealthRule Rule(MeshHealthRule rule) => new(
        HealthRules.Pattern(rule.Namespace), HealthRules.Pattern(rule.Kind), HealthRules.Pattern(rule.Name),
        [.. rule.Tolerances.Select(static tolerance => HealthRules.TryMake(tolerance.Code, tolerance.Protocol, tolerance.Direction, tolerance.Degraded, tolerance.Failure)).OfType<Tolerance>()]);

    /// <summary>With several tenants and none named, a name that nobody can have: the mesh is shown to none.</summary>
    private static TenantId TenantOf(string name) => TenantId.TryParse(name, out var tenant, out _) ? tenant : default;
}
