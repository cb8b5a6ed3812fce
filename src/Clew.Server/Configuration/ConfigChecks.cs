using Clew.Server.Configuration.Binding;
using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration;

/// <summary>What can only be judged when the whole configuration is known.</summary>
internal static class ConfigChecks
{
    public static void Run(ClewConfig config, ConfigMap tree, ConfigProblems problems, bool isContainer)
    {
        var listeners = Listeners.Of(config);
        CheckPorts(listeners, tree, problems);
        CheckStore(config, tree, problems);
        if (!problems.HasErrors)
        {
            WarnAboutReach(config, tree, listeners, problems, isContainer);
        }
    }

    private static void CheckPorts(IReadOnlyList<Listener> listeners, ConfigMap tree, ConfigProblems problems)
    {
        for (var i = 0; i < listeners.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var (first, second) = (listeners[j], listeners[i]);
                if (first.IsUdp == second.IsUdp && first.Endpoint.CollidesWith(second.Endpoint) && !AreOneReceiver(first, second))
                {
                    var mark = MarkOf(tree, second);
                    var other = MarkOf(tree, first);
                    problems.Error(
                        mark.Document.IsWritten ? mark : other,
                        $"{string.Join('.', second.Path)}: {second.What} {second.Endpoint} and {first.What} {first.Endpoint} want the same port; "
                        + "give one of them another");
                }
            }
        }
    }

    /// <summary>OTLP's two protocols may share one address: each request says which it speaks.</summary>
    private static bool AreOneReceiver(Listener first, Listener second) =>
        first.Endpoint == second.Endpoint && first.Path[0] == "receivers" && second.Path[0] == "receivers" && first.Path[1] == second.Path[1]
        && first.What.StartsWith("OTLP", StringComparison.Ordinal);

    private static SourceMark MarkOf(ConfigMap tree, Listener listener) =>
        tree.TryFind(out var node, listener.Path) ? node.Mark : SourceMark.Default;

    private static void CheckStore(ClewConfig config, ConfigMap tree, ConfigProblems problems)
    {
        var feedsStore = config.Pipeline.Exports<StoreExporterConfig>();
        if (feedsStore && config.Storage.Path is null)
        {
            problems.Error(
                tree.TryFind(out var path, "storage", "path") ? path.Mark : SourceMark.Default,
                $"storage.path: '{StorageConfig.NoPath}' leaves no folder for the store that a pipeline exports to; name a folder, or export elsewhere");
        }

        if (!feedsStore && config.StorageIsConfigured)
        {
            problems.Warn("storage is configured and no pipeline ends in it: add 'store' to the exporters of service.pipelines.traces to keep new spans here");
        }

        if (!feedsStore && !config.Pipeline.Exports<NetworkExporterConfig>() && !config.Pipeline.Exports<BuiltExporterConfig>() && config.Pipeline.Pipelines.Count > 0)
        {
            problems.Warn("no pipeline keeps spans or sends them on: they are shown by the debug exporter and gone");
        }
    }

    private static void WarnAboutReach(ClewConfig config, ConfigMap tree, IReadOnlyList<Listener> listeners, ConfigProblems problems, bool isContainer)
    {
        var open = listeners.Where(listener => !listener.Endpoint.IsLoopback && listener.Path[0] != "extensions" && !AsksWhoItIs(config, tree, listener)).ToList();
        if (open.Count > 0)
        {
            problems.Warn(
                $"{Join(open)} can be reached from other machines without authentication: whoever reaches a port can send spans or read them. "
                + "Keep the ports inside a trusted network, or bind 127.0.0.1");
        }

        var closed = listeners.Where(static listener => listener.Endpoint.IsLoopback && listener.Path[0] != "extensions").ToList();
        if (isContainer && closed.Count > 0)
        {
            problems.Warn(
                $"{Join(closed)} cannot be reached from outside this container: bind 0.0.0.0 ({Options(closed)}). "
                + "A loopback address in a container is the usual reason why no traces arrive");
        }
    }

    /// <summary>The API does with <c>auth.tokens</c>; a receiver with an authenticator of its own, or when senders must show a certificate.</summary>
    private static bool AsksWhoItIs(ClewConfig config, ConfigMap tree, Listener listener)
    {
        if (listener.Path[0] == "server")
        {
            return config.Auth.IsEnabled;
        }

        string[] settings = listener.Path[..^1];
        return tree.TryFind(out _, [.. settings, "auth"]) || tree.TryFind(out _, [.. settings, "tls", "client_ca_file"]);
    }

    private static string Join(IEnumerable<Listener> listeners) =>
        string.Join(", ", listeners.Select(static listener => $"{listener.What} {listener.Endpoint}"));

    private static string Options(IEnumerable<Listener> listeners) =>
        string.Join(" ", listeners.Select(static listener => $"--set {string.Join('.', listener.Path)}=0.0.0.0:{listener.Endpoint.Port}"));
}
