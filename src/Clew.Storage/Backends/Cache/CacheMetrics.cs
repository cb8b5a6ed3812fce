using System.Diagnostics.Metrics;

namespace Clew.Storage.Backends.Cache;

/// <summary>Instruments of the cache in front of a bucket.</summary>
public sealed class CacheMetrics
{
    private readonly Counter<long> _pages;

    public CacheMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(StoreMetrics.MeterName);
        _pages = meter.CreateCounter<long>("clew.storage.cache.pages", "{page}", "Pages asked of the cache, by where they were found.");
        meter.CreateObservableGauge("clew.storage.cache.size", () => Size(), "By", "Bytes of the cache on disk.");
    }

    internal Func<long> Size { get; set; } = static () => 0;

    internal void Found(string where, int pages)
    {
        if (pages > 0)
        {
            _pages.Add(pages, new KeyValuePair<string, object?>("found", where));
        }
    }
}
