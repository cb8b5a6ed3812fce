using System.Diagnostics.CodeAnalysis;
using Clew.Model;
using Clew.Storage.Columns;

namespace Clew.Storage.Deletion;

/// <summary>A table of resources or scopes in which the rows that no span uses any more have no values. Row numbers stay.</summary>
internal sealed class UsedRows : IColumnSource
{
    private readonly IColumnSource _inner;
    private readonly bool[] _isUsed;
    private readonly int[] _firstRows;

    public UsedRows(IColumnSource inner, IColumnSource spans, ColumnId reference)
    {
        _inner = inner;
        _firstRows = new int[inner.RowGroups];
        var count = 0;
        for (var group = 0; group < inner.RowGroups; group++)
        {
            _firstRows[group] = count;
            count += inner.Stats(group).RowCount;
        }

        _isUsed = new bool[count];
        if (!spans.TryColumn(reference, out var column))
        {
            return;
        }

        for (var group = 0; group < spans.RowGroups; group++)
        {
            var rows = spans.Stats(group).RowCount;
            var used = new long[rows];
            column.ReadInt64(new PageRange(group, 0, rows), used, new ulong[(rows + 63) / 64]);
            foreach (var row in used)
            {
                if ((ulong)row < (ulong)count)
                {
                    _isUsed[row] = true;
                }
            }
        }
    }

    public int RowGroups => _inner.RowGroups;

    public IReadOnlyCollection<ColumnId> Columns => this.WithValues(_inner.Columns);

    public RowGroupStats Stats(int rowGroup) => _inner.Stats(rowGroup);

    public bool TryColumn(ColumnId id, [NotNullWhen(true)] out IColumnReader? column)
    {
        column = _inner.TryColumn(id, out var inner) ? new Reader(this, inner) : null;
        return column is not null;
    }

    public ValueTask PrefetchAsync(IReadOnlyList<ColumnId> columns, PageRange pages, CancellationToken cancellationToken) =>
        _inner.PrefetchAsync(columns, pages, cancellationToken);

    private sealed class Reader(UsedRows table, IColumnReader inner) : IColumnReader
    {
        public ColumnId Id => inner.Id;

        /// <summary>None: it would list values of rows that are not used.</summary>
        public DictionaryView? Dictionary(int rowGroup) => null;

        public void ReadCodes(PageRange pages, Span<int> codes) => throw new NotSupportedException($"column {Id} shows no dictionary here");

        public void ReadInt64(PageRange pages, Span<long> values, Span<ulong> validity)
        {
            inner.ReadInt64(pages, values, validity);
            Hide(pages, validity);
        }

        public void ReadDouble(PageRange pages, Span<double> values, Span<ulong> validity)
        {
            inner.ReadDouble(pages, values, validity);
            Hide(pages, validity);
        }

        public void ReadBytes(PageRange pages, ByteColumn values, Span<ulong> validity)
        {
            var all = new ByteColumn();
            inner.ReadBytes(pages, all, validity);
            Hide(pages, validity);
            for (var row = 0; row < pages.RowCount; row++)
            {
                values.Add((validity[row >> 6] >> (row & 63) & 1) != 0 ? all[row] : default);
            }
        }

        private void Hide(PageRange pages, Span<ulong> validity)
        {
            for (var row = 0; row < pages.RowCount; row++)
            {
                if (!table._isUsed[table._firstRows[pages.RowGroup] + pages.FirstRow + row])
                {
                    validity[row >> 6] &= ~(1UL << (row & 63));
                }
            }
        }
    }
}
