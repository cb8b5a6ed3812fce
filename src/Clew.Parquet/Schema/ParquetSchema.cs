namespace Clew.Parquet;

/// <summary>An ordered list of flat columns with distinct names. Immutable.</summary>
public sealed class ParquetSchema
{
    private readonly ParquetColumn[] _columns;
    private readonly Dictionary<string, int> _byName;

    public ParquetSchema(params IEnumerable<ParquetColumn> columns)
    {
        _columns = [.. columns];
        if (_columns.Length is 0 or > ParquetLimits.MaxColumns)
        {
            throw new ArgumentException($"a schema has 1 to {ParquetLimits.MaxColumns} columns, not {_columns.Length}", nameof(columns));
        }

        _byName = new Dictionary<string, int>(_columns.Length, StringComparer.Ordinal);
        for (int i = 0; i < _columns.Length; i++)
        {
            if (!_byName.TryAdd(_columns[i].Name, i))
            {
                throw new ArgumentException($"column '{_columns[i].Name}' appears twice in the schema", nameof(columns));
            }
        }
    }

    public int Count => _columns.Length;

    public ParquetColumn this[int index] => _columns[index];

    public IReadOnlyList<ParquetColumn> Columns => _columns;

    /// <summary>Position of the column with exactly this name, or -1.</summary>
    public int IndexOf(string name) => _byName.TryGetValue(name, out int index) ? index : -1;
}
