using Clew.Mesh.Graph;

namespace Clew.Mesh.Spans;

/// <summary>What a span says of the other side: the service that a proxy chose, or whatever a client knows of a callee without spans.</summary>
internal static class PeerNames
{
    /// <summary><c>outbound|9080|v1|reviews.bookinfo.svc.cluster.local</c>: the service and its namespace.</summary>
    public static (string Service, string Namespace)? Upstream(SpanFacts span)
    {
        if (span.Attribute("upstream_cluster") is not { Length: > 0 } cluster)
        {
            return null;
        }

        if (MeshNames.IsEgressCluster(cluster))
        {
            return (cluster, MeshNames.Unknown);
        }

        var name = span.Attribute("upstream_cluster.name") is { Length: > 0 } alternative && !cluster.Contains('|') ? alternative : cluster;
        var parts = name.Split('|');
        if (parts.Length < 4)
        {
            parts = name.Split(';') is [var port, var direction, .. var rest] ? [direction, port, "", string.Concat(rest)] : parts;
        }

        return parts is [_, _, _, { Length: > 0 } host] && !parts[0].StartsWith("inbound", StringComparison.Ordinal) ? OfHost(host) : null;
    }

    /// <summary>A name inside the cluster: <c>service.namespace.svc…</c>. Others stay whole.</summary>
    public static (string Service, string Namespace) OfHost(string host)
    {
        var bare = host.Split(':')[0];
        var parts = bare.Split('.');
        return parts.Length >= 3 && parts[2] == "svc" ? (parts[0], parts[1]) : (bare, MeshNames.Unknown);
    }

    public static string Host(SpanFacts span)
    {
        var host = span.First("server.address", "http.host", "net.peer.name", "peer.hostname", "peer.address", "upstream_address");
        if (host.Length == 0 && Uri.TryCreate(span.First("url.full", "http.url"), UriKind.Absolute, out var url))
        {
            return url.Authority;
        }

        var port = span.First("server.port", "net.peer.port");
        return host.Length > 0 && port.Length > 0 && !host.Contains(':') ? $"{host}:{port}" : host;
    }

    /// <summary>The callee of a client span that no server span answers; null when the span says nothing of it.</summary>
    public static (Party Party, string Role)? Virtual(SpanFacts span, in Party caller)
    {
        var cluster = caller.Cluster;
        if (Upstream(span) is { } upstream)
        {
            return MeshNames.IsEgressCluster(upstream.Service)
                ? (Service(cluster, MeshNames.Unknown, upstream.Service), "external")
                : (Service(cluster, upstream.Namespace, upstream.Service), upstream.Namespace == MeshNames.Unknown ? "external" : "");
        }

        var database = span.First("db.system.name", "db.system");
        var messaging = span.First("messaging.system");
        var named = span.First("peer.service");
        if (database.Length > 0)
        {
            var name = named.Length > 0 ? named : Joined(database, span.First("db.namespace", "db.name", "server.address", "net.peer.name"));
            return (Service(cluster, caller.Namespace, name), "database");
        }

        if (messaging.Length > 0)
        {
            return (Service(cluster, caller.Namespace, Joined(messaging, span.First("messaging.destination.name", "messaging.destination"))), "messaging");
        }

        if (named.Length > 0)
        {
            var dot = named.IndexOf('.');
            return dot > 0 && dot == named.LastIndexOf('.') && dot < named.Length - 1
                ? (Service(cluster, named[(dot + 1)..], named[..dot]), "")
                : (Service(cluster, caller.Namespace, named), "external");
        }

        var rpc = span.First("rpc.service");
        var host = Host(span);
        if (host.Length > 0)
        {
            var (service, ns) = OfHost(host);
            return (Service(cluster, service.Contains('.') ? MeshNames.Unknown : ns == MeshNames.Unknown ? caller.Namespace : ns, service), "external");
        }

        return rpc.Length > 0 ? (Service(cluster, caller.Namespace, rpc), "external") : null;
    }

    private static string Joined(string system, string name) => name.Length > 0 ? $"{system}:{name}" : system;

    private static Party Service(string cluster, string ns, string name) =>
        new(cluster, MeshNames.Unknown, MeshNames.Unknown, MeshNames.Unknown, MeshNames.Unknown, ns, name);
}
