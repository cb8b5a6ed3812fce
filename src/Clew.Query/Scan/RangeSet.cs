using Clew.TraceQL.Syntax;

namespace Clew.Query.Scan;

/// <summary>A set of 64-bit integers as sorted, disjoint, not adjacent ranges with both ends included.</summary>
internal sealed class RangeSet
{
    private readonly (long Low, long High)[] _ranges;

    private RangeSet((long, long)[] ranges) => _ranges = ranges;

    public static RangeSet Empty { get; } = new([]);

    public static RangeSet All { get; } = new([(long.MinValue, long.MaxValue)]);

    public ReadOnlySpan<(long Low, long High)> Ranges => _ranges;

    public bool IsEmpty => _ranges.Length == 0;

    public bool IsAll => _ranges is [(long.MinValue, long.MaxValue)];

    public static RangeSet Between(long low, long high) => low > high ? Empty : new([(low, high)]);

    public bool Contains(long value)
    {
        foreach (var (low, high) in _ranges)
        {
            if (value <= high)
            {
                return value >= low;
            }
        }

        return false;
    }

    public bool Overlaps(long low, long high)
    {
        foreach (var range in _ranges)
        {
            if (range.Low <= high && range.High >= low)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether every number from low to high is in the set: then it is in one of the ranges, since they do not touch.</summary>
    public bool Covers(long low, long high)
    {
        foreach (var range in _ranges)
        {
            if (range.Low <= low && range.High >= high)
            {
                return true;
            }
        }

        return false;
    }

    public RangeSet Or(RangeSet other)
    {
        var all = new List<(long Low, long High)>([.. _ranges, .. other._ranges]);
        all.Sort();
        var merged = new List<(long Low, long High)>();
        foreach (var range in all)
        {
            // Ranges that touch become one; long.MaxValue has no successor and ends the list anyway.
            if (merged.Count > 0 && (merged[^1].High == long.MaxValue || range.Low <= merged[^1].High + 1))
            {
                merged[^1] = (merged[^1].Low, Math.Max(merged[^1].High, range.High));
            }
            else
            {
                merged.Add(range);
            }
        }

        return new([.. merged]);
    }

    public RangeSet Not()
    {
        var gaps = new List<(long, long)>();
        var next = long.MinValue;
        foreach (var (low, high) in _ranges)
        {
            if (low > next)
            {
                gaps.Add((next, low - 1));
            }

            if (high == long.MaxValue)
            {
                return new([.. gaps]);
            }

            next = high + 1;
        }

        gaps.Add((next, long.MaxValue));
        return new([.. gaps]);
    }

    public RangeSet And(RangeSet other) => Not().Or(other.Not()).Not();

    /// <summary>The integers x with <c>x op value</c>.</summary>
    public static RangeSet Comparing(BinaryOperator op, long value) => op switch
    {
        BinaryOperator.Equal => Between(value, value),
        BinaryOperator.NotEqual => Between(value, value).Not(),
        BinaryOperator.Less => value == long.MinValue ? Empty : Between(long.MinValue, value - 1),
        BinaryOperator.LessOrEqual => Between(long.MinValue, value),
        BinaryOperator.Greater => value == long.MaxValue ? Empty : Between(value + 1, long.MaxValue),
        BinaryOperator.GreaterOrEqual => Between(value, long.MaxValue),
        _ => Empty,
    };

    /// <summary>
    /// The integers x with <c>(double)x op value</c>, exactly as the comparison of an int with a float is defined: beyond 2^53 several
    /// integers are one double.
    /// </summary>
    public static RangeSet Comparing(BinaryOperator op, double value) => op switch
    {
        BinaryOperator.Equal => AtLeast(value, strictly: false).And(AtLeast(value, strictly: true).Not()),
        BinaryOperator.NotEqual => Comparing(BinaryOperator.Equal, value).Not(),
        BinaryOperator.Less => AtLeast(value, strictly: false).Not(),
        BinaryOperator.LessOrEqual => AtLeast(value, strictly: true).Not(),
        BinaryOperator.Greater => AtLeast(value, strictly: true),
        BinaryOperator.GreaterOrEqual => AtLeast(value, strictly: false),
        _ => Empty,
    };

    // The conversion to double never decreases, so the least x is found by halving.
    private static RangeSet AtLeast(double value, bool strictly)
    {
        if (!Reaches(long.MaxValue))
        {
            return Empty;
        }

        Int128 low = long.MinValue, high = long.MaxValue;
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (Reaches((long)middle))
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return Between((long)low, long.MaxValue);

        bool Reaches(long x) => strictly ? (double)x > value : (double)x >= value;
    }
}
