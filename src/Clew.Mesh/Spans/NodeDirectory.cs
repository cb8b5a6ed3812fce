using Clew.Semantics.Nodes;

namespace Clew.Mesh.Spans;

/// <summary>
/// The services that were seen, by name. What one span leaves out (an application that knows only its name, a sender without a cluster)
/// others of the same service tell: where all that know more agree, it is taken from them.
/// </summary>
internal sealed class NodeDirectory
{
    private readonly Dictionary<string, List<ServiceNode>> _byApp = new(StringComparer.Ordinal);
    private readonly Dictionary<ServiceNode, ServiceNode> _completed = [];

    public NodeDirectory(IEnumerable<ServiceNode> seen)
    {
        foreach (var node in seen.Where(static node => node.Kind == NodeKind.Service).Distinct())
        {
            if (!_byApp.TryGetValue(node.App, out var alike))
            {
                _byApp.Add(node.App, alike = []);
            }

            alike.Add(node);
        }
    }

    public ServiceNode Complete(ServiceNode node)
    {
        if (node.Kind != NodeKind.Service || !_byApp.TryGetValue(node.App, out var alike))
        {
            return node;
        }

        if (!_completed.TryGetValue(node, out var completed))
        {
            // Where first: once it is known, versions and workloads of other places do not matter.
            completed = node;
            completed = completed with { Namespace = OnlyOne(completed, alike, static one => one.Namespace) };
            completed = completed with { Cluster = OnlyOne(completed, alike, static one => one.Cluster) };
            completed = completed with { Workload = OnlyOne(completed, alike, static one => one.Workload) };
            completed = completed with { Version = OnlyOne(completed, alike, static one => one.Version) };
            _completed.Add(node, completed);
        }

        return completed;
    }

    private static string OnlyOne(ServiceNode node, List<ServiceNode> alike, Func<ServiceNode, string> field)
    {
        var found = field(node);
        if (found.Length > 0)
        {
            return found;
        }

        foreach (var other in alike)
        {
            var said = field(other);
            if (said.Length == 0 || !other.IsSameAs(node))
            {
                continue;
            }

            if (found.Length > 0 && found != said)
            {
                return "";
            }

            found = said;
        }

        return found;
    }
}
