using Clew.Model;
using Clew.Query.Values;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Metrics;

/// <summary>Where an exemplar's span is, so that its labels are read only if it stays in the answer.</summary>
internal interface IExemplarOrigin
{
    /// <param name="place">Where in the origin: the number that was given with the exemplar.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    ValueTask<List<Search.NamedValue>> LabelsAsync(long place, CancellationToken cancellationToken);

    /// <summary>The id of the span: asked for where two spans of one trace start in the same nanosecond.</summary>
    SpanId SpanIdOf(long place);
}

/// <summary>
/// What one series has gathered: an accumulator an interval. Whole numbers and durations are summed exactly, so that the result does not
/// depend on the order in which spans come, nor on how they are cut into parts. Parts add up by <see cref="Merge"/>.
/// </summary>
internal sealed class SeriesState
{
    private const double NanosPerSecond = 1e9;

    // Two an interval, as Tempo has it.
    private const int ExemplarsPerInterval = 2;

    private readonly MetricsFunctionKind _kind;
    private readonly Exemplars? _exemplars;
    private Int128[] _durations = [];
    private Int128[] _wholes = [];
    private double[] _reals = [];

    /// <summary>By interval: for how many more than <see cref="Counts"/> its spans stand. Empty as long as none stands for more than itself.</summary>
    private double[] _more = [];

    public SeriesState(MetricsFunctionKind kind, int intervals, bool withExemplars)
    {
        _kind = kind;
        Counts = new long[intervals];
        Buckets = IsBucketed ? new Log2Buckets?[intervals] : [];
        Extremes = kind is MetricsFunctionKind.MinOverTime or MetricsFunctionKind.MaxOverTime ? new double[intervals] : [];
        _exemplars = withExemplars ? new Exemplars(intervals) : null;
    }

    /// <summary>Spans an interval.</summary>
    public long[] Counts { get; }

    public Log2Buckets?[] Buckets { get; }

    /// <summary>Whether one of the values was a duration: results are then in seconds.</summary>
    public bool IsDuration { get; private set; }

    private double[] Extremes { get; }

    private bool IsBucketed => _kind is MetricsFunctionKind.HistogramOverTime or MetricsFunctionKind.QuantileOverTime;

    /// <summary>Counts a span that stands for so many.</summary>
    public void Count(int interval, double weight)
    {
        Counts[interval]++;
        if (weight > 1)
        {
            Reserve(ref _more);
            _more[interval] += weight - 1;
        }
    }

    /// <summary>Adds the value of a span, as often as it stands for spans; NaN is no number and does not count.</summary>
    public void Add(int interval, ValueKind kind, long bits, double weight = 1)
    {
        var real = kind == ValueKind.Float ? BitConverter.Int64BitsToDouble(bits) : bits;
        if (double.IsNaN(real))
        {
            return;
        }

        IsDuration |= kind == ValueKind.Duration;
        if (IsBucketed)
        {
            if (Log2Buckets.BucketOf(real) is var bucket and >= 0)
            {
                (Buckets[interval] ??= new Log2Buckets()).Add(bucket, weight);
            }

            return;
        }

        if (Extremes.Length > 0)
        {
            Fold(interval, kind == ValueKind.Duration ? real / NanosPerSecond : real);
        }
        else if (kind == ValueKind.Float)
        {
            Reserve(ref _reals);
            _reals[interval] += real;
        }
        else
        {
            ref var sums = ref kind == ValueKind.Duration ? ref _durations : ref _wholes;
            Reserve(ref sums);
            sums[interval] += bits;
        }

        if (weight > 1 && Extremes.Length == 0)
        {
            Reserve(ref _reals);
            _reals[interval] += (weight - 1) * (kind == ValueKind.Duration ? real / NanosPerSecond : real);
        }

        Count(interval, weight);
    }

    public void Merge(SeriesState other)
    {
        IsDuration |= other.IsDuration;
        for (var i = 0; i < Counts.Length; i++)
        {
            if (Extremes.Length > 0 && other.Counts[i] > 0)
            {
                Fold(i, other.Extremes[i]);
            }

            Counts[i] += other.Counts[i];
        }

        for (var i = 0; i < Buckets.Length; i++)
        {
            if (other.Buckets[i] is { } buckets)
            {
                (Buckets[i] ??= new Log2Buckets()).Add(buckets);
            }
        }

        AddAll(ref _durations, other._durations);
        AddAll(ref _wholes, other._wholes);
        AddAll(ref _reals, other._reals);
        AddAll(ref _more, other._more);
        _exemplars?.Merge(other._exemplars!);
    }

    /// <summary>The value of each interval; NaN where there is none.</summary>
    public double[] Values(TimeGrid grid)
    {
        var values = new double[Counts.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = _kind switch
            {
                MetricsFunctionKind.Rate => All(i) / grid.StepSeconds,
                MetricsFunctionKind.CountOverTime => All(i),
                _ when Counts[i] == 0 => double.NaN,
                MetricsFunctionKind.SumOverTime => Sum(i),
                MetricsFunctionKind.AvgOverTime => Sum(i) / All(i),
                _ => Extremes[i],
            };
        }

        return values;
    }

