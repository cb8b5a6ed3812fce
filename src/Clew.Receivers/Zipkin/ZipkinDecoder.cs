using Clew.Receivers.Translation;

namespace Clew.Receivers.Zipkin;

/// <summary>The four encodings of a request to spans of OTLP.</summary>
internal sealed class ZipkinDecoder(bool parseStringTags)
{
    private readonly ZipkinTranslation _translation = new(parseStringTags);

    public Decoded V2Json(ReadOnlyMemory<byte> body)
    {
        var batch = new ForeignBatch();
        return Finished(batch, ZipkinJson.ReadV2(body, span => TryAdd(batch, span)));
    }

    /// <summary><paramref name="isDebug"/>: the request said so for all its spans (<c>X-B3-Flags: 1</c>).</summary>
    public Decoded V2Proto(ReadOnlyMemory<byte> body, bool isDebug)
    {
        var batch = new ForeignBatch();
        return Finished(batch, ZipkinProto.Read(body.Span, span =>
        {
            span.Debug |= isDebug;
            return TryAdd(batch, span);
        }));
    }

    public Decoded V1Json(ReadOnlyMemory<byte> body)
    {
        var batch = new ForeignBatch();
        return Finished(batch, ZipkinJson.ReadV1(body, span => TryAdd(batch, span)));
    }

    public Decoded V1Thrift(ReadOnlyMemory<byte> body)
    {
        var batch = new ForeignBatch();
        return Finished(batch, ZipkinThrift.Read(body.Span, span => TryAdd(batch, span)));
    }

    /// <summary>False when the batch is full.</summary>
    public bool TryAdd(ForeignBatch batch, ZipkinV1Span span)
    {
        var (first, serverHalf) = span.Convert();
        return TryAdd(batch, first) && (serverHalf is null || TryAdd(batch, serverHalf));
    }

    private bool TryAdd(ForeignBatch batch, ZipkinSpan zipkin)
    {
        var (resource, span) = _translation.Translate(zipkin);
        return batch.TryAdd(resource, span);
    }

    private static Decoded Finished(ForeignBatch batch, string? fault) => fault is null ? Decoded.Of(batch) : Decoded.Failed(fault);
}
