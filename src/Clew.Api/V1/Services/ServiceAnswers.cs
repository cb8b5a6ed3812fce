using System.ComponentModel;

namespace Clew.Api.V1.Services;

[Description("Services with rate, errors and durations.")]
internal sealed record ServiceList(
    [property: Description("What was counted begins here.")] string StartUnixNano,
    [property: Description("And ends here.")] string EndUnixNano,
    [property: Description("The ends of the sparklines' intervals, unix milliseconds.")] IReadOnlyList<long> TimesUnixMs,
    [property: Description("The most requests first.")] IReadOnlyList<ServiceRow> Services,
    string? Incomplete);

[Description("The operations of a service with rate, errors and durations.")]
internal sealed record OperationList(
    string Service,
    [property: Description("What was counted begins here.")] string StartUnixNano,
    [property: Description("And ends here.")] string EndUnixNano,
    [property: Description("The ends of the sparklines' intervals, unix milliseconds.")] IReadOnlyList<long> TimesUnixMs,
    [property: Description("False when the service has no requests: then these are all of its operations, calls to others too.")] bool CountsRequests,
    [property: Description("The most requests first.")] IReadOnlyList<ServiceRow> Operations,
    [property: Description("Operations that the limit left out.")] int Omitted,
    string? Incomplete);

[Description("The numbers of a service, or of one of its operations.")]
internal sealed record ServiceRow(
    string Name,
    [property: Description("All its spans.")] long Spans,
    [property: Description("True when the numbers are of requests (server and consumer spans); false when there are none, and they are of all spans.")] bool CountsRequests,
    long Requests,
    long Errors,
    double RatePerSecond,
    [property: Description("0 to 1.")] double ErrorShare,
    double P50Nanos,
    double P90Nanos,
    double P95Nanos,
    double P99Nanos,
    [property: Description("Requests in each interval.")] IReadOnlyList<double> RequestsOverTime,
    IReadOnlyList<double> ErrorsOverTime,
    [property: Description("95th percentile of the duration in each interval; 0 where there was nothing.")] IReadOnlyList<double> P95NanosOverTime);

[Description("Who calls a service, and whom it calls.")]
internal sealed record ServiceDependencies(
    string Service,
    [property: Description("What was counted begins here.")] string StartUnixNano,
    [property: Description("And ends here.")] string EndUnixNano,
    [property: Description("Measured at this service.")] IReadOnlyList<ServiceEdge> Callers,
    [property: Description("Measured at the services that are called.")] IReadOnlyList<ServiceEdge> Callees,
    [property: Description("What has no spans of its own, such as databases; measured at this service's client spans.")] IReadOnlyList<ServiceEdge> Externals,
    string? Incomplete);

internal sealed record ServiceEdge(
    string Name,
    [property: Description("service, database, messaging or peer.")] string Kind,
    long Calls,
    long Errors,
    double RatePerSecond,
    double ErrorShare,
    double P50Nanos,
    double P90Nanos,
    double P95Nanos,
    double P99Nanos,
    [property: Description("A TraceQL query that finds the calls.")] string Query);
