using Clew.Api.Http;
using Clew.Query.Diff;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.Tempo.TraceDiffs;

/// <summary>Where each node of a comparison is in either trace: indexes among siblings, from the root down.</summary>
internal sealed class SpanPaths
{
    /// <summary>Steps of all paths in one answer, some 10 MB of it. Only traces that are thousands of calls deep come near.</summary>
    public const int MaxSteps = 5_000_000;

    private readonly IReadOnlyList<DiffNode> _nodes;
    private readonly int[] _base;
    private readonly int[] _compare;
    private long _steps;

    public SpanPaths(IReadOnlyList<DiffNode> nodes)
    {
        _nodes = nodes;
        _base = Indexes(nodes, static node => node.Base is not null);
        _compare = Indexes(nodes, static node => node.Compare is not null);
    }

    /// <summary>In the first trace; in the second when the first does not have it.</summary>
    public int[] this[int node] => Path(node, _nodes[node].Base is not null ? _base : _compare);

    /// <summary>The place among its siblings in the second trace.</summary>
    public int IndexInCompare(int node) => _compare[node];

    private int[] Path(int node, int[] indexes)
    {
        var path = new int[_nodes[node].Depth + 1];
        _steps += path.Length;
        if (_steps > MaxSteps)
        {
            throw new ApiException(
                StatusCodes.Status422UnprocessableEntity, $"the traces are too deep for a patch: its paths have more than {MaxSteps} steps; ask for format {DiffQuestion.Summary}");
        }

        for (var (at, i) = (node, path.Length - 1); at >= 0; at = _nodes[at].Parent, i--)
        {
            path[i] = indexes[at];
        }

        return path;
    }

    private static int[] Indexes(IReadOnlyList<DiffNode> nodes, Func<DiffNode, bool> isThere)
    {
        var (indexes, children) = (new int[nodes.Count], new int[nodes.Count + 1]);
        for (var i = 0; i < nodes.Count; i++)
        {
            if (isThere(nodes[i]))
            {
                indexes[i] = children[nodes[i].Parent + 1]++;
            }
        }

        return indexes;
    }
}
