using System.Buffers.Binary;
using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;
using Clew.Storage.Columns;

namespace Clew.Storage.Head;

/// <summary>
/// The distinct resources, or the distinct instrumentation scopes, of a head segment: their encoded bytes, and their attributes as
/// columns with a row each.
/// </summary>
internal sealed class HeadContexts
{
    private readonly bool _isScope;
    private readonly int _attributesField;
    private readonly ByteInterner _contexts = new();
    private readonly HeadAttributes _attributes;
    private readonly HeadColumn _name = new(IntrinsicColumns.ScopeName);
    private readonly HeadColumn _version = new(IntrinsicColumns.ScopeVersion);
    private readonly HeadColumn _overflow = new(IntrinsicColumns.OverflowCount);
    private byte[] _key = new byte[1024];

    private HeadContexts(bool isScope, int maxKeys)
    {
        _isScope = isScope;
        _attributesField = isScope ? OtlpFields.Scope.Attributes : OtlpFields.Resource.Attributes;
        _attributes = new HeadAttributes(isScope ? AttributeScope.Instrumentation : AttributeScope.Resource, maxKeys);
    }

    public static HeadContexts ForResources(int maxKeys) => new(isScope: false, maxKeys);

    public static HeadContexts ForScopes(int maxKeys) => new(isScope: true, maxKeys);

    /// <summary>Keys that have a value without a column; null when there are too many to know.</summary>
    public IReadOnlySet<string>? OverflowKeys => _attributes.OverflowKeys;

    public int Count => _contexts.Count;

    public long AllocatedBytes => _contexts.AllocatedBytes + _attributes.AllocatedBytes;

    public void Release()
    {
        _contexts.Release();
        _attributes.Release();
    }

    /// <summary>The row of a context, a new one when these bytes were not seen before.</summary>
    public int Intern(ReadOnlySpan<byte> message, ReadOnlySpan<byte> schemaUrl)
    {
        // Entry: message, schema URL, length of the schema URL.
        var length = message.Length + schemaUrl.Length + sizeof(int);
        if (_key.Length < length)
        {
            _key = new byte[length * 2];
        }

        message.CopyTo(_key);
        schemaUrl.CopyTo(_key.AsSpan(message.Length));
        BinaryPrimitives.WriteInt32LittleEndian(_key.AsSpan(length - sizeof(int)), schemaUrl.Length);
        var before = _contexts.Count;
        var row = _contexts.Intern(_key.AsSpan(0, length));
        if (row == before)
        {
            AddRow(row, message);
        }

        return row;
    }

    public void Read(int row, out ReadOnlySpan<byte> message, out ReadOnlySpan<byte> schemaUrl)
    {
        var entry = _contexts[row];
        var schemaLength = BinaryPrimitives.ReadInt32LittleEndian(entry[^sizeof(int)..]);
        message = entry[..(entry.Length - sizeof(int) - schemaLength)];
        schemaUrl = entry.Slice(message.Length, schemaLength);
    }

    public IColumnSource View()
    {
        var columns = new Dictionary<ColumnId, IColumnReader>();
        foreach (var (id, column) in _attributes.Columns)
        {
            columns.Add(id, column);
        }

        columns.Add(IntrinsicColumns.OverflowCount, _overflow);
        if (_isScope)
        {
            columns.Add(IntrinsicColumns.ScopeName, _name);
            columns.Add(IntrinsicColumns.ScopeVersion, _version);
        }

        return new HeadTable(columns, Count, group => new RowGroupStats(HeadTable.RowsOf(group, Count), 0, long.MaxValue));
    }

    private void AddRow(int row, ReadOnlySpan<byte> message)
    {
        var overflow = 0;
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == _attributesField && reader.TryBytes(out var attribute))
            {
                overflow += _attributes.Add(row, attribute) ? 0 : 1;
            }
            else if (_isScope && reader.Field == OtlpFields.Scope.Name && reader.TryBytes(out var name))
            {
                _name.Add(row, name);
            }
            else if (_isScope && reader.Field == OtlpFields.Scope.Version && reader.TryBytes(out var version))
            {
                _version.Add(row, version);
            }
            else
            {
                reader.Skip();
            }
        }

        if (overflow > 0)
        {
            _overflow.Add(row, overflow);
        }
    }
}
