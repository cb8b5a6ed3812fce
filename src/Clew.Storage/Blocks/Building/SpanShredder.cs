using System.Text.Unicode;
using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;
using Clew.Storage.Head;

namespace Clew.Storage.Blocks.Building;

/// <summary>
/// Takes one encoded Span apart into the columns of a segment, without building an object. What no column can give back goes to the
/// residue, as encoded fields of a Span: unknown fields; an end before its start; times after 2262; a kind or status code outside the
/// enum; a status with unknown fields or an empty one; an all-zero parent id; texts that are very long or not UTF-8. A reader takes a field that the
/// residue has from there and from nowhere else.
/// </summary>
internal sealed class SpanShredder
{
    private readonly PooledBuffer _residue = new();

    /// <summary>Appends a row. <paramref name="owner"/> numbers the spans of the block.</summary>
    public void Add(SpanSegment segment, in StagedSpan staged, ReadOnlySpan<byte> span, long owner)
    {
        var row = segment.AddRow();
        segment.Starts[row] = staged.Start;
        segment.Durations[row] = staged.Duration;
        segment.SpanIds[row] = staged.SpanId;
        segment.ParentIds[row] = staged.ParentId;
        segment.Kinds[row] = (byte)staged.Kind;
        segment.Statuses[row] = (byte)staged.Status;
        segment.Resources[row] = staged.Resource;
        segment.Scopes[row] = staged.Scope;
        segment.Lefts[row] = staged.Left;
        segment.Rights[row] = staged.Right;
        segment.Parents[row] = staged.Parent;

        _residue.Clear();
        AddNumbersOutOfRange(staged);
        AddFields(segment, row, staged, owner, span, null);
        if (_residue.Length > 0)
        {
            segment.Residue.AppendBytes(row, _residue.Written);
        }
    }

    /// <summary>
    /// Adds to a row, whose columns are filled from a head's, what the head has no columns for: events, links, overflow, what is rarely set,
    /// and the residue. The head knows which attributes are in its columns.
    /// </summary>
    public void AddRest(SpanSegment segment, int row, ReadOnlySpan<byte> span, HeadAttributes head)
    {
        if (!StagedSpan.TryRead(span, out var staged, out _))
        {
            throw new InvalidDataException($"{span.Length} bytes of the log are no Span message any more");
        }

        _residue.Clear();
        AddNumbersOutOfRange(staged);
        AddFields(segment, row, staged, 0, span, head);
        if (_residue.Length > 0)
        {
            segment.Residue.AppendBytes(row, _residue.Written);
        }
    }

    private void AddNumbersOutOfRange(in StagedSpan staged)
    {
        var writer = new ProtoWriter(_residue);
        if (staged.RawStart > long.MaxValue)
        {
            writer.Fixed64Field(OtlpFields.Span.StartTime, staged.RawStart);
        }

        if (staged.RawEnd != (ulong)(staged.Start + staged.Duration))
        {
            writer.Fixed64Field(OtlpFields.Span.EndTime, staged.RawEnd);
        }

        if (staged.RawKind != (int)staged.Kind)
        {
            writer.VarintField(OtlpFields.Span.Kind, (ulong)staged.RawKind);
        }
    }

