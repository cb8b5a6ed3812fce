using System.Numerics;
using Clew.Query.Traces;
using Clew.Query.Values;
using Clew.Storage.Columns;

namespace Clew.Query.Scan;

/// <summary>
/// What spans carry outside of typed columns: how many of it a row has, and, where a source stores that as a column, the encoded content.
/// The content of each is a Span message with one repeated field, so the span decoder reads it.
/// </summary>
internal sealed record EncodedRows(ColumnId Count, ColumnId Content)
{
    public static EncodedRows Overflow { get; } = new(IntrinsicColumns.OverflowCount, IntrinsicColumns.Overflow);

    public static EncodedRows Events { get; } = new(IntrinsicColumns.EventCount, IntrinsicColumns.Events);

    public static EncodedRows Links { get; } = new(IntrinsicColumns.LinkCount, IntrinsicColumns.Links);

    /// <summary>Decodes the content of the given rows of a chunk; false when the source has no such column.</summary>
    public bool TryEach(Chunk chunk, ReadOnlySpan<ulong> rows, SpanDecoder decoder, Action<int, SpanData> action)
    {
        if (!chunk.Source.Spans.TryColumn(Content, out var content))
        {
            return false;
        }

        Each(chunk, content, rows, new ByteColumn(), decoder, action);
        return true;
    }

    internal static void Each(Chunk chunk, IColumnReader content, ReadOnlySpan<ulong> rows, ByteColumn bytes, SpanDecoder decoder, Action<int, SpanData> action)
    {
        Span<ulong> validity = stackalloc ulong[Chunk.MaxWords];
        bytes.Clear();
        content.ReadBytes(chunk.Pages, bytes, validity);
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                action(row, decoder.Decode(bytes[row], SpanDecoder.NoResource, SpanDecoder.NoScope));
            }
        }
    }
}

/// <summary>Decides rows by their encoded events, links or overflow, where the source has those as a column.</summary>
internal sealed class EncodedStep(
    EncodedRows rows, IColumnReader content, Func<QueryValue, QueryValue> comparable, ValueTest test, Func<SpanData, long, QueryValue> value) : FieldStep
{
    private readonly ByteColumn _bytes = new();
    private readonly SpanDecoder _decoder = new();
    private readonly ulong[] _look = new ulong[Chunk.MaxWords];
    private readonly ulong[] _holding = new ulong[Chunk.MaxWords];
    private readonly ulong[] _missing = new ulong[Chunk.MaxWords];

    public override double Selectivity => 0.05;

    public override StepOutlook Prepare(int rowGroup) => StepOutlook.Yes | StepOutlook.LeavesOpen;

    public override void Process(Chunk chunk, Span<ulong> open, Span<ulong> yes, Span<ulong> maybe)
    {
        var positive = chunk.Positive(rows.Count);
        var look = _look.AsSpan(0, open.Length);
        for (var i = 0; i < look.Length; i++)
        {
            look[i] = positive.Length == 0 ? 0 : open[i] & positive[i];
        }

        if (!Bits.Any(look))
        {
            return;
        }

        var holding = _holding;
        var missing = _missing;
        holding.AsSpan().Clear();
        missing.AsSpan().Clear();
        EncodedRows.Each(chunk, content, look, _bytes, _decoder, (row, span) =>
        {
            var found = comparable(value(span, chunk.Dense(IntrinsicColumns.Start)[row]));
            if (found.IsNil)
            {
                Bits.Set(missing, row);
            }
            else if (test.Holds(found))
            {
                Bits.Set(holding, row);
            }
        });
        for (var i = 0; i < look.Length; i++)
        {
            yes[i] |= holding[i];
            open[i] &= ~look[i] | missing[i];
        }
    }

    public override void AddColumns(ICollection<ColumnId> columns)
    {
        columns.Add(rows.Count);
        columns.Add(rows.Content);
    }
}
