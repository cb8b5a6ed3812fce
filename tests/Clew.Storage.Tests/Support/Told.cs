using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Clew.Storage.Tests.Support;

/// <summary>What a store told its operator: lines of its log, and faults by step.</summary>
internal sealed class Told : ILogger, IMeterFactory
{
    private readonly List<Meter> _meters = [];
    private readonly List<string> _lines = [];

    /// <summary>Warnings and worse.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>The sum of <c>clew.store.faults</c>.</summary>
    public long Faults()
    {
        var sum = 0L;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (_meters.Contains(instrument.Meter) && instrument.Name == "clew.store.faults")
            {
                own.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => sum += value);
        listener.Start();
        listener.RecordObservableInstruments();
        return sum;
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Warning)
        {
            lock (_lines)
            {
                _lines.Add($"{formatter(state, exception)} {exception?.Message}");
            }
        }
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose() => _meters.ForEach(static meter => meter.Dispose());
}