    private void AddFields(SpanSegment segment, int row, in StagedSpan staged, long owner, ReadOnlySpan<byte> span, HeadAttributes? head)
    {
        scoped ReadOnlySpan<byte> name = default, traceState = default, status = default, statusField = default;
        ulong droppedAttributes = 0, droppedEvents = 0, droppedLinks = 0;
        uint flags = 0;
        var (overflow, events, links, statuses) = (0, 0, 0, 0);
        var reader = new ProtoReader(span);
        var fieldStart = 0;
        head?.BeginRest();
        while (reader.Next())
        {
            switch (reader.Field, reader.Type)
            {
                case (OtlpFields.Span.Attributes, WireType.Length) when reader.TryBytes(out var keyValue):
                    overflow += head is null ? segment.Attributes.Add(row, owner, keyValue) : AddOverflow(segment, row, keyValue, head);
                    break;
                case (OtlpFields.Span.Name, WireType.Length):
                    reader.TryBytes(out name);
                    break;
                case (OtlpFields.Span.TraceId or OtlpFields.Span.SpanId, WireType.Length):
                case (OtlpFields.Span.Kind, WireType.Varint):
                case (OtlpFields.Span.StartTime or OtlpFields.Span.EndTime, WireType.Fixed64):
                    reader.Skip();
                    break;
                case (OtlpFields.Span.ParentSpanId, WireType.Length) when reader.TryBytes(out var parent):
                    AddParent(span[fieldStart..reader.Position], parent);
                    break;
                case (OtlpFields.Span.TraceState, WireType.Length):
                    reader.TryBytes(out traceState);
                    break;
                case (OtlpFields.Span.DroppedAttributesCount, WireType.Varint):
                    reader.TryVarint(out droppedAttributes);
                    break;
                case (OtlpFields.Span.DroppedEventsCount, WireType.Varint):
                    reader.TryVarint(out droppedEvents);
                    break;
                case (OtlpFields.Span.DroppedLinksCount, WireType.Varint):
                    reader.TryVarint(out droppedLinks);
                    break;
                case (OtlpFields.Span.Flags, WireType.Fixed32):
                    reader.TryFixed32(out flags);
                    break;
                case (OtlpFields.Span.Events, WireType.Length):
                    reader.TryBytes(out var message);
                    NoteKeys(segment.EventKeys, message, OtlpFields.Event.Attributes);
                    segment.Events.AppendBytes(row, span[fieldStart..reader.Position]);
                    events++;
                    break;
                case (OtlpFields.Span.Links, WireType.Length):
                    reader.TryBytes(out message);
                    NoteKeys(segment.LinkKeys, message, OtlpFields.Link.Attributes);
                    segment.Links.AppendBytes(row, span[fieldStart..reader.Position]);
                    links++;
                    break;
                case (OtlpFields.Span.Status, WireType.Length):
                    // Readers of the wire merge several Status fields, so all of them are kept as they are.
                    _residue.Write(statuses > 0 ? statusField : default);
                    reader.TryBytes(out status);
                    statusField = span[fieldStart..reader.Position];
                    statuses++;
                    break;
                default:
                    reader.Skip();
                    _residue.Write(span[fieldStart..reader.Position]);
                    break;
            }

            fieldStart = reader.Position;
        }

        if (statuses > 0 && !(AddStatus(head is null ? segment.StatusMessages : null, row, staged, status) && statuses == 1))
        {
            _residue.Write(statusField);
        }

        AddNumber(segment.Flags, row, flags);
        if (head is null)
        {
            segment.NameCodes[row] = NameCode(segment, name);
        }
        else if (name.Length > BlockFormat.MaxColumnTextBytes)
        {
            new ProtoWriter(_residue).BytesField(OtlpFields.Span.Name, name);
        }

        AddText(segment.TraceStates, row, OtlpFields.Span.TraceState, traceState);
        segment.Attributes.AddOverflowCount(row, overflow);
        // uint32 fields: a reader of the wire takes the low 32 bits.
        AddNumber(segment.DroppedAttributes, row, (uint)droppedAttributes);
        AddNumber(segment.DroppedEvents, row, (uint)droppedEvents);
        AddNumber(segment.DroppedLinks, row, (uint)droppedLinks);
        AddNumber(segment.EventCounts, row, events);
        AddNumber(segment.LinkCounts, row, links);
    }

    private static int AddOverflow(SpanSegment segment, int row, ReadOnlySpan<byte> keyValue, HeadAttributes head)
    {
        if (head.HasColumn(keyValue))
        {
            return 0;
        }

        segment.Attributes.AddToOverflow(row, keyValue);
        return 1;
    }

    /// <summary>Notes the keys of a message's attributes: a query for a key that no event has then reads no event.</summary>
    private static void NoteKeys(AttributeKeys keys, ReadOnlySpan<byte> message, int field)
    {
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field != field || !reader.TryBytes(out var keyValue))
            {
                reader.Skip();
                continue;
            }

            ReadOnlySpan<byte> key = default;
            var inner = new ProtoReader(keyValue);
            while (inner.Next())
            {
                if (inner.Field != OtlpFields.KeyValue.Key || !inner.TryBytes(out key))
                {
                    inner.Skip();
                }
            }

            keys.Find(key);
        }
    }

    private void AddParent(ReadOnlySpan<byte> field, ReadOnlySpan<byte> parent)
    {
        if (parent.Length > 0 && (parent.Length != SpanId.Size || SpanId.FromBytes(parent).IsZero))
        {
            _residue.Write(field);
        }
    }

    /// <summary>False when the columns alone cannot give the message back.</summary>
    private static bool AddStatus(SparseColumn? messages, int row, in StagedSpan staged, ReadOnlySpan<byte> status)
    {
        scoped ReadOnlySpan<byte> message = default;
        var isPlain = staged.RawStatus == (int)staged.Status;
        var reader = new ProtoReader(status);
        while (reader.Next())
        {
            switch (reader.Field, reader.Type)
            {
                case (OtlpFields.Status.Message, WireType.Length):
                    reader.TryBytes(out message);
                    break;
                case (OtlpFields.Status.Code, WireType.Varint):
                    reader.Skip();
                    break;
                default:
                    reader.Skip();
                    isPlain = false;
                    break;
            }
        }

        if (message.IsEmpty)
        {
            return isPlain && staged.RawStatus != 0;
        }

        return message.Length <= BlockFormat.MaxColumnTextBytes && (messages is null || messages.TryAddText(row, message, out _)) && isPlain;
    }

    private int NameCode(SpanSegment segment, ReadOnlySpan<byte> name)
    {
        if (name.Length <= BlockFormat.MaxColumnTextBytes)
        {
            var code = segment.Names.Intern(name, out var isNew);
            if (!isNew || Utf8.IsValid(name))
            {
                return code;
            }

            segment.Names.RemoveNewest();
        }

        new ProtoWriter(_residue).BytesField(OtlpFields.Span.Name, name);
        return segment.Names.Intern(default);
    }

    private void AddText(SparseColumn column, int row, int field, ReadOnlySpan<byte> text)
    {
        if (text.Length > BlockFormat.MaxColumnTextBytes || (text.Length > 0 && !column.TryAddText(row, text, out _)))
        {
            new ProtoWriter(_residue).BytesField(field, text);
        }
    }

    private static void AddNumber(SparseColumn column, int row, long value)
    {
        if (value != 0)
        {
            column.AddNumber(row, value);
        }
    }
}
