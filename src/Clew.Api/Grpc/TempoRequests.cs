using System.Text;
using Clew.Api.Http;
using Clew.Api.Tempo;
using Clew.Model;
using Clew.Otlp.Wire;
using Clew.Query.Metrics;
using Clew.Query.Search;
using Clew.Query.Tags;
using Clew.TraceQL;

namespace Clew.Api.Grpc;

/// <summary>Reads the requests of <c>tempopb.StreamingQuerier</c>. Times of searches and tags are seconds, those of metrics nanoseconds.</summary>
internal static class TempoRequests
{
    public static SearchRequest Search(byte[] message)
    {
        var tags = new List<KeyValuePair<string, string?>>();
        uint minMs = 0, maxMs = 0, limit = 0, start = 0, end = 0, spans = 0;
        var text = "";
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case TempoFields.SearchRequest.Tags when reader.TryBytes(out var entry):
                    tags.Add(Entry(entry));
                    break;
                case TempoFields.SearchRequest.MinDurationMs:
                    minMs = Number(ref reader);
                    break;
                case TempoFields.SearchRequest.MaxDurationMs:
                    maxMs = Number(ref reader);
                    break;
                case TempoFields.SearchRequest.Limit:
                    limit = Number(ref reader);
                    break;
                case TempoFields.SearchRequest.Start:
                    start = Number(ref reader);
                    break;
                case TempoFields.SearchRequest.End:
                    end = Number(ref reader);
                    break;
                case TempoFields.SearchRequest.Query:
                    text = Text(ref reader);
                    break;
                case TempoFields.SearchRequest.SpansPerSpanset:
                    spans = Number(ref reader);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        Check(reader, "SearchRequest");
        if (text.Length > 0 && tags.Count > 0)
        {
            throw ApiException.BadRequest("invalid request: can't specify tags and q in the same query");
        }

        var query = text.Length == 0 ? QueryText.Root(TraceQl.ParseTags(tags, Nanos(minMs), Nanos(maxMs)))
            : TypedTraceId.TryRead(text, out var id) ? TypedTraceId.ToQuery(id) : QueryText.Parse(text);
        return new SearchRequest
        {
            Query = query,
            Window = Window(start, end),
            Limit = limit == 0 ? SearchRequest.DefaultLimit : (int)Math.Min(limit, int.MaxValue),
            SpansPerSpanset = spans == 0 ? SearchRequest.DefaultSpansPerSpanset : (int)Math.Min(spans, int.MaxValue),
        };
    }

    /// <summary>SearchTagsRequest: the scope, which may be empty, and the question.</summary>
    public static (string? Scope, TagRequest Request) Tags(byte[] message)
    {
        uint start = 0, end = 0, limit = 0;
        string scope = "", query = "";
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case TempoFields.TagsRequest.Scope:
                    scope = Text(ref reader);
                    break;
                case TempoFields.TagsRequest.Query:
                    query = Text(ref reader);
                    break;
                case TempoFields.TagsRequest.Start:
                    start = Number(ref reader);
                    break;
                case TempoFields.TagsRequest.End:
                    end = Number(ref reader);
                    break;
                case TempoFields.TagsRequest.MaxTagsPerScope:
                    limit = Number(ref reader);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        Check(reader, "SearchTagsRequest");
        return (scope.Length == 0 ? null : scope, Question(query, start, end, limit));
    }

    /// <summary>SearchTagValuesRequest: the tag's name and the question.</summary>
    public static (string Tag, TagRequest Request) TagValues(byte[] message)
    {
        uint start = 0, end = 0, limit = 0;
        string tag = "", query = "";
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case TempoFields.TagValuesRequest.TagName:
                    tag = Text(ref reader);
                    break;
                case TempoFields.TagValuesRequest.Query:
                    query = Text(ref reader);
                    break;
                case TempoFields.TagValuesRequest.Start:
                    start = Number(ref reader);
                    break;
                case TempoFields.TagValuesRequest.End:
                    end = Number(ref reader);
                    break;
                case TempoFields.TagValuesRequest.MaxTagValues:
                    limit = Number(ref reader);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        Check(reader, "SearchTagValuesRequest");
        return (tag.Length > 0 ? tag : throw ApiException.BadRequest("please provide a non-empty tagName"), Question(query, start, end, limit));
    }

