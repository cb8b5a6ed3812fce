using System.Collections.Concurrent;
using Clew.Pipeline.Components;

namespace Clew.Pipeline.Graph;

/// <summary>The counters of every place of every pipeline, by pipeline and component. Limited by what configurations name.</summary>
public sealed class PipelineTelemetry
{
    private readonly ConcurrentDictionary<(ComponentId Pipeline, ComponentId Component), StageCounters> _stages = new();

    /// <summary>The counters in front of a component; made when asked for the first time.</summary>
    public StageCounters Stage(ComponentId pipeline, ComponentId component) => _stages.GetOrAdd((pipeline, component), static _ => new StageCounters());

    /// <summary>Null when no pipeline had the component there.</summary>
    public StageCounters? Find(ComponentId pipeline, ComponentId component) => _stages.GetValueOrDefault((pipeline, component));
}
