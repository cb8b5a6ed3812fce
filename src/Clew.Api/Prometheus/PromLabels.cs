namespace Clew.Api.Prometheus;

/// <summary>The labels of a series, sorted by name, without empty ones. Immutable.</summary>
internal sealed class PromLabels : IEquatable<PromLabels>
{
    public const string MetricName = "__name__";
    public const string Le = "le";

    private readonly (string Name, string Value)[] _labels;
    private readonly int _hash;

    public PromLabels(IEnumerable<(string Name, string Value)> labels)
    {
        _labels = [.. labels.Where(static label => label.Value.Length > 0).OrderBy(static label => label.Name, StringComparer.Ordinal)];
        var hash = default(HashCode);
        foreach (var label in _labels)
        {
            hash.Add(label);
        }

        _hash = hash.ToHashCode();
    }

    public static PromLabels None { get; } = new([]);

    public IReadOnlyList<(string Name, string Value)> All => _labels;

    public string this[string name]
    {
        get
        {
            foreach (var (label, value) in _labels)
            {
                if (label == name)
                {
                    return value;
                }
            }

            return "";
        }
    }

    public PromLabels With(string name, string value) => new([.. _labels.Where(label => label.Name != name), (name, value)]);

    public PromLabels Without(params ReadOnlySpan<string> names)
    {
        var left = new List<(string, string)>();
        foreach (var label in _labels)
        {
            if (!names.Contains(label.Name))
            {
                left.Add(label);
            }
        }

        return new PromLabels(left);
    }

    /// <summary>The labels of these names alone.</summary>
    public PromLabels Only(IReadOnlyList<string> names) => new(_labels.Where(label => names.Contains(label.Name)));

    /// <summary>All but these labels and the metric's name.</summary>
    public PromLabels Ignoring(IReadOnlyList<string> names) => new(_labels.Where(label => label.Name != MetricName && !names.Contains(label.Name)));

    public bool Equals(PromLabels? other) => other is not null && _hash == other._hash && _labels.AsSpan().SequenceEqual(other._labels);

    public override bool Equals(object? obj) => Equals(obj as PromLabels);

    public override int GetHashCode() => _hash;
}