    /// <summary>QueryRangeRequest and QueryInstantRequest, which is its beginning.</summary>
    public static MetricsQuestion Metrics(byte[] message)
    {
        ulong start = 0, end = 0, step = 0;
        uint exemplars = 0, series = 0;
        var isInstant = false;
        var query = "";
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case TempoFields.QueryRangeRequest.Query:
                    query = Text(ref reader);
                    break;
                case TempoFields.QueryRangeRequest.Start:
                    reader.TryVarint(out start);
                    break;
                case TempoFields.QueryRangeRequest.End:
                    reader.TryVarint(out end);
                    break;
                case TempoFields.QueryRangeRequest.Step:
                    reader.TryVarint(out step);
                    break;
                case TempoFields.QueryRangeRequest.Exemplars:
                    exemplars = Number(ref reader);
                    break;
                case TempoFields.QueryRangeRequest.MaxSeries:
                    series = Number(ref reader);
                    break;
                case TempoFields.QueryRangeRequest.Instant:
                    isInstant = Number(ref reader) != 0;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        Check(reader, "QueryRangeRequest");
        return new MetricsQuestion
        {
            Text = query.Length > 0 ? query : null,
            StartUnixNano = start == 0 ? null : UnixNano.Clamp(start),
            EndUnixNano = end == 0 ? null : UnixNano.Clamp(end),
            StepNanos = step == 0 ? null : UnixNano.Clamp(step),
            Exemplars = exemplars == 0 ? null : (int)Math.Min(exemplars, int.MaxValue),
            MaxSeries = (int)Math.Min(series, int.MaxValue),
            IsInstant = isInstant,
        };
    }

    private static TagRequest Question(string query, uint start, uint end, uint limit) => new()
    {
        Filter = TagQuestions.NarrowingFilter(query),
        Window = Window(start, end),
        Limit = (int)Math.Min(limit, int.MaxValue),
    };

    /// <summary>Seconds; the last one counts as a whole. Both zero: everything.</summary>
    private static TimeRange Window(uint start, uint end)
    {
        if (start == 0 && end == 0)
        {
            return TimeRange.All;
        }

        if (end == 0)
        {
            throw ApiException.BadRequest("error parsing date range: only one of start and end provided: must provide both or neither");
        }

        return end > start
            ? new TimeRange(start * UnixNano.PerSecond, ((end + 1L) * UnixNano.PerSecond) - 1)
            : throw ApiException.BadRequest($"http parameter start must be before end. received start={start} end={end}");
    }

    private static KeyValuePair<string, string?> Entry(ReadOnlySpan<byte> message)
    {
        string key = "", value = "";
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == TempoFields.Entry.Key)
            {
                key = Text(ref reader);
            }
            else if (reader.Field == TempoFields.Entry.Value)
            {
                value = Text(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return new(key, value);
    }

    private static long? Nanos(uint milliseconds) => milliseconds == 0 ? null : milliseconds * UnixNano.PerMillisecond;

    private static uint Number(ref ProtoReader reader)
    {
        reader.TryVarint(out var value);
        return (uint)Math.Min(value, uint.MaxValue);
    }

    private static string Text(ref ProtoReader reader)
    {
        reader.TryBytes(out var bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    private static void Check(in ProtoReader reader, string message)
    {
        if (reader.Failed)
        {
            throw ApiException.BadRequest($"the request is no tempopb.{message}: it cannot be read from byte {reader.Position} on");
        }
    }
}
