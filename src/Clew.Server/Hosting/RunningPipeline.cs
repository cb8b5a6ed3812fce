using Clew.Pipeline.Components;
using Clew.Receivers.Telemetry;

namespace Clew.Server.Hosting;

/// <summary>The components of a configuration while they run. Start: exporters, processors, receivers. Stop: the other way round.</summary>
internal sealed class RunningPipeline(
    IReadOnlyList<ITraceReceiver> receivers, IReadOnlyList<ITraceProcessor> processors, IReadOnlyList<ITraceExporter> exporters)
{
    private readonly Stack<IPipelineComponent> _started = new();

    public IReadOnlyList<ReceiverStatus> ReceiverStatus => [.. receivers.OfType<IReceiverStatusSource>().SelectMany(receiver => receiver.Status)];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var component in (IPipelineComponent[])[.. exporters, .. processors, .. receivers])
        {
            await component.StartAsync(cancellationToken).ConfigureAwait(false);
            _started.Push(component);
        }
    }

    /// <summary>Stops what was started; a component that fails to stop does not keep the others running.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var faults = new List<Exception>();
        while (_started.TryPop(out var component))
        {
            try
            {
                await component.StopAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception fault)
            {
                faults.Add(fault);
            }
        }

        if (faults.Count > 0)
        {
            throw new AggregateException(faults);
        }
    }
}
