using Clew.Otlp.Wire;
using Clew.Query;
using Clew.Query.Search;

namespace Clew.Api.Tempo;

/// <summary>A search answer as <c>tempopb.SearchResponse</c>: what <see cref="SearchJson"/> says, in protobuf.</summary>
internal static class SearchProto
{
    public static void Write(PooledBuffer buffer, IReadOnlyList<TraceResult> traces, QueryStats stats, bool isLast)
    {
        var forms = SearchJson.Forms(traces);
        foreach (var trace in traces)
        {
            WriteTrace(buffer, trace, forms);
        }

        WriteMetrics(new ProtoWriter(buffer), SearchTempo.Jobs(stats, isLast), stats);
    }

    /// <summary>Always there, also when all of its numbers are zero: clients look into it without asking.</summary>
    public static void WriteMetrics(ProtoWriter writer, (int Completed, int Total) jobs, QueryStats stats)
    {
        var metrics = writer.BeginShortMessage(TempoFields.SearchResponse.Metrics);
        ValueProto.WriteNumber(writer, TempoFields.SearchMetrics.InspectedTraces, stats.InspectedTraces);
        ValueProto.WriteNumber(writer, TempoFields.SearchMetrics.InspectedBytes, stats.InspectedBytes);
        ValueProto.WriteNumber(writer, TempoFields.SearchMetrics.TotalBlocks, stats.TotalSources);
        ValueProto.WriteNumber(writer, TempoFields.SearchMetrics.CompletedJobs, jobs.Completed);
        ValueProto.WriteNumber(writer, TempoFields.SearchMetrics.TotalJobs, jobs.Total);
        ValueProto.WriteNumber(writer, TempoFields.SearchMetrics.TotalBlockBytes, stats.TotalBytes);
        writer.EndShortMessage(metrics);
    }

    /// <summary>One more entry of the answer's list of traces.</summary>
    public static void WriteTrace(PooledBuffer buffer, TraceResult trace, Dictionary<string, ValueJson.Form> forms)
    {
        var writer = new ProtoWriter(buffer);
        var start = writer.BeginMessage(TempoFields.SearchResponse.Traces);
        writer.StringField(TempoFields.SearchMetadata.TraceId, TraceIdText.Short(trace.Id));
        ValueProto.WriteText(writer, TempoFields.SearchMetadata.RootServiceName, trace.RootServiceName ?? SearchTempo.RootNotReceived);
        ValueProto.WriteText(writer, TempoFields.SearchMetadata.RootTraceName, trace.RootName ?? "");
        ValueProto.WriteNumber(writer, TempoFields.SearchMetadata.StartTimeUnixNano, trace.StartUnixNano);
        ValueProto.WriteNumber(writer, TempoFields.SearchMetadata.DurationMs, SearchTempo.DurationMs(trace));
        foreach (var spanset in trace.Spansets)
        {
            WriteSpanset(writer, spanset, forms);
        }

        foreach (var service in trace.Services)
        {
            var entry = writer.BeginShortMessage(TempoFields.SearchMetadata.ServiceStats);
            writer.StringField(TempoFields.Entry.Key, service.Name);
            var value = writer.BeginShortMessage(TempoFields.Entry.Value);
            ValueProto.WriteNumber(writer, TempoFields.ServiceStats.SpanCount, service.SpanCount);
            ValueProto.WriteNumber(writer, TempoFields.ServiceStats.ErrorCount, service.ErrorCount);
            writer.EndShortMessage(value);
            writer.EndShortMessage(entry);
        }

        writer.EndMessage(start);
    }

    private static void WriteSpanset(ProtoWriter writer, SpansetResult spanset, Dictionary<string, ValueJson.Form> forms)
    {
        var start = writer.BeginMessage(TempoFields.SearchMetadata.SpanSets);
        foreach (var span in spanset.Spans)
        {
            var ofSpan = writer.BeginShortMessage(TempoFields.SpanSet.Spans);
            writer.StringField(TempoFields.Span.SpanId, span.Id.ToString());
            ValueProto.WriteText(writer, TempoFields.Span.Name, span.Name);
            ValueProto.WriteNumber(writer, TempoFields.Span.StartTimeUnixNano, span.StartUnixNano);
            ValueProto.WriteNumber(writer, TempoFields.Span.DurationNanos, span.DurationNanos);
            foreach (var attribute in span.Attributes)
            {
                ValueProto.WriteKeyValue(writer, TempoFields.Span.Attributes, attribute.Name, attribute.Value, forms[attribute.Name]);
            }

            writer.EndShortMessage(ofSpan);
        }

        ValueProto.WriteNumber(writer, TempoFields.SpanSet.Matched, spanset.Matched);
        foreach (var attribute in spanset.Attributes)
        {
            ValueProto.WriteKeyValue(writer, TempoFields.SpanSet.Attributes, attribute.Name, attribute.Value, forms[attribute.Name]);
        }

        writer.EndMessage(start);
    }
}
