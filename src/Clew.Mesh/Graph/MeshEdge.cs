namespace Clew.Mesh.Graph;

/// <summary>Who talks to whom over which protocol, and what is known of it.</summary>
public sealed class MeshEdge(MeshNode source, MeshNode target, MeshProtocol protocol)
{
    private readonly HashSet<string> _applied = [];

    public MeshNode Source { get; } = source;

    public MeshNode Target { get; } = target;

    public MeshProtocol Protocol { get; } = protocol;

    public string Id => NodeIdentity.EdgeId(Source.Id, Target.Id, Protocol);

    public ClassRates Rates;

    public SortedDictionary<string, ResponseSplit> Responses { get; } = new(StringComparer.Ordinal);

    public Evidence Evidence { get; set; }

    public LatencyHistogram? Latency { get; set; }

    /// <summary>As the caller saw it, where spans tell both sides.</summary>
    public LatencyHistogram? ClientLatency { get; set; }

    /// <summary>Bytes per second.</summary>
    public double? Throughput { get; set; }

    /// <summary>Rates of requests by whether they were encrypted, summed over every series of the edge.</summary>
    public double MutualTlsRate { get; set; }

    /// <summary>Rates with a known security policy; 0 means that nobody said.</summary>
    public double SecurityRate { get; set; }

    public string SourcePrincipal { get; set; } = "";

    public string DestPrincipal { get; set; } = "";

    public Health.HealthStatus Health { get; set; } = Mesh.Health.HealthStatus.NotApplicable;

    /// <summary>For an edge that stands for the two through a waypoint: which way.</summary>
    public string WaypointDirection { get; set; } = "";

    /// <summary>Least share of requests that was sampled, 1 when all are known to be counted.</summary>
    public double SampledShare { get; set; } = 1;

    /// <summary>The true rate is not known: spans were sampled without saying how much.</summary>
    public bool IsSampledUnknown { get; set; }

    public List<EdgeExemplar> Exemplars { get; } = [];

    /// <summary>0 to 100; null when no evidence says anything of encryption, which is not the same as "open".</summary>
    public double? MutualTlsPercent => SecurityRate > 0 ? MutualTlsRate / SecurityRate * 100 : null;

    /// <summary>Takes a series for this edge once: both proxies of a hop report it.</summary>
    public bool Claim(string series) => _applied.Add(series);

    public void Add(string code, string flags, string host, double rate)
    {
        Rates.Add(Protocol, code, rate);
        var key = code.Length == 0 ? "-" : code;
        if (!Responses.TryGetValue(key, out var split))
        {
            Responses.Add(key, split = new ResponseSplit());
        }

        split.Add(flags, host, rate);
    }

    public void Add(MeshEdge other)
    {
        Rates.Add(other.Rates);
        foreach (var (code, split) in other.Responses)
        {
            if (!Responses.TryGetValue(code, out var mine))
            {
                Responses.Add(code, mine = new ResponseSplit());
            }

            mine.Add(split);
        }

        AddFacts(other);
    }

    /// <summary>Everything but the rates.</summary>
    public void AddFacts(MeshEdge other)
    {
        Evidence |= other.Evidence;
        MutualTlsRate += other.MutualTlsRate;
        SecurityRate += other.SecurityRate;
        SourcePrincipal = SourcePrincipal.Length > 0 ? SourcePrincipal : other.SourcePrincipal;
        DestPrincipal = DestPrincipal.Length > 0 ? DestPrincipal : other.DestPrincipal;
        SampledShare = Math.Min(SampledShare, other.SampledShare);
        IsSampledUnknown |= other.IsSampledUnknown;
        if (other.Throughput is { } bytes)
        {
            Throughput = (Throughput ?? 0) + bytes;
        }

        if (other.Latency is { } latency)
        {
            (Latency ??= new LatencyHistogram()).Add(latency);
        }

        if (other.ClientLatency is { } client)
        {
            (ClientLatency ??= new LatencyHistogram()).Add(client);
        }

        Exemplars.AddRange(other.Exemplars.Take(MaxExemplars - Exemplars.Count));
    }

    /// <summary>Example traces that an edge keeps.</summary>
    public const int MaxExemplars = 12;
}

/// <summary>A trace that went over an edge.</summary>
public readonly record struct EdgeExemplar(string TraceId, double DurationMs, bool IsError, long StartUnixNano);
