using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;

namespace Clew.Storage.Blocks.Building;

/// <summary>A span of the trace being gathered: where its bytes are, and what ordering and structure need.</summary>
internal struct StagedSpan
{
    /// <summary>In the bytes of the trace.</summary>
    public int Offset;
    public int Length;
    public ulong SpanId;

    /// <summary>Zero for a root.</summary>
    public ulong ParentId;

    /// <summary>As OTLP has it; times after the year 2262 do not fit a long.</summary>
    public ulong RawStart;
    public ulong RawEnd;

    /// <summary>The enum's number as it came; unknown ones too.</summary>
    public int RawKind;
    public int RawStatus;
    public int Resource;
    public int Scope;

    /// <summary>Nested-set numbers: see <see cref="NestedSets"/>.</summary>
    public int Left;
    public int Right;
    public int Parent;

    public readonly long Start => UnixNano.Clamp(RawStart);

    /// <summary>Zero when the end lies before the start.</summary>
    public readonly long Duration => Math.Max(0, UnixNano.Clamp(RawEnd) - Start);

    public readonly SpanKind Kind => (uint)RawKind <= (uint)SpanKind.Consumer ? (SpanKind)RawKind : SpanKind.Unspecified;

    public readonly SpanStatus Status => (uint)RawStatus <= (uint)SpanStatus.Error ? (SpanStatus)RawStatus : SpanStatus.Unset;

    /// <summary>Reads what is needed of an encoded Span; false when it cannot be read or has no good ids.</summary>
    public static bool TryRead(ReadOnlySpan<byte> span, out StagedSpan staged, out TraceId traceId)
    {
        staged = default;
        traceId = default;
        var good = true;
        var reader = new ProtoReader(span);
        while (good && reader.Next())
        {
            switch (reader.Field, reader.Type)
            {
                case (OtlpFields.Span.TraceId, WireType.Length):
                    good = reader.TryBytes(out var trace) && trace.Length == TraceId.Size;
                    traceId = good ? TraceId.FromBytes(trace) : default;
                    break;
                case (OtlpFields.Span.SpanId, WireType.Length):
                    good = reader.TryBytes(out var id) && id.Length == Model.SpanId.Size;
                    staged.SpanId = good ? Model.SpanId.FromBytes(id).Value : 0;
                    break;
                case (OtlpFields.Span.ParentSpanId, WireType.Length):
                    good = reader.TryBytes(out var parent);
                    staged.ParentId = parent.Length == Model.SpanId.Size ? Model.SpanId.FromBytes(parent).Value : 0;
                    break;
                case (OtlpFields.Span.Kind, WireType.Varint):
                    good = reader.TryVarint(out var kind);
                    staged.RawKind = (int)kind;
                    break;
                case (OtlpFields.Span.StartTime, WireType.Fixed64):
                    good = reader.TryFixed64(out staged.RawStart);
                    break;
                case (OtlpFields.Span.EndTime, WireType.Fixed64):
                    good = reader.TryFixed64(out staged.RawEnd);
                    break;
                case (OtlpFields.Span.Status, WireType.Length):
                    good = reader.TryBytes(out var status) && TryReadStatus(status, ref staged.RawStatus);
                    break;
                default:
                    good = reader.Skip();
                    break;
            }
        }

        return good && !reader.Failed && !traceId.IsZero && staged.SpanId != 0;
    }

    private static bool TryReadStatus(ReadOnlySpan<byte> status, ref int code)
    {
        var reader = new ProtoReader(status);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.Status.Code && reader.Type == WireType.Varint)
            {
                reader.TryVarint(out var value);
                code = (int)value;
            }
            else
            {
                reader.Skip();
            }
        }

        return !reader.Failed;
    }
}
