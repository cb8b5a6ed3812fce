using Clew.Server.Configuration.Binding;
using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration.Foreign;

/// <summary>
/// Kiali's settings: its own file, the values of its Helm chart, or the resource of its operator (under <c>spec</c>). What the graph needs
/// is taken over; of the rest, what would change who sees what is said.
/// </summary>
internal static class KialiMapping
{
    /// <summary>Sections that have no counterpart here, because they set up Kiali's own deployment or pages.</summary>
    private static readonly string[] s_passedOver =
    [
        "additional_display_details", "api", "auth", "cluster_name", "clustering", "custom_dashboards", "deployment", "external_services", "extensions", "health_config",
        "identity", "in_cluster", "installation_tag", "istio_labels", "istio_namespace", "kiali_feature_flags", "kiali_internal", "kubernetes_config", "login_token",
        "server", "version", "fullnameOverride", "nameOverride", "cr", "image", "watchNamespace", "allowAdHocKialiNamespace",
    ];

    public static ConfigMap Map(ConfigMap root, BindContext context)
    {
        var settings = root.FindMap("spec") ?? root.FindMap("cr", "spec") ?? root;
        var own = ConfigMap.Empty(SourceMark.Default);
        foreach (var entry in settings.Entries)
        {
            if (!s_passedOver.Contains(entry.Key))
            {
                context.Problems.Warn(entry.KeyMark, $"'{entry.Key}' is not supported and has no effect");
            }
        }

        Move("prometheus", "url", "external_services", "prometheus", "url");
        Move("prometheus", "headers", "external_services", "prometheus", "custom_headers");
        Move("prometheus", "query_scope", "external_services", "prometheus", "query_scope");
        Move("prometheus", "insecure_skip_verify", "external_services", "prometheus", "auth", "insecure_skip_verify");
        if (settings.TryFind(out var authType, "external_services", "prometheus", "auth", "type") && authType is ConfigScalar { Text: var type })
        {
            switch (type)
            {
                case "bearer":
                    Move("prometheus", "bearer_token", "external_services", "prometheus", "auth", "token");
                    break;
                case "basic":
                    Move("prometheus", "username", "external_services", "prometheus", "auth", "username");
                    Move("prometheus", "password", "external_services", "prometheus", "auth", "password");
                    break;
                case "" or "none":
                    break;
                default:
                    context.Problems.Warn(authType.Mark, $"external_services.prometheus.auth.type: '{type}' is not supported; queries carry no credentials. Use bearer or basic");
                    break;
            }
        }

        if (settings.TryFind(out var istio, "istio_namespace") && !istio.IsNull)
        {
            own = own.WithPath(istio, "mesh", "istio_namespace");
        }

        if (settings.TryFind(out var cluster, "kubernetes_config", "cluster_name") && !cluster.IsNull)
        {
            own = own.WithPath(cluster, "mesh", "cluster");
        }

        if (settings.TryFind(out var rates, "health_config", "rate") && rates is ConfigList)
        {
            own = own.WithPath(rates, "mesh", "health");
        }

        // Kiali reads its cluster always; outside of one it would not run.
        if (settings.Has("deployment") || root.Has("kind"))
        {
            own = own.WithPath(ConfigScalar.Of(true, settings.Mark), "mesh", "kubernetes");
        }

        return own;

        void Move(string section, string key, params string[] path)
        {
            if (settings.TryFind(out var node, path) && !node.IsNull && node is not (ConfigScalar { Text: "" } or ConfigMap { Entries.Count: 0 }))
            {
                own = own.WithPath(node, "mesh", section, key);
            }
        }
    }
}
