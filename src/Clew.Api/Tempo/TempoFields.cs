namespace Clew.Api.Tempo;

/// <summary>Field numbers of the <c>tempopb</c> messages that are answered over HTTP and gRPC.</summary>
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
}
