using Clew.Storage.Blocks.Building;

namespace Clew.Storage.Head;

/// <summary>What making a block takes from a head that nobody adds to any more.</summary>
internal sealed partial class HeadSegment
{
    public HeadAttributes Attributes => _attributes;

    public HeadColumn StatusMessages => _statusMessages;

    public ByteInterner Names => _names;

    public int NameOf(int row) => _name[row];

    public long StartOf(int row) => _starts[row];

    public long DurationOf(int row) => _durations[row];

    public int LengthOf(int row) => _lengths[row];

    /// <summary>Identity, order and parent of a row. <c>Offset</c> is the row, <c>Length</c> the number that the caller gives the head.</summary>
    public StagedSpan Stage(int row, int head) => new()
    {
        Offset = row, Length = head, SpanId = (ulong)_spanIds[row], ParentId = (ulong)_parentIds[row], RawStart = (ulong)_starts[row],
        RawEnd = (ulong)(_starts[row] + _durations[row]), RawKind = _kinds[row], RawStatus = _statuses[row], Resource = _resourceRows[row], Scope = _scopeRows[row],
    };
}
