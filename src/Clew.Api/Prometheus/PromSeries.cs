namespace Clew.Api.Prometheus;

/// <summary>
/// A counter, known by how much it grew in each step of time. Within a step it is taken to grow evenly; the step that is not over yet ends now.
/// </summary>
internal sealed class PromSeries(PromLabels labels, long startUnixNano, long stepNanos, long nowUnixNano)
{
    private readonly SortedDictionary<int, double> _increments = [];
    private int[]? _steps;
    private double[] _before = [];
    private double[] _values = [];

    public PromLabels Labels => labels;

    /// <summary>A step may hold zero: a bucket that nothing fell into is a series too.</summary>
    public bool IsEmpty => _increments.Count == 0;

    /// <summary>Whether a step with something to say lies in a time, or reaches into it.</summary>
    public bool HasStep(long fromUnixNano, long toUnixNano) =>
        _increments.Keys.Any(step => StartOf(step) < toUnixNano && StartOf(step) + Math.Min(stepNanos, long.MaxValue - StartOf(step)) > fromUnixNano);

    public void Add(int step, double value)
    {
        _increments[step] = _increments.GetValueOrDefault(step) + value;
        _steps = null;
    }

    /// <summary>What was counted from the beginning up to a moment.</summary>
    public double ValueAt(long unixNano)
    {
        if (_steps is null)
        {
            Index();
        }

        var (low, high) = (0, _steps!.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (StartOf(_steps[middle]) < unixNano)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        if (low == 0)
        {
            return 0;
        }

        var start = StartOf(_steps[low - 1]);
        var end = stepNanos > long.MaxValue - start ? long.MaxValue : start + stepNanos;
        end = nowUnixNano > start && nowUnixNano < end ? nowUnixNano : end;
        var share = unixNano >= end ? 1 : (unixNano - start) / (double)(end - start);
        return _before[low - 1] + (_values[low - 1] * share);
    }

    private long StartOf(int step) => startUnixNano + (step * stepNanos);

    private void Index()
    {
        _steps = [.. _increments.Keys];
        _values = [.. _increments.Values];
        _before = new double[_steps.Length];
        for (var i = 1; i < _steps.Length; i++)
        {
            _before[i] = _before[i - 1] + _values[i - 1];
        }
    }
}
