namespace Clew.Mesh.Prometheus;

/// <summary>The answer to an instant query: a table with a column for each label that was asked for.</summary>
public sealed class PromVector(IReadOnlyList<string> labels)
{
    private readonly List<Row> _rows = [];

    public IReadOnlyList<string> Labels { get; } = labels;

    public IReadOnlyList<Row> Rows => _rows;

    public void Add(string[] values, double value) => _rows.Add(new Row(this, values, value));

    public readonly struct Row(PromVector vector, string[] values, double value)
    {
        public double Value => value;

        /// <summary>The label's value; empty when the series does not have it, which is the same to Prometheus.</summary>
        public string this[string label]
        {
            get
            {
                for (var i = 0; i < vector.Labels.Count; i++)
                {
                    if (vector.Labels[i] == label)
                    {
                        return values[i];
                    }
                }

                return "";
            }
        }

        public string At(int label) => values[label];
    }
}

/// <summary>One line of a range query.</summary>
public sealed record PromSeries(IReadOnlyDictionary<string, string> Labels, IReadOnlyList<(double Time, double Value)> Points);
