using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;
using Clew.Parquet;
using Clew.Storage.Columns;

namespace Clew.Storage.Blocks.Reading;

/// <summary>
/// Puts spans together again from the rows of a block: the opposite of <see cref="Building.SpanShredder"/>. For one call; one thread.
/// </summary>
internal sealed class SpanAssembler : IDisposable
{
    /// <summary>Rows unpacked at once. All columns of so many rows fit the processor's second cache.</summary>
    public const int WindowRows = 512;

    private readonly string _file;
    private readonly List<RowValues> _attributes = [];
    private readonly List<RowValues> _all = [];
    private readonly RowValues _spanId;
    private readonly RowValues _start;
    private readonly RowValues _duration;
    private readonly RowValues _kind;
    private readonly RowValues _status;
    private readonly RowValues _resource;
    private readonly RowValues _scope;
    private readonly RowValues? _parentId;
    private readonly RowValues? _name;
    private readonly RowValues? _statusMessage;
    private readonly RowValues? _traceState;
    private readonly RowValues? _flags;
    private readonly RowValues? _droppedAttributes;
    private readonly RowValues? _droppedEvents;
    private readonly RowValues? _droppedLinks;
    private readonly RowValues? _overflow;
    private readonly RowValues? _events;
    private readonly RowValues? _links;
    private readonly RowValues? _residue;
    private readonly PooledBuffer _span = new();
    private readonly ContextReader _resources;
    private readonly ContextReader _scopes;

    public SpanAssembler(BlockTable spans, BlockTable resources, BlockTable scopes)
    {
        _file = spans.Parquet.Source.Name;
        _resources = new ContextReader(resources.Parquet, resources.Cache);
        _scopes = new ContextReader(scopes.Parquet, scopes.Cache);
        foreach (var column in spans.Readers)
        {
            if (column.Id.Scope == AttributeScope.Span)
            {
                _attributes.Add(Add(column));
            }
        }

        _spanId = Required(spans, IntrinsicColumns.SpanId);
        _start = Required(spans, IntrinsicColumns.Start);
        _duration = Required(spans, IntrinsicColumns.Duration);
        _kind = Required(spans, IntrinsicColumns.Kind);
        _status = Required(spans, IntrinsicColumns.Status);
        _resource = Required(spans, IntrinsicColumns.Resource);
        _scope = Required(spans, IntrinsicColumns.Scope);
        _name = Required(spans, IntrinsicColumns.Name);
        _parentId = Optional(spans, IntrinsicColumns.ParentSpanId);
        _statusMessage = Optional(spans, IntrinsicColumns.StatusMessage);
        _traceState = Optional(spans, IntrinsicColumns.TraceState);
        _flags = Optional(spans, IntrinsicColumns.Flags);
        _droppedAttributes = Optional(spans, IntrinsicColumns.DroppedAttributesCount);
        _droppedEvents = Optional(spans, IntrinsicColumns.DroppedEventsCount);
        _droppedLinks = Optional(spans, IntrinsicColumns.DroppedLinksCount);
        _overflow = Optional(spans, IntrinsicColumns.Overflow);
        _events = Optional(spans, IntrinsicColumns.Events);
        _links = Optional(spans, IntrinsicColumns.Links);
        _residue = Optional(spans, IntrinsicColumns.Residue);
    }

    /// <summary>Unpacks a window of at most <see cref="WindowRows"/> rows.</summary>
    public void Load(PageRange rows)
    {
        try
        {
            foreach (var values in _all)
            {
                values.Load(rows);
            }
        }
        catch (ParquetCorruptException fault)
        {
            throw new BlockCorruptException(fault.File, fault.Offset, fault.What, fault);
        }
    }

    /// <summary>Hands the span of a row of the window to the sink.</summary>
    public void Emit(int row, TraceId traceId, int traceIndex, IStoredSpanSink sink)
    {
        ReadOnlySpan<byte> resource, resourceUrl, scope, scopeUrl;
        try
        {
            _resources.Read(Context(_resource, row), out resource, out resourceUrl);
            _scopes.Read(Context(_scope, row), out scope, out scopeUrl);
        }
        catch (ParquetCorruptException fault)
        {
            throw new BlockCorruptException(fault.File, fault.Offset, fault.What, fault);
        }

        Assemble(row, traceId);
        sink.Add(new StoredSpan
        {
            TraceIndex = traceIndex,
            Span = _span.Written,
            Resource = resource,
            ResourceSchemaUrl = resourceUrl,
            Scope = scope,
            ScopeSchemaUrl = scopeUrl,
        });
    }

    public void Dispose()
    {
        foreach (var values in _all)
        {
            values.Dispose();
        }

        _span.Dispose();
    }

    private int Context(RowValues column, int row)
    {
        var context = column.Number(row);
        return context is >= 0 and <= int.MaxValue
            ? (int)context
            : throw new BlockCorruptException(_file, 0, $"a span has the number {context} in column '{column.Id.Key}'");
    }

