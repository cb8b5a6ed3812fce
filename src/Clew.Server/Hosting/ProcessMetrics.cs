using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Clew.Server.Hosting;

/// <summary>The process itself, under the Collector's names. None has a unit that Prometheus would append to its name.</summary>
internal static class ProcessMetrics
{
    private const string MeterName = "Clew.Process";

    public static void Create(IMeterFactory meters, DateTimeOffset startedAt, TimeProvider clock)
    {
        var meter = meters.Create(MeterName);
        meter.CreateObservableCounter("otelcol_process_uptime", () => (clock.GetUtcNow() - startedAt).TotalSeconds, null, "Seconds since the start.");
        meter.CreateObservableCounter("otelcol_process_cpu_seconds", () => Environment.CpuUsage.TotalTime.TotalSeconds, null, "Processor seconds, user and system.");
        meter.CreateObservableGauge("otelcol_process_memory_rss", static () => Resident(), null, "Bytes of resident memory.");
        meter.CreateObservableGauge("otelcol_process_runtime_heap_alloc_bytes", static () => GC.GetTotalMemory(forceFullCollection: false), null, "Bytes of objects on the managed heap.");
        meter.CreateObservableCounter("otelcol_process_runtime_total_alloc_bytes", static () => GC.GetTotalAllocatedBytes(), null, "Bytes allocated on the managed heap since the start.");
        meter.CreateObservableGauge("otelcol_process_runtime_total_sys_memory_bytes", static () => GC.GetGCMemoryInfo().TotalCommittedBytes, null, "Bytes that the managed heap holds of the system.");
    }

    private static long Resident()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
