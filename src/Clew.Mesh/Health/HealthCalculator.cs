using Clew.Mesh.Graph;

namespace Clew.Mesh.Health;

/// <summary>Rates by protocol and code in one direction.</summary>
public sealed class CodeRates
{
    private readonly Dictionary<(MeshProtocol Protocol, string Code), double> _rates = [];

    public IEnumerable<(MeshProtocol Protocol, string Code, double Rate)> All => _rates.Select(static entry => (entry.Key.Protocol, entry.Key.Code, entry.Value));

    public void Add(MeshProtocol protocol, string code, double rate)
    {
        if (rate > 0 && protocol != MeshProtocol.Tcp)
        {
            _rates[(protocol, code)] = _rates.GetValueOrDefault((protocol, code)) + rate;
        }
    }

    public void Add(MeshEdge edge)
    {
        foreach (var (code, split) in edge.Responses)
        {
            Add(edge.Protocol, code, split.Total);
        }
    }
}

/// <summary>The pods behind a workload.</summary>
public sealed record PodStatus(string Workload, int Desired, int Current, int Available, int SyncedProxies)
{
    /// <summary>First match decides. <see cref="SyncedProxies"/> below zero means that nobody knows.</summary>
    public HealthStatus Status =>
        Desired == 0 ? HealthStatus.NotReady
        : Available > 0 && (Current < Desired || Available < Desired) ? HealthStatus.Degraded
        : Available == 0 ? HealthStatus.Failure
        : Available == Desired && Available != Current ? HealthStatus.Failure
        : SyncedProxies >= 0 && SyncedProxies < Desired ? HealthStatus.Degraded
        : Desired == Current && Current == Available ? HealthStatus.Healthy
        : HealthStatus.Degraded;
}

/// <summary>Why a node is how it is.</summary>
public sealed record NodeHealth(HealthStatus Status, CodeRates Inbound, CodeRates Outbound, IReadOnlyList<PodStatus> Pods, string? Annotation)
{
    public HealthStatus RequestStatus { get; init; }
}

/// <summary>Judges traffic by tolerances.</summary>
public static class HealthCalculator
{
    public const string Inbound = "inbound";
    public const string Outbound = "outbound";

    /// <summary>The worst that any tolerance says of the rates of one direction.</summary>
    public static HealthStatus Judge(CodeRates rates, string direction, IReadOnlyList<Tolerance> tolerances)
    {
        var worst = HealthStatus.NotApplicable;
        foreach (var protocol in rates.All.GroupBy(static rate => rate.Protocol))
        {
            var name = protocol.Key.Name();
            var total = protocol.Sum(static rate => rate.Rate);
            worst = HealthNames.Worse(worst, HealthStatus.Healthy);
            foreach (var tolerance in tolerances)
            {
                if (tolerance.Protocol.IsMatch(name) && tolerance.Direction.IsMatch(direction))
                {
                    worst = HealthNames.Worse(worst, Judge(protocol.Where(rate => tolerance.Code.IsMatch(rate.Code)).Sum(static rate => rate.Rate), total, tolerance));
                }
            }
        }

        return worst;
    }

    public static HealthStatus Judge(double errors, double total, Tolerance tolerance)
    {
        if (total <= 0)
        {
            return HealthStatus.NotApplicable;
        }

        if (errors <= 0)
        {
            return HealthStatus.Healthy;
        }

        // Rates are rounded to three digits; a ratio that is a hair below its limit through that is at it.
        var ratio = (errors / total * 100) + 1e-9;
        return ratio >= tolerance.Failure ? HealthStatus.Failure : ratio >= tolerance.Degraded ? HealthStatus.Degraded : HealthStatus.Healthy;
    }

    /// <summary>Gives every node and edge of a graph its health.</summary>
    public static void Decorate(TrafficMap map, HealthRules rules, Func<MeshNode, (string? Annotation, IReadOnlyList<PodStatus> Pods)> facts)
    {
        var tolerances = new Dictionary<MeshNode, IReadOnlyList<Tolerance>>();
        var inbound = new Dictionary<MeshNode, CodeRates>();
        foreach (var edge in map.Edges)
        {
            if (!inbound.TryGetValue(edge.Target, out var rates))
            {
                inbound.Add(edge.Target, rates = new CodeRates());
            }

            rates.Add(edge);
        }

        foreach (var node in map.Nodes)
        {
            var (annotation, pods) = facts(node);
            var own = rules.For(node.Namespace, node.Kind.Name(), node.DisplayName, annotation);
            tolerances.Add(node, own);
            var into = inbound.GetValueOrDefault(node) ?? new CodeRates();
            var outOf = new CodeRates();
            foreach (var edge in node.Edges)
            {
                outOf.Add(edge);
            }

            var requests = HealthNames.Worse(Judge(into, Inbound, own), Judge(outOf, Outbound, own));
            var status = pods.Aggregate(requests, static (worst, pod) => HealthNames.Worse(worst, pod.Status));
            node.Health = new NodeHealth(status, into, outOf, pods, annotation) { RequestStatus = requests };
        }

        foreach (var edge in map.Edges)
        {
            var rates = new CodeRates();
            rates.Add(edge);
            edge.Health = HealthNames.Worse(Judge(rates, Outbound, tolerances[edge.Source]), Judge(rates, Inbound, tolerances[edge.Target]));
        }
    }
}
