using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Clew.Pipeline.Components;

/// <summary>
/// What a component takes from the program that runs it; none of it is owned by the component. Components hold no global state, so that
/// those of a new configuration can be built while the old ones still run.
/// </summary>
/// <param name="Metrics">The pipeline's own instruments.</param>
/// <param name="Meters">For instruments of a component's own.</param>
/// <param name="Loggers">For logs.</param>
/// <param name="Clock">Time.</param>
/// <param name="DataFolder">The folder under which a component may keep what must survive; null on a collector without a disk.</param>
public sealed record ComponentServices(ComponentMetrics Metrics, IMeterFactory Meters, ILoggerFactory Loggers, TimeProvider Clock, string? DataFolder)
{
    public ILogger Logger(ComponentId id) => Loggers.CreateLogger($"Clew.Pipeline.{id}");
}

/// <summary>Where a processor stands.</summary>
public sealed record ProcessorContext(ComponentServices Services, ComponentId Pipeline, ITraceConsumer Next);

/// <summary>Where a connector stands: the pipelines that name it among their receivers, each with its first consumer.</summary>
public sealed record ConnectorContext(ComponentServices Services, IReadOnlyList<KeyValuePair<ComponentId, ITraceConsumer>> Outputs);
