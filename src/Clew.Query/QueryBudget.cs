using Clew.Storage.Backends.Remote;

namespace Clew.Query;

/// <summary>A limit of <see cref="QueryLimits"/> was passed: the query ends with what it has. The message is for the user.</summary>
internal sealed class QueryLimitException(string message) : Exception(message);

/// <summary>Counts what a query reads and ends it at a limit. One per query, shared by its workers.</summary>
/// <param name="limits">What it may cost.</param>
/// <param name="requests">Counts its requests to a bucket; null where nothing is to be limited.</param>
internal sealed class QueryBudget(QueryLimits limits, RequestScope? requests = null)
{
    private readonly Lock _lock = new();

    public QueryLimits Limits => limits;

    public QueryStats Stats { get; } = new();

    /// <summary>Columns of some rows are about to be read.</summary>
    public void RowsScanned(long rows, long bytes)
    {
        Add(rows, bytes);
    }

    /// <summary>One span of a trace was read; the trace had <paramref name="spansBefore"/> already.</summary>
    public void SpanRead(int bytes, int spansBefore)
    {
        Add(1, bytes);
        CheckSpans(spansBefore + 1);
    }

    /// <summary>A trace has so many spans.</summary>
    public void CheckSpans(int spans)
    {
        if (spans > limits.MaxSpansPerTrace)
        {
            throw new QueryLimitException($"a trace has more than {limits.MaxSpansPerTrace} spans (query.max_spans_per_trace); narrow the query so that it does not meet it");
        }
    }

    /// <summary>Some traces are about to be read as a whole.</summary>
    public void TracesRead(int traces)
    {
        lock (_lock)
        {
            if (Stats.InspectedTraces + traces > limits.MaxTracesRead)
            {
                throw new QueryLimitException(
                    $"{limits.MaxTracesRead} traces were checked in full (query.max_traces_read); narrow the time range or add a condition on an attribute");
            }

            Stats.InspectedTraces += traces;
        }
    }

    private void Add(long spans, long bytes)
    {
        lock (_lock)
        {
            Stats.InspectedSpans += spans;
            Stats.InspectedBytes += bytes;
        }

        if (limits.MaxBytes > 0 && Stats.InspectedBytes > limits.MaxBytes)
        {
            throw new QueryLimitException($"{limits.MaxBytes} bytes were read (query.max_bytes); narrow the time range or raise the limit");
        }

        if (requests is not null && limits.MaxRequests > 0 && requests.Requests > limits.MaxRequests)
        {
            throw new QueryLimitException($"{requests.Requests} requests were sent to the bucket, {limits.MaxRequests} are allowed (query.max_requests); narrow the time range or raise the limit");
        }
    }
}
