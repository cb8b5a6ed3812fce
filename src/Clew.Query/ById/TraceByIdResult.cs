using Clew.Otlp.Wire;

namespace Clew.Query.ById;

/// <summary>A trace as an encoded TracesData message. Owned by the caller.</summary>
public sealed class TraceByIdResult(PooledBuffer? traces, int spanCount, QueryStats stats) : IDisposable
{
    /// <summary>False when no source has a span of the trace.</summary>
    public bool Found => traces is not null;

    /// <summary>The encoded message; empty when the trace was not found.</summary>
    public ReadOnlyMemory<byte> Traces => traces?.WrittenMemory ?? default;

    public int SpanCount => spanCount;

    public QueryStats Stats => stats;

    public void Dispose() => traces?.Dispose();
}
