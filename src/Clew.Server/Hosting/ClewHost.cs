using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using Clew.Api.V1;
using Clew.Pipeline;
using Clew.Pipeline.Graph;
using Clew.Query;
using Clew.Query.Search;
using Clew.Receivers;
using Clew.Server.Commands;
using Clew.Server.Configuration;
using Clew.Server.Configuration.Rendering;
using Clew.Server.Doctor;
using Clew.Storage;
using Clew.Storage.Rollups;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Endpoint = Clew.Server.Configuration.Endpoint;

namespace Clew.Server.Hosting;

/// <summary>
/// Runs a configuration until it is told to stop. Start: store, pipeline, API. Stop: receivers close and finish what they hold, the
/// pipeline drains, the store writes what waits for its log; a second signal ends the process at once, which loses nothing that was
/// acknowledged.
/// </summary>
internal static class ClewHost
{
    public static async Task<int> ServeAsync(ClewConfig config, CancellationToken cancellationToken)
    {
        NativeHeap.ShareOnePool();
        using var logging = new LogProvider(config.Pipeline.Telemetry);
        await using var services = new ServiceCollection().AddMetrics().AddLogging(builder => builder.AddProvider(logging)).BuildServiceProvider();
        var loggers = services.GetRequiredService<ILoggerFactory>();
        var meters = services.GetRequiredService<IMeterFactory>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var signals = new StopSignals(stop);
        try
        {
            return await RunAsync(config, logging, loggers, meters, stop.Token).ConfigureAwait(false);
        }
        catch (IOException fault)
        {
            await Console.Error.WriteLineAsync($"clew: {fault.Message}").ConfigureAwait(false);
            return ExitCode.RuntimeFailure;
        }
    }

    private static async Task<int> RunAsync(
        ClewConfig config, LogProvider logging, ILoggerFactory loggers, IMeterFactory meters, CancellationToken stop)
    {
        var clock = TimeProvider.System;
        var startedAt = clock.GetUtcNow();
        ProcessMetrics.Create(meters, startedAt, clock);
        using var bucket = config.HasStore ? await BucketStore.OpenAsync(config.Storage, clock, meters, loggers, stop).ConfigureAwait(false) : null;
        await using var store = config.HasStore && config.Storage.Path is { } path
            ? await TraceStore.OpenAsync(StoreMapping.Options(config, path), clock, new StoreMetrics(meters), loggers.CreateLogger<TraceStore>(), stop, bucket?.Objects).ConfigureAwait(false)
            : null;
        if (store is not null)
        {
            store.Selectors = new TraceSelectorFactory();
        }

        using var folder = store is null && config.Storage.Path is { } data ? DataFolderLock.Take(data) : null;
        using var engine = new QueryEngine(store is null ? new EmptyStore() : store, StoreMapping.Limits(config), clock);
        var pipeline = new PipelineHost(
            store, new PipelineServices(new ReceiverServices(loggers, meters, clock), new ComponentMetrics(meters), new PipelineTelemetry()), loggers.CreateLogger<PipelineHost>());
        var ready = false;
        string? api = null;
        ConfigReloader? reloads = null;
        var rollups = store is null ? null : new StoreRollups(store);
        await using var mesh = new MeshHosting(config, rollups, clock, loggers);
        await using var host = await ApiHost.StartAsync(
            config, engine, mesh, store, rollups, tenant => StatusReport.Of(config, pipeline.Graph, store, tenant, api ?? "", startedAt),
            () => Volatile.Read(ref ready) ? null : "starting", Map, logging, stop).ConfigureAwait(false);
        api = $"http://{host.Addresses[0]}";
        await using var reader = await MetricsReader.StartAsync(config, logging, stop).ConfigureAwait(false);
        await using var extensions = new ExtensionHost(startedAt, () => Volatile.Read(ref ready) ? null : "starting", pipeline, logging);
        await extensions.StartAsync(config, stop).ConfigureAwait(false);
        try
        {
            await pipeline.StartAsync(config, stop).ConfigureAwait(false);
            await using var reloader = new ConfigReloader(config, pipeline, extensions, ProcessEnvironment.Instance, clock, loggers.CreateLogger<ConfigReloader>());
            reloads = reloader;
            await Console.Out.WriteLineAsync(StartupSummary.Render(config, BuildVersion.Text, Bound(config, pipeline.Graph, host))).ConfigureAwait(false);
            Volatile.Write(ref ready, true);
            await WaitAsync(stop).ConfigureAwait(false);
            await Console.Out.WriteLineAsync("Stopping: finishing what was received. A second signal stops at once.").ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref ready, false);
            using var limit = new CancellationTokenSource(config.Server.ShutdownTimeout);
            await pipeline.StopAsync(limit.Token).ConfigureAwait(false);
            await host.StopAsync(limit.Token).ConfigureAwait(false);
        }

        return ExitCode.Ok;

        void Map(ApiV1 v1)
        {
            PipelineEndpoints.Map(v1, pipeline, Reload, clock);
            DoctorEndpoints.Map(
                v1, () => new Doctor.Doctor(pipeline.Config ?? config, pipeline, Reload(), store, engine, clock, ProcessEnvironment.Instance.IsContainer));
        }

        ReloadReport Reload() => Volatile.Read(ref reloads)?.Report ?? ReloadReport.None;
    }

    /// <summary>The real addresses of listeners that left the port to the system, by the names that the summary uses.</summary>
    private static Dictionary<string, Endpoint> Bound(ClewConfig config, PipelineGraph pipeline, ApiHost host)
    {
        var bound = new Dictionary<string, Endpoint>();
        foreach (var (configured, actual) in config.Server.Http.Zip(host.Addresses))
        {
            bound[$"API and UI {configured}"] = Parse(actual);
        }

        foreach (var receiver in config.Pipeline.Receivers.Values.OfType<OtlpReceiverConfig>())
        {
            foreach (var status in pipeline.ReceiverStatus.Where(status => status.Receiver == receiver.Id.ToString() && status.EndPoints.Count > 0))
            {
                var configured = status.Transport == "grpc" ? receiver.Grpc!.Endpoint : receiver.Http!.Endpoint;
                bound[$"OTLP {(status.Transport == "grpc" ? "gRPC" : "HTTP")} {configured}"] = Parse(status.EndPoints[0]);
            }
        }

        return bound.Where(entry => entry.Key.EndsWith(":0", StringComparison.Ordinal)).ToDictionary();
    }

    private static Endpoint Parse(string address) => Endpoint.TryParse(address, out var endpoint) ? endpoint : default;

    private static async Task WaitAsync(CancellationToken stop)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The signal that this waits for.
        }
    }

    /// <summary>SIGINT and SIGTERM: the first asks for a stop, the second ends the process.</summary>
    private sealed class StopSignals : IDisposable
    {
        private readonly List<PosixSignalRegistration> _registrations = [];
        private int _count;

        public StopSignals(CancellationTokenSource stop)
        {
            foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM])
            {
                _registrations.Add(PosixSignalRegistration.Create(signal, context =>
                {
                    context.Cancel = true;
                    if (Interlocked.Increment(ref _count) == 1)
                    {
                        stop.Cancel();
                    }
                    else
                    {
                        Environment.Exit(ExitCode.RuntimeFailure);
                    }
                }));
            }
        }

        public void Dispose() => _registrations.ForEach(registration => registration.Dispose());
    }
}
