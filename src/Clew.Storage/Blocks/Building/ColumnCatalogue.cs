using Clew.Model;

namespace Clew.Storage.Blocks.Building;

/// <summary>An attribute column that a file of the block has.</summary>
internal sealed class CataloguedColumn(AttributeKey key, AttributeType type, string name)
{
    public AttributeKey Key => key;

    public AttributeType Type => type;

    /// <summary>In the Parquet schema.</summary>
    public string Name => name;

    /// <summary>Rows with a value, so far.</summary>
    public long ValueCount { get; set; }
}

/// <summary>
/// The attribute columns of one file, in the order in which row groups brought them. A column is named <c>span.http.route</c>; when the
/// name is taken (another type of the key, or a key that differs in case alone, which SQL would not tell apart) the type is added:
/// <c>span.http.route:int</c>.
/// </summary>
internal sealed class ColumnCatalogue(string prefix, IEnumerable<string> reservedNames, int maxColumns)
{
    private const int Types = 4;

    private readonly HashSet<string> _names = new(reservedNames, StringComparer.OrdinalIgnoreCase);
    private readonly List<CataloguedColumn> _columns = [];
    private CataloguedColumn?[] _byKeyAndType = new CataloguedColumn?[64];

    public IReadOnlyList<CataloguedColumn> Columns => _columns;

    /// <summary>
    /// Takes in the columns of a row group that are frequent enough, the most frequent first, and answers those that are not: their values
    /// belong to the overflow.
    /// </summary>
    public List<AttributeColumn> Admit(AttributeColumns attributes, int minValues)
    {
        var candidates = new List<AttributeColumn>();
        foreach (var column in attributes.Used)
        {
            if (column.Values.Count > 0 && Find(column) is null)
            {
                candidates.Add(column);
            }
        }

        candidates.Sort((a, b) => a.Values.Count != b.Values.Count
            ? b.Values.Count.CompareTo(a.Values.Count)
            : (a.Key.Index, a.Type).CompareTo((b.Key.Index, b.Type)));
        var rare = new List<AttributeColumn>();
        foreach (var column in candidates)
        {
            if (column.Values.Count >= minValues && _columns.Count < maxColumns)
            {
                Add(column);
            }
            else
            {
                rare.Add(column);
            }
        }

        return rare;
    }

    /// <summary>Takes in a column that another block has; false when there are too many.</summary>
    public bool TryAdmit(AttributeKey key, AttributeType type)
    {
        if (Find(key, type) is null)
        {
            if (_columns.Count >= maxColumns)
            {
                return false;
            }

            Add(key, type);
        }

        return true;
    }

    private CataloguedColumn? Find(AttributeColumn column) => Find(column.Key, column.Type);

    private CataloguedColumn? Find(AttributeKey key, AttributeType type)
    {
        var index = (key.Index * Types) + (int)type;
        return index < _byKeyAndType.Length ? _byKeyAndType[index] : null;
    }

    private void Add(AttributeColumn column) => Add(column.Key, column.Type);

    private void Add(AttributeKey key, AttributeType type)
    {
        var index = (key.Index * Types) + (int)type;
        if (index >= _byKeyAndType.Length)
        {
            Array.Resize(ref _byKeyAndType, Math.Max(index + 1, _byKeyAndType.Length * 2));
        }

        var added = new CataloguedColumn(key, type, FreeName(key, type));
        _byKeyAndType[index] = added;
        _columns.Add(added);
    }

    private string FreeName(AttributeKey key, AttributeType type)
    {
        var name = prefix + key.Name;
        if (_names.Add(name))
        {
            return name;
        }

        var typed = $"{name}:{type.ToString().ToLowerInvariant()}";
        var free = typed;
        for (var i = 2; !_names.Add(free); i++)
        {
            free = $"{typed}:{i}";
        }

        return free;
    }
}
