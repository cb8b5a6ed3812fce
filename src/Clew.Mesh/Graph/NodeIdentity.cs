using System.Security.Cryptography;
using System.Text;
using static Clew.Mesh.Graph.MeshNames;

namespace Clew.Mesh.Graph;

/// <summary>What one side of a hop says of itself. Empty where it says nothing.</summary>
public readonly record struct Party(
    string Cluster, string Namespace, string Workload, string App, string Version, string ServiceNamespace = "", string Service = "")
{
    /// <summary>The workload's namespace, or that of the service it was called by.</summary>
    public string NodeNamespace => IsOk(Namespace) || ServiceNamespace.Length == 0 ? Namespace : ServiceNamespace;
}

/// <summary>
/// Which node a party is. The first rule that matches decides, and the key it makes is the identity: two sources of evidence that name the
/// same thing draw one node.
/// </summary>
public static class NodeIdentity
{
    /// <summary>The key and kind of a party's node, or null when nothing in it names anything.</summary>
    public static (string Key, NodeKind Kind)? Of(in Party party, GraphType type)
    {
        var (cluster, ns) = (party.Cluster, party.NodeNamespace);
        if (ns == Unknown && party.Workload == Unknown && party.App == Unknown && party.Service.Length == 0)
        {
            return ($"{cluster}_unknown_source", NodeKind.Unknown);
        }

        if (party.Workload == Unknown && party.App == Unknown && party.Service == Unknown)
        {
            return ($"svc_{cluster}_{ns}_unknown", NodeKind.Service);
        }

        var (hasWorkload, hasApp, hasService) = (IsOk(party.Workload), IsOk(party.App), IsOk(party.Service));
        if (!hasWorkload && !hasApp && !hasService)
        {
            return null;
        }

        if (type is GraphType.Workload or GraphType.Service)
        {
            return hasWorkload ? WorkloadNode(party, ns) : ServiceNode(party, ns, hasService);
        }

        if (hasApp)
        {
            var key = type switch
            {
                GraphType.VersionedApp when hasWorkload => $"vapp_{cluster}_{ns}_{party.Workload}",
                GraphType.VersionedApp when IsOkVersion(party.Version) => $"vapp_{cluster}_{ns}_{party.App}_{party.Version}",
                _ => $"app_{cluster}_{ns}_{party.App}",
            };
            return (key, NodeKind.App);
        }

        return hasWorkload ? WorkloadNode(party, ns) : ServiceNode(party, ns, hasService);
    }

    public static string Operation(string cluster, string ns, string attribute, string value, string service) =>
        service.Length == 0 ? $"agg_{cluster}_{ns}_{attribute}_{value}" : $"agg_{cluster}_{ns}_{attribute}_{value}_{service}";

    /// <summary>A key as clients see it: the same text everywhere, and safe in an address.</summary>
    public static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    public static string EdgeId(string source, string target, MeshProtocol protocol) => Hash($"{source}.{target}.{protocol.Name()}");

    private static (string, NodeKind) WorkloadNode(in Party party, string ns) => ($"wl_{party.Cluster}_{ns}_{party.Workload}", NodeKind.Workload);

    private static (string, NodeKind) ServiceNode(in Party party, string ns, bool hasService) =>
        ($"svc_{party.Cluster}_{ns}_{(hasService ? party.Service : Unknown)}", NodeKind.Service);
}
