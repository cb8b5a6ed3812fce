using System.Runtime.InteropServices;
using ParquetSharp;
using ParquetSharp.Schema;

namespace Clew.Interchange.Tests;

/// <summary>
/// Writes nested records to Parquet with levels of its own making: the opposite of what the import reads, written without a look at it.
/// A record is a dictionary; a list an array of objects; a missing value null.
/// </summary>
internal sealed class NestedFile
{
    private readonly Field _root;
    private readonly List<Field> _leaves = [];

    public NestedFile(params Node[] fields)
    {
        Schema = new GroupNode("Trace", Repetition.Required, fields);
        _root = Build(Schema, 0, 0, isRoot: true);
    }

    public GroupNode Schema { get; }

    public static Node Text(string name, Repetition repetition = Repetition.Required) => new PrimitiveNode(name, repetition, LogicalType.String(), PhysicalType.ByteArray);

    public static Node Blob(string name, Repetition repetition = Repetition.Required) => new PrimitiveNode(name, repetition, LogicalType.None(), PhysicalType.ByteArray);

    public static Node Long(string name, Repetition repetition = Repetition.Required) => new PrimitiveNode(name, repetition, LogicalType.Int(64, true), PhysicalType.Int64);

    public static Node ULong(string name) => new PrimitiveNode(name, Repetition.Required, LogicalType.Int(64, false), PhysicalType.Int64);

    public static Node Int(string name) => new PrimitiveNode(name, Repetition.Required, LogicalType.Int(32, true), PhysicalType.Int32);

    public static Node Real(string name, Repetition repetition = Repetition.Required) => new PrimitiveNode(name, repetition, LogicalType.None(), PhysicalType.Double);

    public static Node Flag(string name, Repetition repetition = Repetition.Required) => new PrimitiveNode(name, repetition, LogicalType.None(), PhysicalType.Boolean);

    public static Node Group(string name, params Node[] fields) => new GroupNode(name, Repetition.Required, fields);

    /// <summary>A repeated group or leaf, as vParquet5 has it.</summary>
    public static Node Repeated(string name, params Node[] fields) => new GroupNode(name, Repetition.Repeated, fields);

    /// <summary>A list in three levels, as vParquet3 and 4 have it; the element is called so.</summary>
    public static Node List(string name, Node element) =>
        new GroupNode(name, Repetition.Required, [new GroupNode("list", Repetition.Repeated, [element])], LogicalType.List());

    public void Write(string path, IReadOnlyList<IReadOnlyList<Dictionary<string, object?>>> rowGroups)
    {
        using var properties = new WriterPropertiesBuilder().Compression(Compression.Snappy).DataPagesize(4096).Build();
        using var file = new ParquetFileWriter(path, Schema, properties, null);
        foreach (var rows in rowGroups)
        {
            _leaves.ForEach(static leaf => leaf.Clear());
            foreach (var row in rows)
            {
                foreach (var child in _root.Children)
                {
                    Shred(child, row.GetValueOrDefault(child.Name), 0, 0);
                }
            }

            using var group = file.AppendRowGroup();
            foreach (var leaf in _leaves)
            {
                using var column = group.NextColumn();
                leaf.Write(column);
            }
        }

        file.Close();
    }

    private Field Build(Node node, int definition, int repetition, bool isRoot = false)
    {
        if (!isRoot)
        {
            definition += node.Repetition == Repetition.Required ? 0 : 1;
            repetition += node.Repetition == Repetition.Repeated ? 1 : 0;
        }

        var field = new Field(node, definition, repetition);
        if (node is GroupNode group)
        {
            field.Children.AddRange(group.Fields.Select(child => Build(child, definition, repetition)));
        }
        else
        {
            _leaves.Add(field);
        }

        return field;
    }

