using Clew.Mesh.Health;

namespace Clew.Server.Configuration.Binding;

/// <summary>Reads the section <c>mesh</c>.</summary>
internal static class MeshSettings
{
    private const double MaxPercent = 100;

    public static MeshConfig Bind(Section s)
    {
        var d = new MeshConfig();
        var config = new MeshConfig
        {
            PrometheusUrl = s.String("prometheus_url", d.PrometheusUrl, "Short form of `prometheus.url`."),
            Prometheus = Prometheus(s.Child("prometheus", "A Prometheus server with Istio's metrics: true rates, TCP, encryption.")),
            Kubernetes = s.Bool("kubernetes", d.Kubernetes, "Read namespaces, workloads, services, sidecars and Istio's objects from the Kubernetes API, and watch them."),
            Kubeconfig = s.String("kubeconfig", d.Kubeconfig, "A kubeconfig file. Empty: the service account of this pod, else the file that kubectl would take."),
            Cluster = s.String("cluster", d.Cluster, "What the cluster is called in Istio's metrics. Empty: namespaces are matched by their name alone."),
            IstioNamespace = s.String("istio_namespace", d.IstioNamespace, "Where Istio's control plane runs; its workloads need no sidecar."),
            Namespaces = s.Strings("namespaces", d.Namespaces, "Namespaces that may be seen, as `namespace` or `cluster/namespace`. Empty: those that the Kubernetes API lists, or all."),
            Tenant = s.String("tenant", d.Tenant, "With `tenants.enabled`, the tenant whose mesh the metrics and the cluster are. Others see their spans alone."),
            Health = s.ListOf("health", "When traffic counts as degraded or failed. The first rule that fits applies; without one: 5xx, gRPC errors and missing answers degrade at once and fail at 10 %, 4xx degrade at 10 % and fail at 20 %.", Rule),
        };
        CheckUrl(s, "prometheus_url", config.PrometheusUrl);
        return config;
    }

    private static MeshPrometheusConfig Prometheus(Section s)
    {
        var d = new MeshPrometheusConfig();
        var config = new MeshPrometheusConfig
        {
            Url = s.String("url", d.Url, "Its address, like `http://prometheus.istio-system:9090`."),
            Timeout = s.Duration("timeout", d.Timeout, "A query that takes longer is given up and reported.", TimeSpan.FromMilliseconds(100)),
            MaxConcurrent = s.Int("max_concurrent", d.MaxConcurrent, "Queries that run at the same time; the others wait.", 1, 64),
            BearerToken = s.Secret("bearer_token", "Sent as `Authorization: Bearer …`."),
            Username = s.String("username", d.Username, "With `password`, sent as basic authentication."),
            Password = s.Secret("password"),
            Headers = s.SecretMap("headers", "Further headers of each query, such as `X-Scope-OrgID`."),
            InsecureSkipVerify = s.Bool("insecure_skip_verify", d.InsecureSkipVerify, "Do not check the server's certificate."),
            QueryScope = s.StringMap("query_scope", "Labels that every selector gets, for a server that several meshes share: `{mesh_id: mesh1}`."),
        };
        CheckUrl(s, "url", config.Url);
        return config;
    }

    private static MeshHealthRule Rule(Section s)
    {
        var (ns, kind, name) = (s.String("namespace", "", "A regular expression; empty matches all."), s.String("kind", "", "`app`, `service` or `workload`."), s.String("name", "", "A regular expression."));
        foreach (var (key, pattern) in new[] { ("namespace", ns), ("kind", kind), ("name", name) })
        {
            CheckPattern(s, key, pattern);
        }

        return new MeshHealthRule(ns, kind, name, s.ListOf("tolerance", "What is tolerated.", Tolerance));
    }

    private static MeshTolerance Tolerance(Section s)
    {
        var tolerance = new MeshTolerance(
            s.String("code", "", "`5XX`, `404` or a regular expression."),
            s.String("protocol", "", "`http` or `grpc`."),
            s.String("direction", "", "`inbound` or `outbound`."),
            s.Double("degraded", 0, "Percent from which on it is degraded; 0: any.", 0, MaxPercent),
            s.Double("failure", 0, "Percent from which on it has failed.", 0, MaxPercent));
        if (HealthRules.TryMake(tolerance.Code, tolerance.Protocol, tolerance.Direction, tolerance.Degraded, tolerance.Failure) is null)
        {
            s.Error(s.Mark, $"'{tolerance.Code}', '{tolerance.Protocol}' or '{tolerance.Direction}' is not a regular expression; use code: 5XX, protocol: http, direction: inbound");
        }

        return tolerance;
    }

    private static void CheckPattern(Section s, string key, string pattern)
    {
        try
        {
            HealthRules.Pattern(pattern);
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException)
        {
            s.ErrorAt(key, $"'{pattern}' is not a regular expression: {fault.Message}");
        }
    }

    private static void CheckUrl(Section s, string key, string url)
    {
        if (url.Length > 0 && (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https")))
        {
            s.ErrorAt(key, $"'{url}' is not an address of a Prometheus server; use http://host:9090");
        }
    }
}
