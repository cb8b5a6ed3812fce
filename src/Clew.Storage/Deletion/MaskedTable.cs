using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Clew.Model;
using Clew.Storage.Columns;

namespace Clew.Storage.Deletion;

/// <summary>
/// The spans table without some rows. Row groups that lose all rows are not there. In row groups that lose rows, and in a head everywhere,
/// text columns show no dictionary, because it would list values that only deleted rows have.
/// </summary>
internal sealed class MaskedTable : IColumnSource
{
    private readonly IColumnSource _inner;
    private readonly int[] _traceRows;
    private readonly bool _hideDictionaries;

    /// <summary>By row group here: the row group of the whole table, and its rows that are left; null when all are.</summary>
    private readonly List<(int Group, int[]? Live)> _groups = [];
    private IReadOnlyCollection<ColumnId>? _columns;

    public MaskedTable(IColumnSource inner, IEnumerable<(int Group, int Row)> dead, int[] traceRows, bool hideDictionaries)
    {
        _inner = inner;
        _traceRows = traceRows;
        _hideDictionaries = hideDictionaries;
        var deadByGroup = dead.ToLookup(static row => row.Group, static row => row.Row);
        for (var group = 0; group < inner.RowGroups; group++)
        {
            var rows = inner.Stats(group).RowCount;
            int[]? live = null;
            if (deadByGroup.Contains(group))
            {
                var isDead = deadByGroup[group].ToHashSet();
                live = [.. Enumerable.Range(0, rows).Where(row => !isDead.Contains(row))];
            }

            if (live is null || live.Length > 0)
            {
                _groups.Add((group, live));
                RowCount += live?.Length ?? rows;
            }
        }
    }

    public int RowCount { get; }

    public int RowGroups => _groups.Count;

    /// <summary>Those with a value in a row that is left; looked up once.</summary>
    public IReadOnlyCollection<ColumnId> Columns => _columns ??= this.WithValues(_inner.Columns);

    public RowGroupStats Stats(int rowGroup)
    {
        var (group, live) = _groups[rowGroup];
        var stats = _inner.Stats(group);
        return live is null ? stats : stats with { RowCount = live.Length };
    }

    public bool TryColumn(ColumnId id, [NotNullWhen(true)] out IColumnReader? column)
    {
        column = _inner.TryColumn(id, out var inner) ? new Reader(this, inner) : null;
        return column is not null;
    }

    public ValueTask PrefetchAsync(IReadOnlyList<ColumnId> columns, PageRange pages, CancellationToken cancellationToken) =>
        pages.RowCount == 0 ? ValueTask.CompletedTask : _inner.PrefetchAsync(columns, Whole(pages), cancellationToken);

    /// <summary>The rows of the whole table that hold these and what lies between them.</summary>
    private PageRange Whole(PageRange pages)
    {
        var (group, live) = _groups[pages.RowGroup];
        return live is null
            ? pages with { RowGroup = group }
            : new PageRange(group, live[pages.FirstRow], live[pages.FirstRow + pages.RowCount - 1] + 1 - live[pages.FirstRow]);
    }

    private sealed class Reader(MaskedTable table, IColumnReader inner) : IColumnReader
    {
        public ColumnId Id => inner.Id;

        public DictionaryView? Dictionary(int rowGroup)
        {
            var (group, live) = table._groups[rowGroup];
            return live is null && !table._hideDictionaries ? inner.Dictionary(group) : null;
        }

        // What is not there with the deleted rows is not there without them.
        public bool MayContain(int rowGroup, ReadOnlySpan<byte> value) => inner.MayContain(table._groups[rowGroup].Group, value);

        public ReadOnlySpan<long> Distinct(int rowGroup)
        {
            var (group, live) = table._groups[rowGroup];
            return live is null && inner.Id != IntrinsicColumns.Trace ? inner.Distinct(group) : default;
        }

        public ColumnBounds Bounds(PageRange pages) =>
            pages.RowCount == 0 || inner.Id == IntrinsicColumns.Trace ? default : inner.Bounds(table.Whole(pages));

        public void ReadCodes(PageRange pages, Span<int> codes)
        {
            var (group, live) = table._groups[pages.RowGroup];
            if (live is not null)
            {
                throw new NotSupportedException($"column {Id} shows no dictionary in row group {pages.RowGroup}, which has deleted rows");
            }

            inner.ReadCodes(pages with { RowGroup = group }, codes);
        }

        public void ReadInt64(PageRange pages, Span<long> values, Span<ulong> validity)
        {
            Read(pages, values, validity, static (column, whole, all, valid) => column.ReadInt64(whole, all, valid));
            if (inner.Id == IntrinsicColumns.Trace)
            {
                for (var row = 0; row < pages.RowCount; row++)
                {
                    values[row] = table._traceRows[values[row]];
                }
            }
        }

        public void ReadDouble(PageRange pages, Span<double> values, Span<ulong> validity) =>
            Read(pages, values, validity, static (column, whole, all, valid) => column.ReadDouble(whole, all, valid));

        public void ReadBytes(PageRange pages, ByteColumn values, Span<ulong> validity)
        {
            var (group, live) = table._groups[pages.RowGroup];
            if (live is null || pages.RowCount == 0)
            {
                inner.ReadBytes(pages with { RowGroup = group }, values, validity);
                return;
            }

            var whole = table.Whole(pages);
            var all = new ByteColumn();
            var valid = new ulong[(whole.RowCount + 63) / 64];
            inner.ReadBytes(whole, all, valid);
            validity[..((pages.RowCount + 63) / 64)].Clear();
            for (var row = 0; row < pages.RowCount; row++)
            {
                var from = live[pages.FirstRow + row] - whole.FirstRow;
                values.Add(all[from]);
                validity[row >> 6] |= (valid[from >> 6] >> (from & 63) & 1) << (row & 63);
            }
        }

        private delegate void ReadAll<T>(IColumnReader column, PageRange whole, Span<T> values, Span<ulong> validity);

        private void Read<T>(PageRange pages, Span<T> values, Span<ulong> validity, ReadAll<T> read)
            where T : unmanaged
        {
            var (group, live) = table._groups[pages.RowGroup];
            if (live is null || pages.RowCount == 0)
            {
                read(inner, pages with { RowGroup = group }, values, validity);
                return;
            }

            var whole = table.Whole(pages);
            var all = ArrayPool<T>.Shared.Rent(whole.RowCount);
            var valid = ArrayPool<ulong>.Shared.Rent((whole.RowCount + 63) / 64);
            try
            {
                read(inner, whole, all, valid);
                validity[..((pages.RowCount + 63) / 64)].Clear();
                for (var row = 0; row < pages.RowCount; row++)
                {
                    var from = live[pages.FirstRow + row] - whole.FirstRow;
                    values[row] = all[from];
                    validity[row >> 6] |= (valid[from >> 6] >> (from & 63) & 1) << (row & 63);
                }
            }
            finally
            {
                ArrayPool<T>.Shared.Return(all);
                ArrayPool<ulong>.Shared.Return(valid);
            }
        }
    }
}
