namespace Clew.Server.Configuration;

/// <summary>The <c>batch</c> processor: how what leaves the exporters behind it is cut.</summary>
internal sealed record BatchProcessorConfig : ProcessorConfig
{
    /// <summary>Spans that trigger a send.</summary>
    public int SendBatchSize { get; init; } = 8192;

    /// <summary>Zero: send at once.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Spans in one send at most; zero: no limit.</summary>
    public int SendBatchMaxSize { get; init; }

    /// <summary>Request headers (lower case) whose values must not be mixed in one batch.</summary>
    public ValueList<string> MetadataKeys { get; init; } = [];

    public int MetadataCardinalityLimit { get; init; } = 1000;
}

/// <summary>The <c>memory_limiter</c> processor: refuses, with an error worth a retry, while the process uses too much memory.</summary>
internal sealed record MemoryLimiterConfig : ProcessorConfig
{
    public TimeSpan CheckInterval { get; init; }

    /// <summary>The hard limit; zero when <see cref="LimitPercentage"/> gives it.</summary>
    public ByteSize Limit { get; init; }

    /// <summary>What may come between two checks: the soft limit is the hard one less this. Zero: a fifth of the limit.</summary>
    public ByteSize SpikeLimit { get; init; }

    /// <summary>The hard limit as a share of the memory that the container or machine has.</summary>
    public int LimitPercentage { get; init; }

    public int SpikeLimitPercentage { get; init; }

    public TimeSpan MinGcIntervalWhenSoftLimited { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan MinGcIntervalWhenHardLimited { get; init; }
}

/// <summary>How the <c>probabilistic_sampler</c> decides.</summary>
internal enum SamplerMode
{
    HashSeed,
    Proportional,
    Equalizing,
}

/// <summary>The <c>probabilistic_sampler</c> processor.</summary>
internal sealed record ProbabilisticSamplerConfig : ProcessorConfig
{
    public SamplerMode Mode { get; init; } = SamplerMode.HashSeed;

    /// <summary>100 and more keeps everything, 0 nothing. Single precision, as the decision's arithmetic is.</summary>
    public float SamplingPercentage { get; init; }

    public uint HashSeed { get; init; }

    /// <summary>What happens to a span whose randomness cannot be used: true drops it.</summary>
    public bool FailClosed { get; init; } = true;

    /// <summary>Hexadecimal digits of the threshold, 1 to 14.</summary>
    public int SamplingPrecision { get; init; } = 4;
}
