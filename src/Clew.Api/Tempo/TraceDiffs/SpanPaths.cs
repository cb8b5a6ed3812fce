using Clew.Query.Diff;

namespace Clew.Api.Tempo.TraceDiffs;

/// <summary>Where each node of a comparison is in either trace: indexes among siblings, from the root down.</summary>
internal sealed class SpanPaths
{
    private readonly int[]?[] _base;
    private readonly int[]?[] _compare;

    public SpanPaths(IReadOnlyList<DiffNode> nodes)
    {
        _base = Of(nodes, static node => node.Base is not null);
        _compare = Of(nodes, static node => node.Compare is not null);
    }

    /// <summary>In the first trace; in the second when the first does not have it.</summary>
    public int[] this[int node] => _base[node] ?? _compare[node]!;

    public int[] InCompare(int node) => _compare[node]!;

    private static int[]?[] Of(IReadOnlyList<DiffNode> nodes, Func<DiffNode, bool> isThere)
    {
        var paths = new int[]?[nodes.Count];
        var children = new int[nodes.Count + 1];
        for (var i = 0; i < nodes.Count; i++)
        {
            if (isThere(nodes[i]))
            {
                var parent = nodes[i].Parent;
                paths[i] = [.. parent < 0 ? [] : paths[parent]!, children[parent + 1]++];
            }
        }

        return paths;
    }
}
