namespace Clew.Api.Tempo;

/// <summary>Field numbers of the <c>tempopb</c> messages that are asked and answered over HTTP and gRPC.</summary>
internal static class TempoFields
{
    public static class TraceById
    {
        public const int Trace = 1;
        public const int Metrics = 2;
        public const int Status = 3;
        public const int Message = 4;
    }

    public static class TraceByIdMetrics
    {
        public const int InspectedBytes = 1;
    }

    public static class SearchRequest
    {
        public const int Tags = 1;
        public const int MinDurationMs = 2;
        public const int MaxDurationMs = 3;
        public const int Limit = 4;
        public const int Start = 5;
        public const int End = 6;
        public const int Query = 8;
        public const int SpansPerSpanset = 9;
    }

    /// <summary>An entry of a map: key and value.</summary>
    public static class Entry
    {
        public const int Key = 1;
        public const int Value = 2;
    }

    public static class SearchResponse
    {
        public const int Traces = 1;
        public const int Metrics = 2;
    }

    public static class SearchMetadata
    {
        public const int TraceId = 1;
        public const int RootServiceName = 2;
        public const int RootTraceName = 3;
        public const int StartTimeUnixNano = 4;
        public const int DurationMs = 5;
        public const int SpanSets = 7;
        public const int ServiceStats = 8;
    }

    public static class ServiceStats
    {
        public const int SpanCount = 1;
        public const int ErrorCount = 2;
    }

    public static class SpanSet
    {
        public const int Spans = 1;
        public const int Matched = 2;
        public const int Attributes = 3;
    }

    public static class Span
    {
        public const int SpanId = 1;
        public const int Name = 2;
        public const int StartTimeUnixNano = 3;
        public const int DurationNanos = 4;
        public const int Attributes = 5;
    }

    public static class SearchMetrics
    {
        public const int InspectedTraces = 1;
        public const int InspectedBytes = 2;
        public const int TotalBlocks = 3;
        public const int CompletedJobs = 4;
        public const int TotalJobs = 5;
        public const int TotalBlockBytes = 6;
    }

    public static class TagsRequest
    {
        public const int Scope = 1;
        public const int Query = 2;
        public const int Start = 3;
        public const int End = 4;
        public const int MaxTagsPerScope = 5;
    }

    public static class TagValuesRequest
    {
        public const int TagName = 1;
        public const int Query = 2;
        public const int Start = 4;
        public const int End = 5;
        public const int MaxTagValues = 6;
    }

    /// <summary>The four answers have their list first and the metrics second.</summary>
    public static class TagsResponse
    {
        public const int Items = 1;
        public const int Metrics = 2;
    }

    public static class TagScope
    {
        public const int Name = 1;
        public const int Tags = 2;
    }

    public static class TagValue
    {
        public const int Type = 1;
        public const int Value = 2;
    }

    public static class MetadataMetrics
    {
        public const int InspectedBytes = 1;
        public const int TotalJobs = 2;
        public const int CompletedJobs = 3;
        public const int TotalBlocks = 4;
        public const int TotalBlockBytes = 5;
    }

    public static class QueryRangeRequest
    {
        public const int Query = 1;
        public const int Start = 2;
        public const int End = 3;
        public const int Step = 4;
        public const int Exemplars = 16;
        public const int MaxSeries = 17;
        public const int Instant = 18;
    }

    /// <summary>Of a range and of an instant alike.</summary>
    public static class QueryResponse
    {
        public const int Series = 1;
        public const int Metrics = 2;
        public const int Status = 3;
        public const int Message = 4;
    }

    /// <summary>PartialStatus.PARTIAL.</summary>
    public const ulong Partial = 1;

    public static class TimeSeries
    {
        public const int Labels = 1;
        public const int Samples = 2;
        public const int Exemplars = 4;
    }

    public static class InstantSeries
    {
        public const int Labels = 1;
        public const int Value = 2;
    }

    public static class Sample
    {
        public const int Value = 1;
        public const int TimestampMs = 2;
    }

    public static class Exemplar
    {
        public const int Labels = 1;
        public const int Value = 2;
        public const int TimestampMs = 3;
    }
}