    private void Assemble(int row, TraceId traceId)
    {
        _span.Clear();
        var writer = new ProtoWriter(_span);
        var residue = _residue is null ? default : _residue.Text(row);
        var inResidue = FieldsOf(residue);
        Span<byte> id = stackalloc byte[TraceId.Size];
        traceId.WriteTo(id);
        writer.BytesField(OtlpFields.Span.TraceId, id);
        WriteId(writer, OtlpFields.Span.SpanId, _spanId.Number(row));
        WriteText(writer, OtlpFields.Span.TraceState, _traceState, row);
        if (_parentId is not null && _parentId.Number(row) != 0)
        {
            WriteId(writer, OtlpFields.Span.ParentSpanId, _parentId.Number(row));
        }

        WriteText(writer, OtlpFields.Span.Name, _name, row);
        WriteTimes(writer, row, inResidue);
        foreach (var attribute in _attributes)
        {
            if (attribute.Has(row))
            {
                WriteAttribute(writer, attribute, row);
            }
        }

        WriteMessages(_overflow, row);
        WriteNumber(writer, OtlpFields.Span.DroppedAttributesCount, _droppedAttributes, row);
        WriteMessages(_events, row);
        WriteNumber(writer, OtlpFields.Span.DroppedEventsCount, _droppedEvents, row);
        WriteMessages(_links, row);
        WriteNumber(writer, OtlpFields.Span.DroppedLinksCount, _droppedLinks, row);
        if (!Contains(inResidue, OtlpFields.Span.Status))
        {
            WriteStatus(writer, row);
        }

        if (_flags is not null && _flags.Number(row) != 0)
        {
            writer.Fixed32Field(OtlpFields.Span.Flags, (uint)_flags.Number(row));
        }

        _span.Write(residue);
    }

    private void WriteTimes(ProtoWriter writer, int row, uint inResidue)
    {
        var start = (ulong)_start.Number(row);
        var end = start + (ulong)_duration.Number(row);
        if (_kind.Number(row) != 0)
        {
            writer.VarintField(OtlpFields.Span.Kind, (ulong)_kind.Number(row));
        }

        if (start != 0 && !Contains(inResidue, OtlpFields.Span.StartTime))
        {
            writer.Fixed64Field(OtlpFields.Span.StartTime, start);
        }

        if (end != 0 && !Contains(inResidue, OtlpFields.Span.EndTime))
        {
            writer.Fixed64Field(OtlpFields.Span.EndTime, end);
        }
    }

    private void WriteAttribute(ProtoWriter writer, RowValues attribute, int row)
    {
        var isText = attribute.Id.Type == AttributeType.String;
        var text = isText ? attribute.Text(row) : default;
        var number = isText ? 0 : attribute.Number(row);
        var valueSize = AttributeEncoding.ValueSize(attribute.Id.Type, text.Length, number);
        writer.LengthPrefix(
            OtlpFields.Span.Attributes,
            ProtoWriter.FieldSize(OtlpFields.KeyValue.Key, attribute.Key.Length) + ProtoWriter.FieldSize(OtlpFields.KeyValue.Value, valueSize));
        AttributeEncoding.WriteKeyValue(writer, attribute.Key, attribute.Id.Type, text, number);
    }

    private void WriteStatus(ProtoWriter writer, int row)
    {
        var code = (ulong)_status.Number(row);
        var message = _statusMessage is null ? default : _statusMessage.Text(row);
        if (code == 0 && message.IsEmpty)
        {
            return;
        }

        var size = (message.IsEmpty ? 0 : ProtoWriter.FieldSize(OtlpFields.Status.Message, message.Length)) + (code == 0 ? 0 : 1 + ProtoWriter.VarintSize(code));
        writer.LengthPrefix(OtlpFields.Span.Status, size);
        if (!message.IsEmpty)
        {
            writer.BytesField(OtlpFields.Status.Message, message);
        }

        if (code != 0)
        {
            writer.VarintField(OtlpFields.Status.Code, code);
        }
    }

    private static void WriteId(ProtoWriter writer, int field, long id)
    {
        Span<byte> bytes = stackalloc byte[SpanId.Size];
        new SpanId((ulong)id).WriteTo(bytes);
        writer.BytesField(field, bytes);
    }

    private static void WriteText(ProtoWriter writer, int field, RowValues? column, int row)
    {
        if (column is not null && column.Text(row) is { IsEmpty: false } text)
        {
            writer.BytesField(field, text);
        }
    }

    private static void WriteNumber(ProtoWriter writer, int field, RowValues? column, int row)
    {
        if (column is not null && column.Number(row) != 0)
        {
            writer.VarintField(field, (ulong)column.Number(row));
        }
    }

    /// <summary>Encoded fields of a Span stand in the column as they are.</summary>
    private void WriteMessages(RowValues? column, int row)
    {
        if (column is not null)
        {
            _span.Write(column.Text(row));
        }
    }

    /// <summary>A bit for each of the low field numbers that occur.</summary>
    private static uint FieldsOf(ReadOnlySpan<byte> residue)
    {
        var fields = 0u;
        var reader = new ProtoReader(residue);
        while (reader.Next())
        {
            fields |= reader.Field < 32 ? 1u << reader.Field : 0;
            reader.Skip();
        }

        return fields;
    }

    private static bool Contains(uint fields, int field) => (fields & (1u << field)) != 0;

    private RowValues Add(BlockColumnReader column)
    {
        var values = new RowValues(column);
        _all.Add(values);
        return values;
    }

    private RowValues Required(BlockTable spans, ColumnId id) =>
        Optional(spans, id) ?? throw new BlockCorruptException(_file, 0, $"column '{id.Key}' is missing");

    private RowValues? Optional(BlockTable spans, ColumnId id) =>
        spans.TryColumn(id, out var column) ? Add((BlockColumnReader)column) : null;
}
