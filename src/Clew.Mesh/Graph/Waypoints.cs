namespace Clew.Mesh.Graph;

/// <summary>
/// In ambient mode traffic passes a waypoint on its way: caller → waypoint → callee. Either the waypoint is shown, or its edges are joined
/// to what they stand for.
/// </summary>
public static class Waypoints
{
    public static void Apply(TrafficMap map, bool isShown)
    {
        var waypoints = map.Nodes.Where(static node => node.IsWaypoint).ToHashSet();
        if (waypoints.Count == 0)
        {
            return;
        }

        foreach (var edge in map.Edges.Where(edge => waypoints.Contains(edge.Source) || waypoints.Contains(edge.Target)))
        {
            // A waypoint is reached over the mesh's own tunnel, whether or not a series says so.
            if (edge.SecurityRate <= 0)
            {
                (edge.SecurityRate, edge.MutualTlsRate) = (1, 1);
            }
        }

        if (!isShown)
        {
            map.Remove(waypoints);
            return;
        }

        foreach (var waypoint in waypoints)
        {
            foreach (var back in waypoint.Edges.ToList())
            {
                if (back.Target.FindEdge(waypoint, back.Protocol) is { } there)
                {
                    there.WaypointDirection = "to";
                    waypoint.RemoveEdges(edge => ReferenceEquals(edge, back));
                }
            }
        }
    }
}
