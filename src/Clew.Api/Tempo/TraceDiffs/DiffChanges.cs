using Clew.Model;
using Clew.Query.Diff;
using Clew.Query.Values;

namespace Clew.Api.Tempo.TraceDiffs;

/// <summary>A field (no scope) or an attribute of a matched span that differs; nil where a side does not have it.</summary>
internal readonly record struct DiffChange(string? Scope, string Name, QueryValue Before, QueryValue After);

/// <summary>What differs within a matched span, in the words of the patch.</summary>
internal static class DiffChanges
{
    /// <summary>Durations never repeat: below a millisecond, or a twentieth, it is the same duration.</summary>
    private const long MinDriftNanos = UnixNano.PerMillisecond;
    private const long DriftShare = 20;

    public static List<DiffChange> Of(DiffNode node)
    {
        var changes = new List<DiffChange>();
        if (node is not { Base: { } before, Compare: { } after })
        {
            return changes;
        }

        if (HasDrifted(before.DurationNanos, after.DurationNanos))
        {
            changes.Add(new DiffChange(null, "duration_nanos", QueryValue.Int(before.DurationNanos), QueryValue.Int(after.DurationNanos)));
        }

        if (before.Status != after.Status)
        {
            changes.Add(new DiffChange(null, "status", QueryValue.String(QueryValue.StatusText(before.Status)), QueryValue.String(QueryValue.StatusText(after.Status))));
        }

        foreach (var (key, one, other) in node.Attributes)
        {
            var dot = key.IndexOf('.', StringComparison.Ordinal);
            changes.Add(dot < 0 ? new DiffChange(null, "status_message", one, other) : new DiffChange(key[..dot], key[(dot + 1)..], one, other));
        }

        return changes;
    }

    public static bool HasDrifted(long beforeNanos, long afterNanos) =>
        Math.Abs(afterNanos - beforeNanos) >= Math.Max(MinDriftNanos, beforeNanos / DriftShare);
}
