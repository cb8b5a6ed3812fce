using Clew.Model;
using Clew.Query.Values;
using Clew.Storage.Columns;

namespace Clew.Query.Scan;

/// <summary>
/// Decides a test for every row of a small table (resources, scopes) once. A store of ten thousand spans has some dozens of resources,
/// so this may go value by value.
/// </summary>
internal static class ContextVerdicts
{
    /// <param name="table">The table.</param>
    /// <param name="readers">The typed columns of the key.</param>
    /// <param name="overflow">Count of values without a column; null when the key cannot be among them.</param>
    /// <param name="test">The test.</param>
    public static byte[] Of(IColumnSource table, List<IColumnReader> readers, IColumnReader? overflow, ValueTest test)
    {
        var verdicts = New(table);
        foreach (var reader in readers)
        {
            Each(table, reader, (row, value) => verdicts[row] = test.Holds(value) ? ContextStep.Holds : (byte)0);
        }

        if (overflow is not null)
        {
            Each(table, overflow, (row, value) =>
            {
                if (verdicts[row] == ContextStep.Missing && value.AsInt > 0)
                {
                    verdicts[row] = ContextStep.MayHold;
                }
            });
        }

        return verdicts;
    }

    /// <summary>For a text that every row has: without a value it is the empty one.</summary>
    public static byte[] OfText(IColumnSource table, ColumnId id, ValueTest test)
    {
        var verdicts = New(table);
        if (table.TryColumn(id, out var reader))
        {
            Each(table, reader, (row, value) => verdicts[row] = test.Holds(value) ? ContextStep.Holds : (byte)0);
        }

        var empty = test.Holds(QueryValue.String("")) ? ContextStep.Holds : (byte)0;
        verdicts.AsSpan().Replace(ContextStep.Missing, empty);
        return verdicts;
    }

    private static byte[] New(IColumnSource table)
    {
        var rows = 0;
        for (var group = 0; group < table.RowGroups; group++)
        {
            rows += table.Stats(group).RowCount;
        }

        // A source without a table has one row in it, which says nothing: spans point at row 0.
        var verdicts = new byte[Math.Max(1, rows)];
        verdicts.AsSpan().Fill(ContextStep.Missing);
        return verdicts;
    }

    /// <summary>Calls back for each row that has a value.</summary>
    public static void Each(IColumnSource table, IColumnReader reader, Action<int, QueryValue> action)
    {
        var first = 0;
        for (var group = 0; group < table.RowGroups; group++)
        {
            var rows = table.Stats(group).RowCount;
            ColumnValues.Each(reader, new PageRange(group, 0, rows), (row, value) => action(first + row, value));
            first += rows;
        }
    }
}
