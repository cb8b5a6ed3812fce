namespace Clew.Pipeline.Components;

/// <summary>The id of a component in the configuration: <c>type</c> or <c>type/name</c>.</summary>
public readonly record struct ComponentId(string Type, string? Name = null)
{
    public override string ToString() => string.IsNullOrEmpty(Name) ? Type : $"{Type}/{Name}";
}

/// <summary>
/// A part of a pipeline. Exporters are started first, then processors, then receivers; stopping goes the other way round, and each
/// stop drains what the component holds before it completes.
/// </summary>
public interface IPipelineComponent
{
    ComponentId Id { get; }

    Task StartAsync(CancellationToken cancellationToken);

    Task StopAsync(CancellationToken cancellationToken);
}

/// <summary>Listens for spans and hands them to the consumer it was built with.</summary>
public interface ITraceReceiver : IPipelineComponent;

/// <summary>Stands between a receiver and the exporters of one pipeline; hands on what it does not drop.</summary>
public interface ITraceProcessor : IPipelineComponent, ITraceConsumer;

/// <summary>The end of a pipeline: the store, a network exporter behind its disk queue, a file.</summary>
public interface ITraceExporter : IPipelineComponent, ITraceConsumer;

/// <summary>An exporter of one pipeline that is a receiver of others, or of metrics derived from spans.</summary>
public interface ITraceConnector : ITraceExporter, ITraceReceiver;
