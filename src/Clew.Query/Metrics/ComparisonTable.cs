using Clew.Query.Scan;
using Clew.Query.Search;
using Clew.Query.Values;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Metrics;

/// <summary>
/// How often each value of each field occurs among the spans of both sides of a <c>compare()</c>, an interval each. One thread; tables of
/// several add up by <see cref="Merge"/>, in any order to the same.
/// </summary>
internal sealed class ComparisonTable(int intervals)
{
    private const string TypeLabel = "__meta_type";
    private const string ErrorLabel = "__meta_error";
    private const string TooManyValues = "__too_many_values__";

    private readonly Dictionary<string, ComparedField> _fields = [];

    /// <summary>The places of a count: those of the baseline's intervals, then those of the selection's.</summary>
    public int Slots => 2 * intervals;

    public ComparedField this[string name]
    {
        get
        {
            if (!_fields.TryGetValue(name, out var field))
            {
                _fields.Add(name, field = new ComparedField(Slots));
            }

            return field;
        }
    }

    public int Slot(int interval, bool isSelected) => isSelected ? intervals + interval : interval;

    public void Merge(ComparisonTable other)
    {
        foreach (var (name, field) in other._fields)
        {
            this[name].Merge(field);
        }
    }

    public List<Series> Build(MetricsCompare function, QueryLimits limits)
    {
        var series = new List<Series>();
        foreach (var (name, field) in _fields)
        {
            Build(series, name, field, "baseline", 0, (int)function.TopN);
            Build(series, name, field, "selection", intervals, (int)function.TopN);
        }

        series.Sort(static (a, b) => LabelSet.Compare(a.Labels, b.Labels));
        if (series.Count > limits.MaxSeries)
        {
            series.RemoveRange(limits.MaxSeries, series.Count - limits.MaxSeries);
        }

        return series;
    }

    private void Build(List<Series> series, string name, ComparedField field, string type, int firstSlot, int topN)
    {
        var total = field.Totals.AsSpan(firstSlot, intervals);
        if (!total.ContainsAnyExcept(0L))
        {
            return;
        }

        series.Add(new Series(Labels(type + "_total", name, QueryValue.Nil), Doubles(total)));
        var ranked = field.Ranked(firstSlot, intervals);
        foreach (var (value, counts) in ranked.Take(topN))
        {
            series.Add(new Series(Labels(type, name, value), Doubles(counts)));
        }

        if (field.IsCut || ranked.Count > topN)
        {
            series.Add(new Series(Labels(type, name, QueryValue.Nil).With(ErrorLabel, QueryValue.String(TooManyValues)), new double[intervals]));
        }
    }

    private static double[] Doubles(ReadOnlySpan<long> counts)
    {
        var doubles = new double[counts.Length];
        for (var i = 0; i < doubles.Length; i++)
        {
            doubles[i] = counts[i];
        }

        return doubles;
    }

    private static LabelSet Labels(string type, string name, QueryValue value) =>
        new(new NamedValue(TypeLabel, QueryValue.String(type)), new NamedValue(name, value.IsNil ? QueryValue.String("nil") : value));
}

/// <summary>One field of a comparison.</summary>
internal sealed class ComparedField(int slots)
{
    // Beyond this a field is an id of something: its values tell nothing and would take all memory, so only the spans that have it are counted.
    private const int MostValues = 10_000;

    // Numbers that the values of a field take at most, 8 MB: a comparison over many intervals has room for fewer values.
    private const int MaxCells = 1 << 20;

    private readonly int _maxValues = Math.Clamp(MaxCells / slots, 1, MostValues);
    private long[] _cells = [];

    /// <summary>Gives values their numbers; another one after the field was cut.</summary>
    public ValueTable Values { get; private set; } = new();

    /// <summary>Spans that have the field, by slot.</summary>
    public long[] Totals { get; } = new long[slots];

    /// <summary>True when there were more values than are counted: then none is.</summary>
    public bool IsCut { get; private set; }

    public void Add(in QueryValue value, int slot, long count)
    {
        Totals[slot] += count;
        if (!IsCut)
        {
            AddValue(Values.Number(value), slot, count);
        }
    }

    /// <summary>Counts a value of <see cref="Values"/> without counting in <see cref="Totals"/>.</summary>
    public void AddValue(int number, int slot, long count)
    {
        if (number >= _maxValues)
        {
            Cut();
            return;
        }

        var at = (number * slots) + slot;
        if (at >= _cells.Length)
        {
            Array.Resize(ref _cells, Math.Max((number + 1) * slots, _cells.Length * 2));
        }

        _cells[at] += count;
    }

    public void Merge(ComparedField other)
    {
        for (var slot = 0; slot < slots; slot++)
        {
            Totals[slot] += other.Totals[slot];
        }

        if (other.IsCut && !IsCut)
        {
            Cut();
        }

        for (var at = 0; at < other._cells.Length && !IsCut; at++)
        {
            if (other._cells[at] > 0)
            {
                AddValue(Values.Number(other.Values[at / slots]), at % slots, other._cells[at]);
            }
        }
    }

    /// <summary>The values that occur in some slots, the most frequent first.</summary>
    public List<(QueryValue Value, long[] Counts)> Ranked(int firstSlot, int count)
    {
        var found = new List<(QueryValue Value, long[] Counts)>();
        for (var number = 0; (number + 1) * slots <= _cells.Length && number < Values.Count; number++)
        {
            var counts = _cells.AsSpan((number * slots) + firstSlot, count);
            if (counts.ContainsAnyExcept(0L))
            {
                found.Add((Values[number], counts.ToArray()));
            }
        }

        return [.. found.OrderByDescending(static one => one.Counts.Sum()).ThenBy(static one => one.Value.ToString(), StringComparer.Ordinal).ThenBy(static one => one.Value.Kind)];
    }

    private void Cut()
    {
        IsCut = true;
        Values = new ValueTable();
        _cells = [];
    }
}
