using Clew.Query.Search;
using Clew.Query.Values;

namespace Clew.Query.Metrics;

/// <summary>The labels of a series, in order. Equal when names and values are.</summary>
public sealed class LabelSet : IEquatable<LabelSet>
{
    /// <summary>The label of a series that has no other: the function's name.</summary>
    public const string NameLabel = "__name__";

    private readonly NamedValue[] _labels;
    private readonly int _hash;

    public LabelSet(params NamedValue[] labels)
    {
        _labels = labels;
        var hash = new HashCode();
        foreach (var label in labels)
        {
            hash.Add(label.Name, StringComparer.Ordinal);
            hash.Add(label.Value);
        }

        _hash = hash.ToHashCode();
    }

    public IReadOnlyList<NamedValue> Labels => _labels;

    /// <summary>True when nothing but the function's name tells this series from others.</summary>
    public bool IsPlain => _labels is [] or [{ Name: NameLabel }];

    public LabelSet With(string name, QueryValue value) => new([.. _labels, new NamedValue(name, value)]);

    /// <summary>Fewer labels first, then by name and value.</summary>
    public static int Compare(LabelSet left, LabelSet right)
    {
        var order = left._labels.Length.CompareTo(right._labels.Length);
        for (var i = 0; order == 0 && i < left._labels.Length; i++)
        {
            order = Utf8Order.Compare(left._labels[i].Name, right._labels[i].Name);
            order = order != 0 ? order : Compare(left._labels[i].Value, right._labels[i].Value);
        }

        return order;
    }

    public bool Equals(LabelSet? other) => other is not null && _hash == other._hash && _labels.AsSpan().SequenceEqual(other._labels);

    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    public override int GetHashCode() => _hash;

    public override string ToString() => "{" + string.Join(", ", _labels.Select(static label => $"{label.Name}={label.Value}")) + "}";

    private static int Compare(in QueryValue left, in QueryValue right)
    {
        if (left.IsNumeric && right.IsNumeric)
        {
            var order = left.AsNumber.CompareTo(right.AsNumber);
            return order != 0 ? order : left.Kind.CompareTo(right.Kind);
        }

        var kinds = left.Kind.CompareTo(right.Kind);
        return kinds != 0 ? kinds : Utf8Order.Compare(left.ToString(), right.ToString());
    }
}
