using System.Diagnostics.Metrics;
using Clew.Otlp.Batches;
using Clew.Otlp.Editing;
using Clew.Pipeline.Components;
using Clew.Pipeline.Ottl;
using Microsoft.Extensions.Logging;

namespace Clew.Pipeline.Connectors;

/// <summary>One metric of <c>count</c>: of spans or of span events for which one of the conditions holds.</summary>
public sealed record CountedMetric(string Name, string Description, IReadOnlyList<OttlCondition> Conditions)
{
    /// <summary>Attributes whose values are told apart, with the value of those that lack them (null: not counted).</summary>
    public IReadOnlyList<(string Key, string? Default)> Attributes { get; init; } = [];
}

/// <summary>Settings of <c>count</c>.</summary>
public sealed record CountOptions
{
    public IReadOnlyList<CountedMetric> Spans { get; init; } = [];

    public IReadOnlyList<CountedMetric> Events { get; init; } = [];
}

/// <summary>
/// <c>count</c>: counts spans and span events. The counters are on this process's <c>/metrics</c>; series of one metric are limited, the
/// rest is counted together.
/// </summary>
public sealed class CountConnector : ITraceConnector
{
    /// <summary>Combinations of attribute values that one metric may have.</summary>
    private const int MaxSeries = 2000;

    private readonly (CountedMetric Metric, Counter<long> Counter, HashSet<string> Series)[] _spans;
    private readonly (CountedMetric Metric, Counter<long> Counter, HashSet<string> Series)[] _events;
    private readonly TimeProvider _clock;
    private readonly OttlErrors _errors;

    public CountConnector(ComponentId id, CountOptions options, ConnectorContext context)
    {
        Id = id;
        _clock = context.Services.Clock;
        _errors = new OttlErrors(id.ToString(), OttlErrorMode.Ignore, _clock, context.Services.Logger(id));
        var meter = context.Services.Meters.Create(ComponentMetrics.MeterName);
        _spans = Counters(options.Spans);
        _events = Counters(options.Events);

        (CountedMetric, Counter<long>, HashSet<string>)[] Counters(IReadOnlyList<CountedMetric> metrics) =>
            [.. metrics.Select(metric => (metric, meter.CreateCounter<long>(metric.Name, null, metric.Description), new HashSet<string>()))];
    }

    public ComponentId Id { get; }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
    {
        using var edit = new BatchEdit(batch);
        var context = new OttlContext(_clock) { Batch = batch.Context };
        for (var i = 0; i < batch.SpanCount; i++)
        {
            var entry = batch.Spans[i];
            context.Resource = edit.Resource(entry.Resource);
            context.Scope = edit.Scope(entry.Scope);
            context.Span = edit.Open(i);
            Count(_spans, context, context.Span.Attributes);
            if (_events.Length == 0 || context.Span.EventCount == 0)
            {
                continue;
            }

            foreach (var item in context.Span.Events)
            {
                context.Event = item;
                Count(_events, context, item.Attributes);
            }
        }

        return new(ConsumeResult.Accepted);
    }

    private void Count((CountedMetric Metric, Counter<long> Counter, HashSet<string> Series)[] metrics, OttlContext context, AttributeMap attributes)
    {
        foreach (var (metric, counter, series) in metrics)
        {
            if (metric.Conditions.Count > 0 && !metric.Conditions.Any(condition => Holds(condition, context)))
            {
                continue;
            }

            var tags = new KeyValuePair<string, object?>[metric.Attributes.Count];
            var complete = true;
            for (var i = 0; i < tags.Length; i++)
            {
                var (key, fallback) = metric.Attributes[i];
                var value = attributes.TryGet(key, out var own) || context.Resource.Attributes.TryGet(key, out own) ? OtlpValue.ToText(own) : fallback;
                complete &= value is not null;
                tags[i] = new(key, value);
            }

            if (complete)
            {
                counter.Add(1, Limited(series, tags));
            }
        }
    }

    private static KeyValuePair<string, object?>[] Limited(HashSet<string> series, KeyValuePair<string, object?>[] tags)
    {
        if (tags.Length == 0)
        {
            return tags;
        }

        var key = string.Join('\u001f', tags.Select(static tag => tag.Value));
        lock (series)
        {
            return series.Contains(key) || (series.Count < MaxSeries && series.Add(key)) ? tags : [.. tags.Select(static tag => new KeyValuePair<string, object?>(tag.Key, "other"))];
        }
    }

    private bool Holds(OttlCondition condition, OttlContext context)
    {
        try
        {
            return condition.IsTrue(context);
        }
        catch (OttlException fault) when (_errors.Handle(condition.Text, fault))
        {
            return false;
        }
    }
}
