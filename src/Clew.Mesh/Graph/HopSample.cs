namespace Clew.Mesh.Graph;

/// <summary>
/// One observation of traffic between two parties, whatever observed it. <paramref name="Series"/> names what was counted: two observers
/// of the same requests give the same text, and it is taken once.
/// </summary>
public readonly record struct HopSample(
    Party Source, Party Target, MeshProtocol Protocol, string Code, string Flags, string Host, double Rate, string Series, Evidence Evidence);

/// <summary>What an observation became in the graph.</summary>
public readonly record struct HopPath(MeshEdge? First, MeshEdge? Second)
{
    /// <summary>The edges from the caller to the callee: one, or two with a service node between them.</summary>
    public IEnumerable<MeshEdge> Edges
    {
        get
        {
            if (First is not null)
            {
                yield return First;
            }

            if (Second is not null)
            {
                yield return Second;
            }
        }
    }
}

/// <summary>Builds nodes and edges from observations.</summary>
public sealed class TrafficAssembler(TrafficMap map, GraphType type, bool injectServiceNodes)
{
    /// <summary>The edges of a hop, made when they are new, without traffic; null when one side names nothing.</summary>
    public HopPath? Path(in Party source, in Party target, MeshProtocol protocol)
    {
        // The caller is who it is, not the service it was called by.
        if (map.NodeOf(source with { ServiceNamespace = "", Service = "" }, type) is not { } from || map.NodeOf(target, type) is not { } to)
        {
            return null;
        }

        if (!IsThroughService(target, to))
        {
            return new HopPath(from.EdgeTo(to, protocol), null);
        }

        var service = map.NodeOf(ServiceOf(target), GraphType.Service)!;
        service.IsInjected = true;
        return new HopPath(from.EdgeTo(service, protocol), service.EdgeTo(to, protocol));
    }

    /// <summary>As <see cref="Path"/>, for what exists already.</summary>
    public HopPath? FindPath(in Party source, in Party target, MeshProtocol protocol)
    {
        if (Find(source with { ServiceNamespace = "", Service = "" }) is not { } from || Find(target) is not { } to)
        {
            return null;
        }

        if (!IsThroughService(target, to))
        {
            return from.FindEdge(to, protocol) is { } edge ? new HopPath(edge, null) : null;
        }

        return NodeIdentity.Of(ServiceOf(target), GraphType.Service) is var (key, _) && map.Find(key) is { } service
            ? new HopPath(from.FindEdge(service, protocol), service.FindEdge(to, protocol))
            : null;
    }

    public HopPath? Add(in HopSample sample)
    {
        if (Path(sample.Source, sample.Target, sample.Protocol) is not { } path)
        {
            return null;
        }

        foreach (var edge in path.Edges)
        {
            if (!edge.Claim(sample.Series))
            {
                continue;
            }

            edge.Add(sample.Code, sample.Flags, sample.Host, sample.Rate);
            edge.Evidence |= sample.Evidence;
            Count(edge, sample);
        }

        return path;
    }

    private static void Count(MeshEdge edge, in HopSample sample)
    {
        edge.Source.Evidence |= sample.Evidence;
        edge.Target.Evidence |= sample.Evidence;
        edge.Source.Traffic.Out(sample.Protocol) += sample.Rate;
        edge.Source.Traffic.OutClasses(sample.Protocol).Add(sample.Protocol, sample.Code, sample.Rate);
        edge.Target.Traffic.In(sample.Protocol).Add(sample.Protocol, sample.Code, sample.Rate);
        if (MeshNames.IsOk(sample.Target.Service))
        {
            edge.Target.DestServices.Add(new ServiceName(sample.Target.Cluster, sample.Target.ServiceNamespace, sample.Target.Service));
        }
    }

    private bool IsThroughService(in Party target, MeshNode node) =>
        injectServiceNodes && node.Kind != NodeKind.Service && MeshNames.IsOk(target.Service) && target.Service != MeshNames.PassthroughCluster
        && !node.IsWaypoint;

    private static Party ServiceOf(in Party target) => new(target.Cluster, "", "", "", "", target.ServiceNamespace, target.Service);

    private MeshNode? Find(in Party party) => NodeIdentity.Of(party, type) is var (key, _) ? map.Find(key) : null;
}
