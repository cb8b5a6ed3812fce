using ParquetSharp;
using ParquetSharp.Schema;

namespace Clew.Interchange.Records;

/// <summary>A group's values by the names of its fields: numbers as long, double, bool; bytes; nested records; lists of those; null.</summary>
internal sealed class Record(RecordNode node, object?[] fields)
{
    public object? this[string name] => node.IndexOf(name) is var index and >= 0 ? fields[index] : null;

    public object? this[int index] => fields[index];

    public bool Has(string name) => node.IndexOf(name) >= 0;

    public RecordNode Node => node;

    public IEnumerable<Record> Records(string name) => this[name] is List<object?> list ? list.OfType<Record>() : [];

    public Record? Group(string name) => this[name] as Record;

    public byte[]? Bytes(string name) => this[name] as byte[];

    public long Long(string name) => this[name] is long number ? number : 0;
}

/// <summary>
/// A node of a nested schema with the levels that say what of it is there (the record assembly of Dremel, column by column). Lists come
/// out the same whether they are written in three levels or as a plain repeated field.
/// </summary>
internal sealed class RecordNode
{
    private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
    private LeafCursor? _cursor;

    private RecordNode(string name, Repetition repetition, int definition, int repeated, IReadOnlyList<RecordNode> children, int column, bool isList, bool isText)
    {
        Name = name;
        IsRepeated = repetition == Repetition.Repeated;
        IsOptional = repetition == Repetition.Optional;
        Definition = definition;
        RepetitionLevel = repeated;
        Children = children;
        Column = column;
        IsList = isList;
        IsText = isText;
        for (var i = 0; i < children.Count; i++)
        {
            _index[children[i].Name] = i;
        }
    }

    public string Name { get; }

    public bool IsRepeated { get; }

    public bool IsOptional { get; }

    /// <summary>The definition level at which this node is there.</summary>
    public int Definition { get; }

    /// <summary>The repetition level at which this node comes again.</summary>
    public int RepetitionLevel { get; }

    public IReadOnlyList<RecordNode> Children { get; }

    /// <summary>Number of the leaf's column; -1 for a group.</summary>
    public int Column { get; }

    /// <summary>A group around a repeated group around the element.</summary>
    public bool IsList { get; }

    /// <summary>The leaf is declared to be text.</summary>
    public bool IsText { get; }

    private RecordNode FirstLeaf => Column >= 0 ? this : Children[0].FirstLeaf;

    public int IndexOf(string name) => _index.GetValueOrDefault(name, -1);

    /// <summary>The tree of a file's schema, with only the wanted fields of its top.</summary>
    public static RecordNode Of(SchemaDescriptor schema, IReadOnlySet<string> wanted)
    {
        var columns = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < schema.NumColumns; i++)
        {
            columns[schema.Column(i).Path.ToDotString()] = i;
        }

        var top = schema.GroupNode.Fields.Where(field => wanted.Contains(field.Name)).Select(field => Of(field, "", 0, 0, columns)).ToList();
        return new RecordNode("", Repetition.Required, 0, 0, top, -1, false, false);
    }

    /// <summary>Opens the leaves on a row group; dispose what comes back when the rows are read.</summary>
    public List<LeafCursor> Open(RowGroupReader rowGroup)
    {
        var cursors = new List<LeafCursor>();
        Open(rowGroup, cursors);
        return cursors;
    }

    /// <summary>The next row, as the record of the top node.</summary>
    public Record ReadRow() => (Record)ReadOne()!;

    private static RecordNode Of(Node node, string path, int definition, int repeated, Dictionary<string, int> columns)
    {
        path = path.Length == 0 ? node.Name : $"{path}.{node.Name}";
        definition += node.Repetition == Repetition.Required ? 0 : 1;
        repeated += node.Repetition == Repetition.Repeated ? 1 : 0;
        if (node is not GroupNode group)
        {
            var isText = node.LogicalType is StringLogicalType or EnumLogicalType or JsonLogicalType;
            return columns.TryGetValue(path, out var column)
                ? new RecordNode(node.Name, node.Repetition, definition, repeated, [], column, false, isText)
                : throw new InvalidDataException($"the schema names the column '{path}' and the file does not have it");
        }

        var children = group.Fields.Select(field => Of(field, path, definition, repeated, columns)).ToList();
        if (children.Count == 0)
        {
            throw new InvalidDataException($"the group '{path}' has no columns");
        }

        var isList = node.Repetition != Repetition.Repeated && children is [{ IsRepeated: true, Column: < 0, Children.Count: 1 }]
            && (node.LogicalType is ListLogicalType || children[0].Name is "list" or "bag" or "array");
        return new RecordNode(node.Name, node.Repetition, definition, repeated, children, -1, isList, false);
    }

    private void Open(RowGroupReader rowGroup, List<LeafCursor> cursors)
    {
        if (Column >= 0)
        {
            cursors.Add(_cursor = LeafCursor.Open(rowGroup, Column));
        }

        foreach (var child in Children)
        {
            child.Open(rowGroup, cursors);
        }
    }

    private object? Read()
    {
        var first = FirstLeaf._cursor!;
        if (!first.HasEntry)
        {
            throw new InvalidDataException($"the column of '{Name}' ends before its rows do");
        }

        if (IsRepeated)
        {
            var list = new List<object?>();
            if (first.Definition < Definition)
            {
                Skip();
                return list;
            }

            do
            {
                list.Add(ReadOne());
            }
            while (first.HasEntry && first.Repetition == RepetitionLevel);
            return list;
        }

        if (IsOptional && first.Definition < Definition)
        {
            Skip();
            return null;
        }

        return ReadOne();
    }

    private object? ReadOne()
    {
        if (Column >= 0)
        {
            return _cursor!.HasEntry ? _cursor.Take() : throw new InvalidDataException($"the column of '{Name}' ends before its rows do");
        }

        if (IsList)
        {
            return ((List<object?>)Children[0].Read()!).ConvertAll(static entry => ((Record)entry!)[0]);
        }

        var fields = new object?[Children.Count];
        for (var i = 0; i < fields.Length; i++)
        {
            fields[i] = Children[i].Read();
        }

        return new Record(this, fields);
    }

    /// <summary>What is not there has one entry in every column below it.</summary>
    private void Skip()
    {
        _cursor?.Take();
        foreach (var child in Children)
        {
            child.Skip();
        }
    }
}
