using System.Text.Json;
using Clew.Model;
using Clew.Query.Diff;

namespace Clew.Api.Tempo.TraceDiffs;

/// <summary>Writes <c>trace-summary-v0-native</c>: whether the second trace is slower, larger, worse, and in which services.</summary>
internal static class SummaryJson
{
    private const double NanosPerMs = UnixNano.PerMillisecond;

    public static void Write(Utf8JsonWriter json, TraceDiff diff)
    {
        var (sumBase, sumCompare) = (Sum(diff.Nodes, static node => node.Base), Sum(diff.Nodes, static node => node.Compare));
        var matched = diff.Nodes.Count(static node => node is { Base: not null, Compare: not null });
        var changes = diff.Nodes.Select(DiffChanges.Of).ToList();
        json.WriteStartObject();
        json.WriteString("version", DiffQuestion.Summary);
        WriteSide(json, "base", diff.Base, sumBase);
        WriteSide(json, "compare", diff.Compare, sumCompare);
        json.WriteStartObject("signals");
        json.WriteString("traceLatency", Drift(diff.Base.DurationNanos, diff.Compare.DurationNanos));
        json.WriteString("sumSpanDuration", Drift(sumBase, sumCompare));
        json.WriteString("errors", Sign(diff.Compare.Errors - diff.Base.Errors));
        json.WriteString("spanCount", Sign(diff.Compare.Spans - diff.Base.Spans));
        json.WriteString("structure", matched == diff.Nodes.Count ? "unchanged" : "changed");
        json.WriteEndObject();
        json.WriteStartObject("trust");
        json.WriteNumber("matchedSpanRatio", Ratio(2 * matched, diff.Base.Spans + diff.Compare.Spans));
        json.WriteNumber("structureOverlap", Ratio(matched, diff.Nodes.Count));
        json.WriteEndObject();
        json.WriteStartObject("stats");
        json.WriteNumber("durationMsDelta", (diff.Compare.DurationNanos - diff.Base.DurationNanos) / NanosPerMs);
        json.WriteNumber("sumSpanDurationMsDelta", (sumCompare - sumBase) / NanosPerMs);
        json.WriteNumber("spanCountDelta", diff.Compare.Spans - diff.Base.Spans);
        json.WriteNumber("errorSpanCountDelta", diff.Compare.Errors - diff.Base.Errors);
        json.WriteNumber("matchedSpans", matched);
        json.WriteNumber("modifiedSpans", changes.Count(static of => of.Count > 0));
        json.WriteNumber("addedSpans", diff.Nodes.Count(static node => node.Change == SpanChange.Added));
        json.WriteNumber("removedSpans", diff.Nodes.Count(static node => node.Change == SpanChange.Removed));
        json.WriteNumber("fieldChanges", changes.Sum(static of => of.Count(static change => change.Scope is null)));
        json.WriteNumber("attributeChanges", changes.Sum(static of => of.Count(static change => change.Scope is not null)));
        json.WriteEndObject();
        WriteServices(json, diff, changes);
        json.WriteStartArray("warnings");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteSide(Utf8JsonWriter json, string name, DiffSummary side, long sumNanos)
    {
        json.WriteStartObject(name);
        json.WriteString("traceId", side.Id.ToString());
        json.WriteString("rootService", side.RootService ?? "");
        json.WriteString("rootName", side.RootName ?? "");
        json.WriteNumber("spanCount", side.Spans);
        json.WriteNumber("errorSpanCount", side.Errors);
        json.WriteNumber("durationMs", side.DurationNanos / NanosPerMs);
        json.WriteNumber("sumSpanDurationMs", sumNanos / NanosPerMs);
        json.WriteEndObject();
    }

    /// <summary>Services in which something differs, by name.</summary>
    private static void WriteServices(Utf8JsonWriter json, TraceDiff diff, List<List<DiffChange>> changes)
    {
        var services = diff.Nodes.Select((node, i) => (Node: node, IsModified: changes[i].Count > 0)).GroupBy(static one => one.Node.Service)
            .OrderBy(static group => group.Key, StringComparer.Ordinal)
            .Select(static group => (
                Name: group.Key,
                Delta: Sum(group.Select(static one => one.Node), static node => node.Compare) - Sum(group.Select(static one => one.Node), static node => node.Base),
                Modified: group.Count(static one => one.IsModified),
                Added: group.Count(static one => one.Node.Change == SpanChange.Added),
                Removed: group.Count(static one => one.Node.Change == SpanChange.Removed),
                NewErrors: group.Count(static one => one.Node.Compare?.Status == SpanStatus.Error && one.Node.Base?.Status != SpanStatus.Error)))
            .Where(static service => service.Modified + service.Added + service.Removed > 0).ToList();
        json.WriteStartArray("changedServices");
        services.ForEach(service => json.WriteStringValue(service.Name));
        json.WriteEndArray();
        json.WriteStartArray("services");
        foreach (var service in services)
        {
            json.WriteStartObject();
            json.WriteString("name", service.Name);
            json.WriteNumber("sumSpanDurationDeltaMs", service.Delta / NanosPerMs);
            json.WriteNumber("modified", service.Modified);
            json.WriteNumber("added", service.Added);
            json.WriteNumber("removed", service.Removed);
            json.WriteNumber("newErrors", service.NewErrors);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static long Sum(IEnumerable<DiffNode> nodes, Func<DiffNode, DiffSpan?> side) => nodes.Sum(node => side(node)?.DurationNanos ?? 0);

    private static double Ratio(int part, int whole) => whole == 0 ? 1 : (double)part / whole;

    private static string Drift(long before, long after) => DiffChanges.HasDrifted(before, after) ? Sign(after - before) : "unchanged";

    private static string Sign(long delta) => delta > 0 ? "increased" : delta < 0 ? "decreased" : "unchanged";
}