    private static void Shred(Field field, object? value, int repetition, int definition)
    {
        switch (field.Node.Repetition)
        {
            case Repetition.Repeated:
                var items = (object?[])(value ?? Array.Empty<object?>());
                if (items.Length == 0)
                {
                    Missing(field, repetition, definition);
                }

                for (var i = 0; i < items.Length; i++)
                {
                    One(field, items[i], i == 0 ? repetition : field.Repetition);
                }

                break;
            case Repetition.Optional when value is null:
                Missing(field, repetition, definition);
                break;
            default:
                One(field, value, repetition);
                break;
        }
    }

    private static void One(Field field, object? value, int repetition)
    {
        if (field.Children.Count == 0)
        {
            field.Add(repetition, field.Definition, value ?? field.Default);
        }
        else if (field.IsList)
        {
            // [a, b] is {list: [{element: a}, {element: b}]}.
            var element = field.Children[0].Children[0].Name;
            var items = ((object?[]?)value ?? []).Select(item => (object?)new Dictionary<string, object?> { [element] = item }).ToArray();
            Shred(field.Children[0], items, repetition, field.Definition);
        }
        else
        {
            var record = (Dictionary<string, object?>?)value ?? [];
            foreach (var child in field.Children)
            {
                Shred(child, record.GetValueOrDefault(child.Name), repetition, field.Definition);
            }
        }
    }

    private static void Missing(Field field, int repetition, int definition)
    {
        if (field.Children.Count == 0)
        {
            field.Add(repetition, definition, null);
        }

        foreach (var child in field.Children)
        {
            Missing(child, repetition, definition);
        }
    }

    private sealed class Field(Node node, int definition, int repetition)
    {
        private readonly List<short> _definitions = [];
        private readonly List<short> _repetitions = [];
        private readonly List<object> _values = [];

        public Node Node => node;

        public string Name => node.Name;

        public int Definition => definition;

        public int Repetition => repetition;

        public List<Field> Children { get; } = [];

        public bool IsList => node.LogicalType is ListLogicalType;

        public object Default => ((PrimitiveNode)node).PhysicalType switch
        {
            PhysicalType.ByteArray => Array.Empty<byte>(),
            PhysicalType.Double => 0.0,
            PhysicalType.Boolean => false,
            _ => 0L,
        };

        public void Add(int repetitionLevel, int definitionLevel, object? value)
        {
            _repetitions.Add((short)repetitionLevel);
            _definitions.Add((short)definitionLevel);
            if (value is not null)
            {
                _values.Add(value);
            }
        }

        public void Clear()
        {
            _definitions.Clear();
            _repetitions.Clear();
            _values.Clear();
        }

        public void Write(ColumnWriter column)
        {
            switch (column)
            {
                case ColumnWriter<long> typed:
                    Write(typed, [.. _values.Cast<long>()]);
                    break;
                case ColumnWriter<int> typed:
                    Write(typed, [.. _values.Cast<long>().Select(static value => (int)value)]);
                    break;
                case ColumnWriter<double> typed:
                    Write(typed, [.. _values.Cast<double>()]);
                    break;
                case ColumnWriter<bool> typed:
                    Write(typed, [.. _values.Cast<bool>()]);
                    break;
                case ColumnWriter<ByteArray> typed:
                    var pins = _values.Cast<byte[]>().Select(static value => GCHandle.Alloc(value, GCHandleType.Pinned)).ToList();
                    Write(typed, [.. pins.Select(static pin => new ByteArray(pin.AddrOfPinnedObject(), ((byte[])pin.Target!).Length))]);
                    pins.ForEach(static pin => pin.Free());
                    break;
                default:
                    throw new NotSupportedException(column.GetType().Name);
            }
        }

        private void Write<T>(ColumnWriter<T> column, T[] values)
            where T : unmanaged =>
            column.WriteBatch(_definitions.Count, CollectionsMarshal.AsSpan(_definitions), CollectionsMarshal.AsSpan(_repetitions), values);
    }
}
