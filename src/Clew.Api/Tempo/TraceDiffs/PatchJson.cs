using System.Text.Json;
using Clew.Query.Diff;
using Clew.Query.Values;

namespace Clew.Api.Tempo.TraceDiffs;

/// <summary>Writes <c>trace-patch-v0</c>: what has to change in the first trace for it to become the second.</summary>
internal static class PatchJson
{
    public static void Write(Utf8JsonWriter json, TraceDiff diff)
    {
        var paths = new SpanPaths(diff.Nodes);
        var modified = new List<(int Node, List<DiffChange> Changes)>();
        for (var i = 0; i < diff.Nodes.Count; i++)
        {
            if (DiffChanges.Of(diff.Nodes[i]) is { Count: > 0 } changes)
            {
                modified.Add((i, changes));
            }
        }

        json.WriteStartObject();
        json.WriteString("version", DiffQuestion.Patch);
        WriteSide(json, "base", diff.Base);
        WriteSide(json, "compare", diff.Compare);
        WriteStats(json, diff, modified);
        json.WriteStartArray("modified");
        foreach (var (node, changes) in modified)
        {
            json.WriteStartObject();
            json.WriteStartObject("span");
            WriteName(json, diff.Nodes[node], paths[node]);
            json.WriteEndObject();
            json.WriteStartArray("changes");
            changes.ForEach(change => WriteChange(json, change));
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteSpans(json, "added", diff, paths, SpanChange.Added);
        WriteSpans(json, "removed", diff, paths, SpanChange.Removed);
        json.WriteStartArray("warnings");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteSide(Utf8JsonWriter json, string name, DiffSummary side)
    {
        json.WriteStartObject(name);
        json.WriteString("traceId", side.Id.ToString());
        json.WriteNumber("spanCount", side.Spans);
        json.WriteEndObject();
    }

    private static void WriteStats(Utf8JsonWriter json, TraceDiff diff, List<(int Node, List<DiffChange> Changes)> modified)
    {
        json.WriteStartObject("stats");
        json.WriteNumber("spanCountA", diff.Base.Spans);
        json.WriteNumber("spanCountB", diff.Compare.Spans);
        json.WriteNumber("matchedSpans", diff.Nodes.Count(static node => node is { Base: not null, Compare: not null }));
        json.WriteNumber("modifiedSpans", modified.Count);
        json.WriteNumber("addedSpans", diff.Nodes.Count(static node => node.Change == SpanChange.Added));
        json.WriteNumber("removedSpans", diff.Nodes.Count(static node => node.Change == SpanChange.Removed));
        json.WriteNumber("fieldChanges", modified.Sum(static span => span.Changes.Count(static change => change.Scope is null)));
        json.WriteNumber("attributeChanges", modified.Sum(static span => span.Changes.Count(static change => change.Scope is not null)));
        json.WriteNumber("eventChanges", 0);
        json.WriteBoolean("truncated", false);
        json.WriteEndObject();
    }

    private static void WriteChange(Utf8JsonWriter json, DiffChange change)
    {
        json.WriteStartObject();
        json.WriteString("op", change.Before.IsNil ? "add" : change.After.IsNil ? "remove" : "modify");
        json.WriteStartObject("target");
        json.WriteString("type", change.Scope is null ? "field" : "attribute");
        if (change.Scope is { } scope)
        {
            json.WriteString("scope", scope);
            json.WriteString("key", change.Name);
        }
        else
        {
            json.WriteString("name", change.Name);
        }

        json.WriteEndObject();
        WriteValue(json, "before", change.Before);
        WriteValue(json, "after", change.After);
        json.WriteEndObject();
    }

    private static void WriteSpans(Utf8JsonWriter json, string name, TraceDiff diff, SpanPaths paths, SpanChange wanted)
    {
        json.WriteStartArray(name);
        for (var i = 0; i < diff.Nodes.Count; i++)
        {
            var node = diff.Nodes[i];
            if (node.Change != wanted)
            {
                continue;
            }

            json.WriteStartObject();
            json.WriteStartObject("target");
            json.WriteString("type", "span");
            if (wanted == SpanChange.Added)
            {
                WritePath(json, "parentPath", node.Parent < 0 ? [] : paths[node.Parent]);
                json.WriteNumber("index", paths.IndexInCompare(i));
            }
            else
            {
                WritePath(json, "path", paths[i]);
            }

            json.WriteEndObject();
            json.WriteStartObject("span");
            WriteName(json, node, paths[i]);
            var span = (node.Base ?? node.Compare)!;
            json.WriteNumber("duration_nanos", span.DurationNanos);
            json.WriteString("status", QueryValue.StatusText(span.Status));
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteName(Utf8JsonWriter json, DiffNode node, int[] path)
    {
        WritePath(json, "path", path);
        json.WriteString("service", node.Service);
        json.WriteString("name", node.Name);
        json.WriteString("kind", QueryValue.KindText(node.Kind));
    }

    private static void WritePath(Utf8JsonWriter json, string name, int[] path)
    {
        json.WriteStartArray(name);
        foreach (var index in path)
        {
            json.WriteNumberValue(index);
        }

        json.WriteEndArray();
    }

    private static void WriteValue(Utf8JsonWriter json, string name, in QueryValue value)
    {
        switch (value.Kind)
        {
            case ValueKind.Nil:
                json.WriteNull(name);
                break;
            case ValueKind.Bool:
                json.WriteBoolean(name, value.AsBool);
                break;
            case ValueKind.Int:
                json.WriteNumber(name, value.AsInt);
                break;
            case ValueKind.Float:
                ValueJson.WriteDouble(json, name, value.AsFloat);
                break;
            default:
                json.WriteString(name, value.ToString());
                break;
        }
    }
}
