using System.Buffers.Binary;
using Clew.Bench.DataSet;
using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Otlp.Wire;

namespace Clew.Bench.Passthrough;

/// <summary>Numbers a request in the trace id of its first span, so that the sink can tell which requests arrived.</summary>
internal sealed class RequestMark
{
    private const ulong Magic = 0xC1E7_0000_0000_C1E7;

    private readonly byte[] _request;
    private readonly int _idOffset;

    public RequestMark(byte[] request)
    {
        _request = request;
        var copy = new PooledBuffer(request.Length);
        copy.Write(request);
        using var batch = OtlpScanner.Scan(copy, new BatchContext(TenantId.Single, 0)).Batch!;
        Span<byte> id = stackalloc byte[TraceId.Size];
        batch.Spans[0].TraceId.WriteTo(id);
        _idOffset = batch.Spans[0].Offset + batch.SpanBytes(batch.Spans[0]).IndexOf(id);
    }

    public void Write(ulong number)
    {
        BinaryPrimitives.WriteUInt64BigEndian(_request.AsSpan(_idOffset), Magic);
        BinaryPrimitives.WriteUInt64BigEndian(_request.AsSpan(_idOffset + sizeof(ulong)), number);
    }

    public static bool TryRead(TraceId id, out ulong number)
    {
        number = id.Low;
        return id.High == Magic;
    }

    /// <summary>A request of the data set with about so many spans.</summary>
    public static byte[] Request(int spans)
    {
        using var set = new TraceDataSet();
        using var buffer = new PooledBuffer();
        set.WriteRequest(buffer, spans);
        return buffer.Written.ToArray();
    }
}
