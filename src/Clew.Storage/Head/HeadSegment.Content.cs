using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Batches;
using Clew.Otlp.Wire;
using Clew.Storage.Blocks;

namespace Clew.Storage.Head;

/// <summary>
/// What a span says about itself, taken into columns. Beside them a byte tells whether the columns are the whole span: then a block is made
/// of it without reading the log.
/// </summary>
internal sealed partial class HeadSegment
{
    /// <summary>Bit 0: something of the span is in the log alone. The bits above: 1 + the place of its flags in <see cref="_flags"/>, 0 for none.</summary>
    private const byte HasRestBit = 1;

    private const int MaxFlags = 127;

    public bool HasRest(int row) => (_rests[row] & HasRestBit) != 0;

    public uint FlagsOf(int row)
    {
        var code = _rests[row] >> 1;
        return code == 0 ? 0 : _flags[code - 1];
    }

    private void AddContent(int row, in SpanEntry entry, ReadOnlySpan<byte> span, out ReadOnlySpan<byte> traceState)
    {
        ReadOnlySpan<byte> name = default;
        traceState = default;
        var (overflow, events, links, statuses) = (0, 0, 0, 0);
        uint flags = 0;
        var isWhole = true;
        var reader = new ProtoReader(span);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case SpanTags.Attributes when reader.TryBytes(out var attribute):
                    overflow += _attributes.Add(row, attribute) ? 0 : 1;
                    break;
                case SpanTags.Name:
                    reader.TryBytes(out name);
                    break;
                case SpanTags.TraceId or SpanTags.SpanId:
                    reader.Skip();
                    break;
                case SpanTags.ParentSpanId:
                    isWhole &= reader.TryBytes(out var parent) && (parent.Length == 0 || (parent.Length == SpanId.Size && !entry.ParentSpanId.IsZero));
                    break;
                case SpanTags.Kind:
                    isWhole &= reader.TryVarint(out var kind) && (int)kind == (int)entry.Kind;
                    break;
                case SpanTags.StartTime:
                    isWhole &= reader.TryFixed64(out var start) && start == (ulong)entry.StartUnixNano;
                    break;
                case SpanTags.EndTime:
                    isWhole &= reader.TryFixed64(out var end) && end == (ulong)entry.EndUnixNano && entry.EndUnixNano >= entry.StartUnixNano;
                    break;
                case SpanTags.Events when reader.TryBytes(out var message):
                    events++;
                    _eventKeys.AddAll(message, OtlpFields.Event.Attributes);
                    break;
                case SpanTags.Links when reader.TryBytes(out var message):
                    links++;
                    _linkKeys.AddAll(message, OtlpFields.Link.Attributes);
                    break;
                case SpanTags.Status when reader.TryBytes(out var status):
                    isWhole &= AddStatus(row, entry, status) && ++statuses == 1;
                    break;
                case SpanTags.Flags:
                    reader.TryFixed32(out flags);
                    break;
                case SpanTags.TraceState:
                    isWhole = false;
                    reader.TryBytes(out traceState);
                    break;
                default:
                    // Dropped counts, unknown fields: as rare as a trace state, so they are not in the head.
                    isWhole = false;
                    reader.Skip();
                    break;
            }
        }

        // A span without an end, or with one of zero, ends before it starts.
        isWhole &= entry.EndUnixNano >= entry.StartUnixNano;
        isWhole &= name.Length <= BlockFormat.MaxColumnTextBytes && overflow + events + links == 0;
        _name.Add(_names.Intern(name));
        AddCount(_overflow, row, overflow);
        AddCount(_events, row, events);
        AddCount(_links, row, links);
        AddRest(flags, isWhole);
    }

    private void AddRest(uint flags, bool isWhole)
    {
        var code = 0;
        if (flags != 0)
        {
            code = _flags.IndexOf(flags) + 1;
            if (code == 0 && _flags.Count < MaxFlags)
            {
                _flags.Add(flags);
                code = _flags.Count;
            }

            // Without a place for its flags the span is read from the log.
            isWhole &= code > 0;
        }

        _rests.Add((byte)((code << 1) | (isWhole ? 0 : HasRestBit)));
    }

    /// <summary>False when the columns alone cannot give the message back; agrees with what a block's shredder keeps as residue.</summary>
    private bool AddStatus(int row, in SpanEntry entry, ReadOnlySpan<byte> status)
    {
        ReadOnlySpan<byte> message = default;
        ulong code = 0;
        var isPlain = true;
        var reader = new ProtoReader(status);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case SpanTags.StatusMessage:
                    reader.TryBytes(out message);
                    break;
                case SpanTags.StatusCode:
                    reader.TryVarint(out code);
                    break;
                default:
                    isPlain = false;
                    reader.Skip();
                    break;
            }
        }

        if (message.Length > 0)
        {
            _statusMessages.Add(row, message);
        }

        return isPlain && (int)code == (int)entry.Status && message.Length <= BlockFormat.MaxColumnTextBytes && (message.Length > 0 || code != 0);
    }
}
