using System.Globalization;
using System.Text.Json;
using Clew.Query;
using Clew.Query.Search;

namespace Clew.Api.Tempo;

/// <summary>
/// A search answer in Tempo's JSON, strictly: Grafana's reader refuses the whole answer for one field that it does not know. 64-bit
/// numbers are strings, zero values are left out, <c>spanSets</c> comes without its deprecated copy <c>spanSet</c>.
/// </summary>
internal static class SearchJson
{
    public static void Write(Utf8JsonWriter json, SearchResult result)
    {
        var forms = Forms(result.Traces);
        json.WriteStartObject();
        json.WriteStartArray("traces");
        foreach (var trace in result.Traces)
        {
            WriteTrace(json, trace, forms);
        }

        json.WriteEndArray();
        WriteMetrics(json, result.Stats);
        json.WriteEndObject();
    }

    /// <summary>The <c>metrics</c> object of searches, with Tempo's fields and no others.</summary>
    public static void WriteMetrics(Utf8JsonWriter json, QueryStats stats)
    {
        json.WriteStartObject("metrics");
        WriteNumber(json, "inspectedTraces", stats.InspectedTraces);
        WriteText(json, "inspectedBytes", stats.InspectedBytes);
        WriteNumber(json, "totalBlocks", stats.TotalSources);
        WriteNumber(json, "completedJobs", stats.RelevantSources);
        WriteNumber(json, "totalJobs", stats.RelevantSources);
        WriteText(json, "totalBlockBytes", stats.TotalBytes);
        json.WriteEndObject();
    }

    public static void WriteTrace(Utf8JsonWriter json, TraceResult trace, Dictionary<string, ValueJson.Form> forms)
    {
        json.WriteStartObject();
        json.WriteString("traceID", TraceIdText.Short(trace.Id));
        WriteText(json, "rootServiceName", trace.RootServiceName ?? SearchTempo.RootNotReceived);
        WriteText(json, "rootTraceName", trace.RootName ?? "");
        WriteText(json, "startTimeUnixNano", trace.StartUnixNano);
        WriteNumber(json, "durationMs", SearchTempo.DurationMs(trace));
        json.WriteStartArray("spanSets");
        foreach (var spanset in trace.Spansets)
        {
            WriteSpanset(json, spanset, forms);
        }

        json.WriteEndArray();
        json.WriteStartObject("serviceStats");
        foreach (var service in trace.Services)
        {
            json.WriteStartObject(service.Name);
            WriteNumber(json, "spanCount", service.SpanCount);
            WriteNumber(json, "errorCount", service.ErrorCount);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteSpanset(Utf8JsonWriter json, SpansetResult spanset, Dictionary<string, ValueJson.Form> forms)
    {
        json.WriteStartObject();
        json.WriteStartArray("spans");
        foreach (var span in spanset.Spans)
        {
            json.WriteStartObject();
            json.WriteString("spanID", span.Id.ToString());
            WriteText(json, "name", span.Name);
            WriteText(json, "startTimeUnixNano", span.StartUnixNano);
            WriteText(json, "durationNanos", span.DurationNanos);
            WriteAttributes(json, span.Attributes, forms);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteNumber(json, "matched", spanset.Matched);
        WriteAttributes(json, spanset.Attributes, forms);
        json.WriteEndObject();
    }

    private static void WriteAttributes(Utf8JsonWriter json, IReadOnlyList<NamedValue> attributes, Dictionary<string, ValueJson.Form> forms)
    {
        if (attributes.Count == 0)
        {
            return;
        }

        json.WriteStartArray("attributes");
        foreach (var attribute in attributes)
        {
            ValueJson.WriteKeyValue(json, attribute.Name, attribute.Value, forms[attribute.Name]);
        }

        json.WriteEndArray();
    }

    /// <summary>One form for each name over the whole answer.</summary>
    public static Dictionary<string, ValueJson.Form> Forms(IEnumerable<TraceResult> traces)
    {
        var forms = new Dictionary<string, ValueJson.Form>();
        foreach (var trace in traces)
        {
            foreach (var spanset in trace.Spansets)
            {
                Add(spanset.Attributes);
                foreach (var span in spanset.Spans)
                {
                    Add(span.Attributes);
                }
            }
        }

        return forms;

        void Add(IReadOnlyList<NamedValue> attributes)
        {
            foreach (var attribute in attributes)
            {
                var form = ValueJson.FormOf(attribute.Value);
                forms[attribute.Name] = forms.TryGetValue(attribute.Name, out var present) ? ValueJson.Common(present, form) : form;
            }
        }
    }

    private static void WriteText(Utf8JsonWriter json, string name, string value)
    {
        if (value.Length > 0)
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteText(Utf8JsonWriter json, string name, long value)
    {
        if (value != 0)
        {
            json.WriteString(name, value.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, long value)
    {
        if (value != 0)
        {
            json.WriteNumber(name, value);
        }
    }
}
