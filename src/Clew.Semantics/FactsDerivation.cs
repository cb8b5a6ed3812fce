using System.Globalization;
using Clew.Model;
using Clew.Semantics.Attributes;
using Clew.Semantics.Nodes;

namespace Clew.Semantics;

/// <summary>Derives <see cref="SpanFacts"/> from a span's attributes and its resource. Runs once for all spans that say the same.</summary>
internal readonly ref struct FactsDerivation(AttributeSlots slots, ReadOnlySpan<byte> span, ResourceFacts resource, SpanKind kind)
{
    private readonly AttributeSlots _slots = slots;
    private readonly ReadOnlySpan<byte> _span = span;
    private readonly ResourceFacts _resource = resource;
    private readonly SpanKind _kind = kind;

    public SpanFacts Derive(int id)
    {
        var isProxy = Text(SemanticKey.Component) == NodeDerivation.ProxyComponent || Has(SemanticKey.NodeId) || Has(SemanticKey.UpstreamCluster);
        var texts = Texts();
        var (source, destination) = (NodeDerivation.Waypoint(texts, source: true), NodeDerivation.Waypoint(texts, source: false));
        var isWaypoint = source is not null && destination is not null;
        var connection = Connection(out var system);
        var protocol = Protocol(connection, system);
        var code = Code(protocol);
        var isCaller = _kind is SpanKind.Client or SpanKind.Producer;
        return new SpanFacts
        {
            Id = id,
            Kind = _kind,
            Node = isWaypoint ? destination! : SpanHasNode() ? NodeDerivation.Derive(texts, isProxy) : _resource.Node,
            IsProxy = isProxy || isWaypoint,
            IsGateway = Text(SemanticKey.NodeId).StartsWith("router~", StringComparison.Ordinal),
            Protocol = protocol,
            Connection = connection,
            Code = code,
            Flags = Flags(),
            CodeIsError = CodeIsError(protocol, code),
            Tls = Tls(),
            Callee = isCaller ? Callee(connection, system) : null,
            Caller = isCaller ? null : Caller(),
            WaypointSource = isWaypoint ? source : null,
            Operation = Operation(protocol),
        };
    }

    /// <summary>Attributes of the node on the span itself, as Zipkin senders and Envoy put them.</summary>
    private bool SpanHasNode()
    {
        foreach (var key in _slots.Keys)
        {
            if (key is >= SemanticKey.ServiceName and <= SemanticKey.IstioCluster or SemanticKey.NodeId or SemanticKey.Component)
            {
                return true;
            }
        }

        return false;
    }

    private ConnectionKind Connection(out string system)
    {
        system = Text([SemanticKey.DbSystemName, SemanticKey.DbSystem, SemanticKey.DbType]);
        if (system.Length > 0 || Has(SemanticKey.DbNamespace) || Has(SemanticKey.DbName))
        {
            return ConnectionKind.Database;
        }

        system = Text(SemanticKey.MessagingSystem);
        return system.Length > 0 || Has(SemanticKey.MessageBusDestination) || _kind is SpanKind.Producer or SpanKind.Consumer
            ? ConnectionKind.Messaging
            : ConnectionKind.Call;
    }

    private string Protocol(ConnectionKind connection, string system)
    {
        if (connection != ConnectionKind.Call)
        {
            return system;
        }

        var rpc = Text([SemanticKey.RpcSystemName, SemanticKey.RpcSystem]);
        if (rpc.Length > 0)
        {
            return rpc;
        }

        if (Has(SemanticKey.GrpcStatusCode) || Has(SemanticKey.GrpcPath) || Has(SemanticKey.RpcGrpcStatusCode))
        {
            return "grpc";
        }

        var isHttp = Has(SemanticKey.HttpMethod) || Has(SemanticKey.HttpRequestMethod) || Has(SemanticKey.HttpStatusCode)
            || Has(SemanticKey.HttpResponseStatusCode) || Has(SemanticKey.HttpUrl) || Has(SemanticKey.HttpRoute);
        return isHttp ? "http" : "";
    }

    /// <summary>The gRPC status, unless HTTP itself failed underneath it.</summary>
    private string Code(string protocol)
    {
        var http = Text([SemanticKey.HttpResponseStatusCode, SemanticKey.HttpStatusCode]);
        if (protocol == "grpc")
        {
            var grpc = GrpcCode.Number(Text([SemanticKey.RpcGrpcStatusCode, SemanticKey.RpcResponseStatusCode, SemanticKey.GrpcStatusCode]));
            if (grpc.Length > 0 && !(int.TryParse(http, CultureInfo.InvariantCulture, out var status) && status >= 400))
            {
                return grpc;
            }
        }

        // Envoy writes 0 when no answer came.
        return http == "0" ? "-" : http;
    }

    private bool CodeIsError(string protocol, string code)
    {
        if (Text(SemanticKey.Error) is { Length: > 0 } error && error != "false")
        {
            return true;
        }

        if (code == "-")
        {
            return true;
        }

        if (!int.TryParse(code, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        if (protocol == "grpc" && number is >= 0 and <= 16)
        {
            return _kind == SpanKind.Server ? GrpcCode.IsServerError(number) : number != 0;
        }

        return number >= (_kind == SpanKind.Client ? 400 : 500) && number < 600;
    }

    private string Flags()
    {
        var flags = Text(SemanticKey.ResponseFlags);
        return flags == "-" ? "" : flags;
    }

    private MutualTls Tls()
    {
        var policy = Text(SemanticKey.ConnectionSecurityPolicy);
        if (policy.Length > 0 && policy != "unknown")
        {
            return policy == "mutual_tls" ? MutualTls.Yes : MutualTls.No;
        }

        // The header is set by the receiving proxy after it has checked the peer's certificate; "-" is Envoy's word for absent.
        var certificate = Text([SemanticKey.ClientCertificate, SemanticKey.ClientCertificateHeader]);
        return certificate.Length > 0 && certificate != "-" ? MutualTls.Yes : MutualTls.Unknown;
    }

    private ServiceNode? Callee(ConnectionKind connection, string system)
    {
        var peer = Text(SemanticKey.PeerService);
        switch (connection)
        {
            case ConnectionKind.Database:
                // As Tempo names it: peer, address, else the database itself.
                return Virtual(NodeKind.Database, [peer, Address(), DbText(), system]);
            case ConnectionKind.Messaging:
                var destination = Text([SemanticKey.MessagingDestinationName, SemanticKey.MessagingDestination, SemanticKey.MessageBusDestination]);
                return Virtual(NodeKind.Messaging, [destination, peer, system, Address()]);
            default:
                break;
        }

        // A proxy knows the service that it chose; a peer that only has an address knows less.
        if (UpstreamCluster.Target(Text(SemanticKey.UpstreamClusterName) is { Length: > 0 } name ? name : Text(SemanticKey.UpstreamCluster)) is { } upstream)
        {
            return upstream;
        }

        if (peer.Length > 0)
        {
            return new ServiceNode { Kind = NodeKind.External, App = peer };
        }

        var host = Text([SemanticKey.ServerAddress, SemanticKey.NetPeerName, SemanticKey.PeerHostname]);
        if (host.Length == 0)
        {
            host = HostText.OfUrl(Text([SemanticKey.UrlFull, SemanticKey.HttpUrl]));
        }

        if (host.Length == 0)
        {
            host = HostText.WithoutPort(Text(SemanticKey.HttpHost));
        }

        if (host.Length > 0)
        {
            return UpstreamCluster.IsMeshHost(host)
                ? UpstreamCluster.MeshHost(host, "")
                : new ServiceNode { Kind = NodeKind.External, App = HostText.WithPort(host, Text([SemanticKey.ServerPort, SemanticKey.NetPeerPort])) };
        }

        return Virtual(NodeKind.External, [Text(SemanticKey.RpcService), Address()]);
    }

    private ServiceNode? Caller() => Virtual(NodeKind.External, [Text(SemanticKey.PeerService)]);

    private string DbText() => Text([SemanticKey.DbNamespace, SemanticKey.DbName, SemanticKey.DbInstance]);

    private string Address()
    {
        var name = Text([SemanticKey.ServerAddress, SemanticKey.NetPeerName, SemanticKey.PeerHostname]);
        if (name.Length > 0)
        {
            return name;
        }

        var address = Text([SemanticKey.NetworkPeerAddress, SemanticKey.NetSockPeerAddress, SemanticKey.NetPeerIp, SemanticKey.PeerIpv4]);
        return address.Length > 0
            ? HostText.WithPort(address, Text([SemanticKey.NetworkPeerPort, SemanticKey.NetPeerPort, SemanticKey.PeerPort]))
            : Text(SemanticKey.PeerAddress);
    }

    private string Operation(string protocol)
    {
        var method = Text(SemanticKey.RpcMethod);
        if (method.Length > 0 && protocol.Length > 0)
        {
            var service = Text(SemanticKey.RpcService);
            return service.Length > 0 && !method.Contains('/', StringComparison.Ordinal) ? $"{service}/{method}" : method;
        }

        var route = Text(SemanticKey.HttpRoute);
        var verb = Text([SemanticKey.HttpRequestMethod, SemanticKey.HttpMethod]);
        return route.Length == 0 ? "" : verb.Length == 0 ? route : $"{verb} {route}";
    }

    private static ServiceNode? Virtual(NodeKind kind, ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (name.Length > 0)
            {
                return new ServiceNode { Kind = kind, App = name };
            }
        }

        return null;
    }

    private bool Has(SemanticKey key) => _slots.Has(key);

    private string Text(SemanticKey key) => _slots.Has(key) ? _slots.Text(key, _span) : _resource.Text(key);

    private string Text(ReadOnlySpan<SemanticKey> keys)
    {
        foreach (var key in keys)
        {
            var text = Text(key);
            if (text.Length > 0)
            {
                return text;
            }
        }

        return "";
    }

    /// <summary>The same look-up as a function, with the texts taken out of the bytes: a ref struct cannot be captured.</summary>
    private Func<SemanticKey, string> Texts()
    {
        var texts = new string?[SemanticKeys.Count];
        foreach (var key in _slots.Keys)
        {
            texts[(int)key] = _slots.Text(key, _span);
        }

        var resource = _resource;
        return key => texts[(int)key] ?? resource.Text(key);
    }
}
