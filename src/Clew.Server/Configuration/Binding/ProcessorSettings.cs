namespace Clew.Server.Configuration.Binding;

/// <summary>Reads the processors whose settings Clew knows.</summary>
internal static class ProcessorSettings
{
    public static ProcessorConfig? Bind(Section s, ComponentId id, ComponentType type) => type.Type switch
    {
        "batch" => Batch(s, id),
        "memory_limiter" => MemoryLimiter(s, id),
        "probabilistic_sampler" => Sampler(s, id),
        _ => ProcessorBindings.Bind(s, id, type.Type),
    };

    private static BatchProcessorConfig Batch(Section s, ComponentId id)
    {
        var d = new BatchProcessorConfig { Id = id };
        var config = new BatchProcessorConfig
        {
            Id = id,
            SendBatchSize = s.Int("send_batch_size", d.SendBatchSize, "Spans that trigger a send."),
            Timeout = s.Duration("timeout", d.Timeout, "How long spans wait for others; 0: send at once."),
            SendBatchMaxSize = s.Int("send_batch_max_size", d.SendBatchMaxSize, "Spans in one send at most; 0: no limit."),
            MetadataKeys = s.Strings("metadata_keys", d.MetadataKeys, "Request headers whose values must not be mixed in one batch.")
                .Select(static key => key.ToLowerInvariant()).ToValueList(),
            MetadataCardinalityLimit = s.Int("metadata_cardinality_limit", d.MetadataCardinalityLimit, "Combinations of their values at most."),
        };
        if (config.SendBatchMaxSize > 0 && config.SendBatchMaxSize < config.SendBatchSize)
        {
            s.ErrorAt("send_batch_max_size", $"{config.SendBatchMaxSize} is less than send_batch_size {config.SendBatchSize}");
        }

        var duplicate = config.MetadataKeys.GroupBy(static key => key).FirstOrDefault(static group => group.Count() > 1);
        if (duplicate is not null)
        {
            s.ErrorAt("metadata_keys", $"'{duplicate.Key}' is named twice (upper and lower case are the same)");
        }

        return config;
    }

    private static MemoryLimiterConfig MemoryLimiter(Section s, ComponentId id)
    {
        var d = new MemoryLimiterConfig { Id = id };
        var config = new MemoryLimiterConfig
        {
            Id = id,
            CheckInterval = s.Duration("check_interval", d.CheckInterval, "How often memory is measured; must be set, 1s is good."),
            Limit = s.SizeInMiB("limit_mib", d.Limit, "The hard limit in MiB."),
            SpikeLimit = s.SizeInMiB("spike_limit_mib", d.SpikeLimit, "What may come between two checks, in MiB; 0: a fifth of the limit."),
            LimitPercentage = s.Int("limit_percentage", d.LimitPercentage, "The hard limit as a share of the container's memory.", 0, 100),
            SpikeLimitPercentage = s.Int("spike_limit_percentage", d.SpikeLimitPercentage, "The same for the spike limit.", 0, 100),
            MinGcIntervalWhenSoftLimited = s.Duration("min_gc_interval_when_soft_limited", d.MinGcIntervalWhenSoftLimited),
            MinGcIntervalWhenHardLimited = s.Duration("min_gc_interval_when_hard_limited", d.MinGcIntervalWhenHardLimited),
        };

        // .NET's collector paces itself; the two upper bounds are accepted and need nothing from us.
        s.Duration("max_gc_interval_when_soft_limited", default);
        s.Duration("max_gc_interval_when_hard_limited", default);
        if (config.CheckInterval <= TimeSpan.Zero)
        {
            s.Error(s.Mark, "check_interval must be set and greater than zero; 1s is good");
        }

        if (config.Limit == ByteSize.Zero && config.LimitPercentage == 0)
        {
            s.Error(s.Mark, "needs limit_mib or limit_percentage");
        }

        if (config.Limit > ByteSize.Zero && config.SpikeLimit >= config.Limit)
        {
            s.ErrorAt("spike_limit_mib", "must be less than limit_mib");
        }

        if (config.LimitPercentage > 0 && config.SpikeLimitPercentage >= config.LimitPercentage)
        {
            s.ErrorAt("spike_limit_percentage", "must be less than limit_percentage");
        }

        return config;
    }

    private static ProbabilisticSamplerConfig Sampler(Section s, ComponentId id)
    {
        var d = new ProbabilisticSamplerConfig { Id = id };
        var config = new ProbabilisticSamplerConfig
        {
            Id = id,
            Mode = s.Choice("mode", d.Mode, "How the decision is made.",
                ("hash_seed", SamplerMode.HashSeed), ("proportional", SamplerMode.Proportional), ("equalizing", SamplerMode.Equalizing),
                ("", SamplerMode.HashSeed)),
            SamplingPercentage = s.Float("sampling_percentage", d.SamplingPercentage, "Percent of the traces that are kept; 100 and more: all."),
            HashSeed = (uint)s.Long("hash_seed", d.HashSeed, "Collectors that shall decide alike need the same.", 0, uint.MaxValue),
            FailClosed = s.Bool("fail_closed", d.FailClosed, "Drop a span whose randomness cannot be used."),
            SamplingPrecision = s.Int("sampling_precision", d.SamplingPrecision, "Hexadecimal digits of the threshold.", 1, 14),
        };
        const string logsOnly = "is for logs and has no effect on traces";
        foreach (var key in (string[])["attribute_source", "from_attribute", "sampling_priority"])
        {
            if (s.Raw(key) is not null)
            {
                s.Warn(key, logsOnly);
            }
        }

        return config;
    }
}
