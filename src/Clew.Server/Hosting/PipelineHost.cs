using Clew.Pipeline.Components;
using Clew.Server.Configuration;
using Clew.Storage;
using Microsoft.Extensions.Logging;

namespace Clew.Server.Hosting;

/// <summary>
/// Runs the components of a configuration, and exchanges them for those of another while receivers that did not change go on listening.
/// Start: exporters, processors, receivers. Stop: the other way round.
/// </summary>
/// <remarks>
/// A reload stops what is gone and starts what is new, in the order that loses nothing: receivers that are gone finish their requests;
/// the entries of the others close and empty; processors and exporters that are gone drain (their queues stay on disk for a successor of
/// the same id); the new ones start; the entries open; new receivers start. If anything cannot start, what was stopped is built again
/// from the old configuration, and the caller is told why.
/// </remarks>
internal sealed partial class PipelineHost(ITraceStore? store, PipelineServices services, ILogger logger)
{
    /// <summary>How long a reload waits for requests under way before it gives up and leaves everything as it was.</summary>
    public static readonly TimeSpan MaxDrain = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private PipelineGraph _graph = PipelineGraph.Empty;

    public PipelineGraph Graph => Volatile.Read(ref _graph);

    public ClewConfig? Config { get; private set; }

    public PipelineServices Services => services;

    public async Task StartAsync(ClewConfig config, CancellationToken cancellationToken)
    {
        var graph = new PipelineBuilder(config, store, services).Build();
        Config = config;
        Volatile.Write(ref _graph, graph);
        var started = new Stack<IPipelineComponent>();
        try
        {
            foreach (var slot in graph.Receivers)
            {
                slot.Entry.Open(slot.Target);
            }

            await StartAsync(graph.Components, started, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await StopAsync(started, cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _graph, PipelineGraph.Empty);
            throw;
        }
    }

    /// <summary>Stops what runs; a component that fails to stop does not keep the others running.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var graph = Interlocked.Exchange(ref _graph, PipelineGraph.Empty);
            await StopAsync(graph.Components.Reverse(), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Exchanges the pipelines. Null on success; otherwise the reason why everything is as it was.</summary>
    public async Task<string?> ReloadAsync(ClewConfig config, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var old = Graph;
            PipelineGraph next;
            try
            {
                next = new PipelineBuilder(config, store, services, old).Build();
            }
            catch (Exception fault) when (fault is IOException or InvalidOperationException or ArgumentException or FormatException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
            {
                return fault.Message;
            }

            var failure = await ExchangeAsync(old, next, cancellationToken).ConfigureAwait(false);
            if (failure is null)
            {
                Config = config;
            }

            return failure;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<string?> ExchangeAsync(PipelineGraph old, PipelineGraph next, CancellationToken cancellationToken)
    {
        var kept = old.Components.Intersect(next.Components, ReferenceEqualityComparer.Instance).Cast<IPipelineComponent>().ToHashSet<IPipelineComponent>(ReferenceEqualityComparer.Instance);
        var keptSlots = next.Receivers.Where(slot => kept.Contains(slot.Instance)).ToList();
        var gone = old.Components.Where(component => !kept.Contains(component)).Reverse().ToList();
        var added = next.Components.Where(component => !kept.Contains(component)).ToList();
        using (var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            limit.CancelAfter(MaxDrain);
            await StopAsync(gone.OfType<ITraceReceiver>(), limit.Token).ConfigureAwait(false);
            try
            {
                await Task.WhenAll(keptSlots.Select(slot => slot.Entry.CloseAsync(limit.Token))).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                await RebuildAsync(old, kept.Union(gone.Where(static component => component is not ITraceReceiver)), cancellationToken).ConfigureAwait(false);
                return $"requests under way were not answered within {MaxDrain.TotalSeconds} s";
            }

            await StopAsync(gone.Where(static component => component is not ITraceReceiver), cancellationToken).ConfigureAwait(false);
        }

        var started = new Stack<IPipelineComponent>();
        try
        {
            await StartAsync(added.Where(static component => component is not ITraceReceiver), started, cancellationToken).ConfigureAwait(false);
            foreach (var slot in next.Receivers)
            {
                slot.Entry.Open(slot.Target);
            }

            await StartAsync(added.OfType<ITraceReceiver>(), started, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            await StopAsync(started.OfType<ITraceReceiver>(), cancellationToken).ConfigureAwait(false);
            await Task.WhenAll(keptSlots.Select(slot => slot.Entry.CloseAsync(cancellationToken))).ConfigureAwait(false);
            await StopAsync(started.Where(static component => component is not ITraceReceiver), cancellationToken).ConfigureAwait(false);
            await RebuildAsync(old, kept, cancellationToken).ConfigureAwait(false);
            return fault.Message;
        }

        Volatile.Write(ref _graph, next);
        return null;
    }

    /// <summary>Builds what was stopped again, from the settings that it had, around the components that still run.</summary>
    private async Task RebuildAsync(PipelineGraph old, IEnumerable<IPipelineComponent> running, CancellationToken cancellationToken)
    {
        var alive = running.ToHashSet<IPipelineComponent>(ReferenceEqualityComparer.Instance);
        var rest = new PipelineGraph(
            [.. old.Receivers.Where(slot => alive.Contains(slot.Instance))],
            [.. old.Chains.Where(chain => chain.Processors.All(alive.Contains) && chain.Exporters.All(alive.Contains))],
            [.. old.Exporters.Where(slot => alive.Contains(slot.Instance))]);
        var again = new PipelineBuilder(Config!, store, services, rest).Build();
        foreach (var component in again.Components.Where(component => !alive.Contains(component)))
        {
            try
            {
                await component.StartAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                LogNotRestored(component.Id, fault.Message);
            }
        }

        foreach (var slot in again.Receivers)
        {
            slot.Entry.Open(slot.Target);
        }

        Volatile.Write(ref _graph, again);
    }

    private static async Task StartAsync(IEnumerable<IPipelineComponent> components, Stack<IPipelineComponent> started, CancellationToken cancellationToken)
    {
        foreach (var component in components)
        {
            await component.StartAsync(cancellationToken).ConfigureAwait(false);
            started.Push(component);
        }
    }

    private async Task StopAsync(IEnumerable<IPipelineComponent> components, CancellationToken cancellationToken)
    {
        foreach (var component in components)
        {
            try
            {
                await component.StopAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception fault)
            {
                LogNotStopped(component.Id, fault.Message);
            }
        }
    }

    [LoggerMessage(2501, LogLevel.Error, "Component {Component} runs no longer: it was stopped for a reload that failed, and does not start again: {Reason}")]
    private partial void LogNotRestored(ComponentId component, string reason);

    [LoggerMessage(2502, LogLevel.Warning, "Component {Component} did not stop in order: {Reason}")]
    private partial void LogNotStopped(ComponentId component, string reason);
}
