using System.Diagnostics.Metrics;

namespace Clew.Pipeline.Tests.Support;

/// <summary>A meter factory that keeps what its own instruments measure. Dispose it to stop listening.</summary>
internal sealed class RecordedMeters : IMeterFactory
{
    private readonly List<Meter> _meters = [];
    private readonly List<(string Name, double Value, string Tags)> _measured = [];
    private readonly Lock _gate = new();
    private readonly MeterListener _listener = new();

    public RecordedMeters()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // Other tests run beside this one, with meters of the same name.
            if (ReferenceEquals(instrument.Meter.Scope, this))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.Start();
    }

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(new MeterOptions(options.Name) { Version = options.Version, Scope = this });
        _meters.Add(meter);
        return meter;
    }

    /// <summary>The sums of an instrument by its tags, written as <c>key=value</c> with commas in the order of the keys.</summary>
    public Dictionary<string, double> Sums(string name)
    {
        lock (_gate)
        {
            return _measured.Where(entry => entry.Name == name).GroupBy(static entry => entry.Tags).ToDictionary(static group => group.Key, static group => group.Sum(static entry => entry.Value));
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _meters.ForEach(static meter => meter.Dispose());
    }

    private void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = string.Join(',', tags.ToArray().OrderBy(static tag => tag.Key, StringComparer.Ordinal).Select(static tag => $"{tag.Key}={tag.Value}"));
        lock (_gate)
        {
            _measured.Add((instrument.Name, value, text));
        }
    }
}