    /// <summary>True when an exemplar with this key may be taken: with the largest key that is held, ids decide.</summary>
    public bool TakesExemplar(int interval, ulong key) => _exemplars is not null && _exemplars.Takes(interval, key);

    /// <summary>No exemplar with a key above this would be taken.</summary>
    public ulong ExemplarLimit(int interval) => _exemplars?.Limit(interval) ?? 0;

    /// <summary>Offers a span. Where starts are equal, the least ids are taken, so that the order in which spans come does not matter.</summary>
    public void AddExemplar(int interval, ulong key, long startUnixNano, double value, TraceId trace, IExemplarOrigin origin, long place = 0) =>
        _exemplars!.Add(interval, new Exemplars.Slot { Key = key, Start = startUnixNano, Value = value, Trace = trace, Origin = origin, Place = place });

    /// <summary>The buckets of an interval, for adding to them.</summary>
    public Log2Buckets BucketsOf(int interval) => Buckets[interval] ??= new Log2Buckets();

    /// <summary>Says that values are durations without adding one: for those who add to <see cref="BucketsOf"/>.</summary>
    public void MarkDuration() => IsDuration = true;

    /// <summary>The exemplars in order of time.</summary>
    public List<Exemplar> BuildExemplars() => _exemplars?.Build() ?? [];

    /// <summary>
    /// What decides among the spans of an interval: a scramble of the start, so that the choice is even over the interval and does not depend
    /// on the order in which spans come. The least key wins.
    /// </summary>
    public static ulong ExemplarKey(long startUnixNano) => Scan.ColumnKernels.Scramble(startUnixNano);

    private double All(int interval) => Counts[interval] + (_more.Length > 0 ? _more[interval] : 0);

    private double Sum(int interval)
    {
        var sum = _reals.Length > 0 ? _reals[interval] : 0;
        sum += _wholes.Length > 0 ? (double)_wholes[interval] : 0;
        return sum + (_durations.Length > 0 ? (double)_durations[interval] / NanosPerSecond : 0);
    }

    private void Fold(int interval, double value)
    {
        ref var present = ref Extremes[interval];
        present = Counts[interval] == 0 ? value : _kind == MetricsFunctionKind.MinOverTime ? Math.Min(present, value) : Math.Max(present, value);
    }

    private void Reserve<T>(ref T[] sums) => sums = sums.Length == 0 ? new T[Counts.Length] : sums;

    private void AddAll<T>(ref T[] sums, T[] others)
        where T : System.Numerics.IAdditionOperators<T, T, T>
    {
        if (others.Length > 0)
        {
            Reserve(ref sums);
            for (var i = 0; i < sums.Length; i++)
            {
                sums[i] += others[i];
            }
        }
    }

    /// <summary>The exemplars with the least keys of every interval, in a flat table.</summary>
    private sealed class Exemplars(int intervals)
    {
        private readonly Slot[] _slots = new Slot[intervals * ExemplarsPerInterval];

        public bool Takes(int interval, ulong key)
        {
            ref var last = ref _slots[(interval * ExemplarsPerInterval) + ExemplarsPerInterval - 1];
            return last.Origin is null || key <= last.Key;
        }

        public ulong Limit(int interval)
        {
            ref var last = ref _slots[(interval * ExemplarsPerInterval) + ExemplarsPerInterval - 1];
            return last.Origin is null ? ulong.MaxValue : last.Key;
        }

        public void Add(int interval, in Slot added)
        {
            var slots = _slots.AsSpan(interval * ExemplarsPerInterval, ExemplarsPerInterval);
            for (var i = 0; i < slots.Length; i++)
            {
                if (slots[i].Origin is null || added.Precedes(slots[i]))
                {
                    slots[i..^1].CopyTo(slots[(i + 1)..]);
                    slots[i] = added;
                    return;
                }
            }
        }

        public void Merge(Exemplars other)
        {
            for (var i = 0; i < other._slots.Length; i++)
            {
                ref var slot = ref other._slots[i];
                if (slot.Origin is not null && Takes(i / ExemplarsPerInterval, slot.Key))
                {
                    Add(i / ExemplarsPerInterval, slot);
                }
            }
        }

        public List<Exemplar> Build()
        {
            var exemplars = new List<Exemplar>();
            foreach (ref var slot in _slots.AsSpan())
            {
                if (slot.Origin is not null)
                {
                    exemplars.Add(new Exemplar(slot.Start, slot.Value, []) { Origin = slot.Origin, Place = slot.Place });
                }
            }

            // Those of one start stay in the order of their ids: a sort that moves equals would not keep it.
            return [.. exemplars.OrderBy(static exemplar => exemplar.UnixNano)];
        }

        public struct Slot
        {
            public ulong Key;
            public long Start;
            public double Value;
            public TraceId Trace;
            public IExemplarOrigin? Origin;
            public long Place;

            public readonly bool Precedes(in Slot other)
            {
                if (Key != other.Key)
                {
                    return Key < other.Key;
                }

                var order = Trace.CompareTo(other.Trace);
                return order != 0 ? order < 0 : Origin!.SpanIdOf(Place).Value < other.Origin!.SpanIdOf(other.Place).Value;
            }
        }
    }
}
