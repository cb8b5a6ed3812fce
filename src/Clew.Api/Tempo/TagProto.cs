using Clew.Otlp.Wire;
using Clew.Query;
using Clew.Query.Tags;

namespace Clew.Api.Tempo;

/// <summary>The four answers about tags as <c>tempopb</c> messages.</summary>
internal static class TagProto
{
    /// <summary>SearchTagsResponse, SearchTagValuesResponse: a list of texts.</summary>
    public static void WriteList(PooledBuffer buffer, IEnumerable<string> items, QueryStats stats)
    {
        var writer = new ProtoWriter(buffer);
        foreach (var item in items)
        {
            writer.StringField(TempoFields.TagsResponse.Items, item);
        }

        WriteMetrics(writer, stats);
    }

    public static void WriteScopes(PooledBuffer buffer, IEnumerable<KeyValuePair<string, IReadOnlyCollection<string>>> scopes, QueryStats stats)
    {
        var writer = new ProtoWriter(buffer);
        foreach (var (name, tags) in scopes)
        {
            var scope = writer.BeginMessage(TempoFields.TagsResponse.Items);
            writer.StringField(TempoFields.TagScope.Name, name);
            foreach (var tag in tags)
            {
                writer.StringField(TempoFields.TagScope.Tags, tag);
            }

            writer.EndMessage(scope);
        }

        WriteMetrics(writer, stats);
    }

    public static void WriteTyped(PooledBuffer buffer, IEnumerable<TagValue> values, QueryStats stats)
    {
        var writer = new ProtoWriter(buffer);
        foreach (var value in values)
        {
            var item = writer.BeginShortMessage(TempoFields.TagsResponse.Items);
            writer.StringField(TempoFields.TagValue.Type, value.Type);
            ValueProto.WriteText(writer, TempoFields.TagValue.Value, value.Text);
            writer.EndShortMessage(item);
        }

        WriteMetrics(writer, stats);
    }

    private static void WriteMetrics(ProtoWriter writer, QueryStats stats)
    {
        var metrics = writer.BeginShortMessage(TempoFields.TagsResponse.Metrics);
        ValueProto.WriteNumber(writer, TempoFields.MetadataMetrics.InspectedBytes, stats.InspectedBytes);
        ValueProto.WriteNumber(writer, TempoFields.MetadataMetrics.TotalJobs, stats.RelevantSources);
        ValueProto.WriteNumber(writer, TempoFields.MetadataMetrics.CompletedJobs, stats.RelevantSources);
        ValueProto.WriteNumber(writer, TempoFields.MetadataMetrics.TotalBlocks, stats.TotalSources);
        ValueProto.WriteNumber(writer, TempoFields.MetadataMetrics.TotalBlockBytes, stats.TotalBytes);
        writer.EndShortMessage(metrics);
    }
}
