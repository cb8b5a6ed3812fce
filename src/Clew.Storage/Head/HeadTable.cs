using System.Diagnostics.CodeAnalysis;
using Clew.Storage.Columns;

namespace Clew.Storage.Head;

/// <summary>A fixed number of rows over columns in memory.</summary>
internal sealed class HeadTable(IReadOnlyDictionary<ColumnId, IColumnReader> columns, int rows, Func<int, RowGroupStats> stats) : IColumnSource
{
    public int RowGroups => HeadRows.Groups(rows);

    public IReadOnlyCollection<ColumnId> Columns { get; } = [.. columns.Keys];

    public static int RowsOf(int group, int rows) => Math.Min(HeadRows.GroupSize, rows - (group << HeadRows.GroupBits));

    public RowGroupStats Stats(int rowGroup) => stats(rowGroup);

    public bool TryColumn(ColumnId id, [NotNullWhen(true)] out IColumnReader? column) => columns.TryGetValue(id, out column);

    public ValueTask PrefetchAsync(IReadOnlyList<ColumnId> prefetch, PageRange pages, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
