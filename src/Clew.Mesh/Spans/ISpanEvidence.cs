using Clew.Mesh.Graph;
using Clew.Model;

namespace Clew.Mesh.Spans;

/// <summary>Edges that spans tell of.</summary>
public interface ISpanEvidence
{
    /// <summary>The hops of a tenant that begin in a time range.</summary>
    Task<SpanHops> HopsAsync(TenantId tenant, HopQuery query, CancellationToken cancellationToken);

    /// <summary>
    /// The hops of one trace, each with its own exemplar; none when it is not there. Parties are named as <see cref="HopsAsync"/> names them
    /// for <paramref name="query"/>.
    /// </summary>
    Task<SpanHops> TraceAsync(TenantId tenant, TraceId trace, HopQuery query, CancellationToken cancellationToken);
}

/// <summary>Which hops are asked for.</summary>
/// <param name="Range">When they begin.</param>
/// <param name="WithOperations">Whether hops of different operations are told apart.</param>
public readonly record struct HopQuery(TimeRange Range, bool WithOperations = false)
{
    /// <summary>What began in a duration before a moment, which itself is not part of it.</summary>
    public static HopQuery Before(DateTimeOffset time, TimeSpan duration, bool withOperations = false)
    {
        var end = UnixNano.From(time);
        return new HopQuery(new TimeRange(end - (duration.Ticks * 100), end - 1), withOperations);
    }
}

/// <summary>What spans told, and whether something kept from telling all.</summary>
public sealed record SpanHops(IReadOnlyList<SpanHop> Hops)
{
    public string? Problem { get; init; }

    /// <summary>The time that the counts are of; rates are counts over it. A long range is rounded to whole minutes.</summary>
    public required double Seconds { get; init; }
}

/// <summary>The requests between two parties that went the same way: same operation, code and flags.</summary>
public sealed class SpanHop
{
    public required Party Source { get; init; }

    public required Party Target { get; init; }

    public required MeshProtocol Protocol { get; init; }

    public string Code { get; init; } = "";

    public string Flags { get; init; } = "";

    public string Host { get; init; } = "";

    public string Operation { get; init; } = "";

    /// <summary><c>database</c>, <c>messaging</c> or <c>external</c> when the target has no spans of its own.</summary>
    public string TargetRole { get; init; } = "";

    /// <summary>Requests, each counted as many times as its sampling says that it stands for.</summary>
    public double Weight { get; set; }

    /// <summary>Requests as they were seen.</summary>
    public long Count { get; set; }

    /// <summary>Sampling was in play and nobody knows how much.</summary>
    public bool IsSampledUnknown { get; set; }

    public LatencyHistogram? Latency { get; set; }

    public LatencyHistogram? ClientLatency { get; set; }

    public double ResponseBytes { get; set; }

    public double RequestBytes { get; set; }

    /// <summary>Requests of which the spans say that they were encrypted between proxies, and of which they say either way.</summary>
    public double MutualTls { get; set; }

    public double SecurityKnown { get; set; }

    public List<EdgeExemplar> Exemplars { get; } = [];
}
