using Clew.Model;
using Clew.Semantics;
using Clew.Semantics.Nodes;
using Clew.Semantics.Pairing;

namespace Clew.Storage.Rollups;

/// <summary>A trace to open from a number: the slowest one counted there.</summary>
public readonly record struct Exemplar(TraceId TraceId, SpanId SpanId, long StartUnixNano, long DurationNanos)
{
    public bool IsSet => !TraceId.IsZero;

    /// <summary>The slower of two, the same whatever their order.</summary>
    public static Exemplar Slower(in Exemplar left, in Exemplar right)
    {
        if (!left.IsSet || !right.IsSet)
        {
            return left.IsSet ? left : right;
        }

        var order = left.DurationNanos.CompareTo(right.DurationNanos);
        order = order != 0 ? order : right.TraceId.CompareTo(left.TraceId);
        order = order != 0 ? order : right.SpanId.CompareTo(left.SpanId);
        return order >= 0 ? left : right;
    }
}

/// <summary>What spans are counted by.</summary>
public sealed record SpanSeriesKey(ServiceNode Node, string Operation, SpanKind Kind, SpanStatus Status);

/// <summary>Rate, errors (by the key's status) and duration of the spans of a series.</summary>
public sealed class SpanCell
{
    /// <summary>Spans that were stored.</summary>
    public long Spans { get; internal set; }

    /// <summary>Durations, weighted by what each stored span stands for; <see cref="LatencyHistogram.Weight"/> is the number of spans there really were.</summary>
    public LatencyHistogram Latency { get; } = new();

    public Exemplar Exemplar { get; internal set; }

    /// <summary>Spans there really were, as far as samplers told.</summary>
    public double Count => SamplingWeight.ToDouble(Latency.Weight);

    internal void Add(SpanCell other)
    {
        Spans += other.Spans;
        Latency.Add(other.Latency);
        Exemplar = Exemplar.Slower(Exemplar, other.Exemplar);
    }
}

/// <summary>What calls are counted by.</summary>
public sealed record EdgeSeriesKey
{
    public required ServiceNode Client { get; init; }

    public required ServiceNode Server { get; init; }

    public required CallPairing Pairing { get; init; }

    public required ConnectionKind Connection { get; init; }

    public required string Protocol { get; init; }

    /// <summary>HTTP or gRPC status; "-" for no answer.</summary>
    public required string Code { get; init; }

    public required string Flags { get; init; }

    public required MutualTls Tls { get; init; }

    public required string Operation { get; init; }

    public required bool IsError { get; init; }
}

/// <summary>Rate and durations of the calls of a series, from both sides.</summary>
public sealed class EdgeCell
{
    /// <summary>Calls whose spans were stored.</summary>
    public long Calls { get; internal set; }

    /// <summary>Calls there really were (<see cref="SamplingWeight"/>).</summary>
    public long Weight { get; internal set; }

    /// <summary>What callers felt; has fewer entries than calls where the client half is missing.</summary>
    public LatencyHistogram Client { get; } = new();

    /// <summary>What callees took.</summary>
    public LatencyHistogram Server { get; } = new();

    /// <summary>Weighted bytes, zero when the spans did not say.</summary>
    public long RequestBytes { get; internal set; }

    public long ResponseBytes { get; internal set; }

    public Exemplar Exemplar { get; internal set; }

    /// <summary>Calls there really were, as far as samplers told.</summary>
    public double Count => SamplingWeight.ToDouble(Weight);

    internal void Add(EdgeCell other)
    {
        Calls += other.Calls;
        Weight += other.Weight;
        Client.Add(other.Client);
        Server.Add(other.Server);
        RequestBytes += other.RequestBytes;
        ResponseBytes += other.ResponseBytes;
        Exemplar = Exemplar.Slower(Exemplar, other.Exemplar);
    }
}
