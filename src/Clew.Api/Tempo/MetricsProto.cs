using Clew.Model;
using Clew.Otlp.Wire;
using Clew.Query;
using Clew.Query.Metrics;
using Clew.Query.Search;

namespace Clew.Api.Tempo;

/// <summary>Time series as <c>tempopb.QueryRangeResponse</c> and <c>QueryInstantResponse</c>.</summary>
internal static class MetricsProto
{
    /// <summary>One more entry of a range answer's list of series.</summary>
    public static void WriteSeries(PooledBuffer buffer, Series series, TimeGrid grid)
    {
        var writer = new ProtoWriter(buffer);
        var start = writer.BeginMessage(TempoFields.QueryResponse.Series);
        WriteLabels(writer, TempoFields.TimeSeries.Labels, series.Labels.Labels);
        for (var i = 0; i < series.Values.Length; i++)
        {
            if (!double.IsNaN(series.Values[i]))
            {
                var sample = writer.BeginShortMessage(TempoFields.TimeSeries.Samples);
                WriteValue(writer, TempoFields.Sample.Value, series.Values[i]);
                ValueProto.WriteNumber(writer, TempoFields.Sample.TimestampMs, grid.Label(i) / UnixNano.PerMillisecond);
                writer.EndShortMessage(sample);
            }
        }

        foreach (var exemplar in series.Exemplars)
        {
            var item = writer.BeginShortMessage(TempoFields.TimeSeries.Exemplars);
            WriteLabels(writer, TempoFields.Exemplar.Labels, exemplar.Labels);
            WriteValue(writer, TempoFields.Exemplar.Value, exemplar.Value);
            ValueProto.WriteNumber(writer, TempoFields.Exemplar.TimestampMs, exemplar.UnixNano / UnixNano.PerMillisecond);
            writer.EndShortMessage(item);
        }

        writer.EndMessage(start);
    }

    /// <summary>One more entry of an instant answer's list; nothing when the series has no value.</summary>
    public static void WriteInstant(PooledBuffer buffer, Series series)
    {
        if (double.IsNaN(series.Values[0]))
        {
            return;
        }

        var writer = new ProtoWriter(buffer);
        var start = writer.BeginMessage(TempoFields.QueryResponse.Series);
        WriteLabels(writer, TempoFields.InstantSeries.Labels, series.Labels.Labels);
        WriteValue(writer, TempoFields.InstantSeries.Value, series.Values[0]);
        writer.EndMessage(start);
    }

    /// <summary>Metrics, which are always there, and whether a limit cut the answer.</summary>
    public static void WriteEnd(PooledBuffer buffer, QueryStats stats, bool isLast)
    {
        var writer = new ProtoWriter(buffer);
        SearchProto.WriteMetrics(writer, SearchTempo.Jobs(stats, isLast), stats);
        if (stats.Incomplete is { } reason && isLast)
        {
            writer.VarintField(TempoFields.QueryResponse.Status, TempoFields.Partial);
            writer.StringField(TempoFields.QueryResponse.Message, reason);
        }
    }

    private static void WriteLabels(ProtoWriter writer, int field, IReadOnlyList<NamedValue> labels)
    {
        foreach (var label in labels)
        {
            ValueProto.WriteKeyValue(writer, field, label.Name, label.Value, ValueJson.FormOf(label.Value));
        }
    }

    private static void WriteValue(ProtoWriter writer, int field, double value)
    {
        if (value != 0)
        {
            writer.DoubleField(field, value);
        }
    }
}
