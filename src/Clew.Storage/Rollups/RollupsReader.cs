using Clew.Model;
using Clew.Parquet;
using Clew.Semantics;
using Clew.Semantics.Nodes;
using Clew.Semantics.Pairing;
using Clew.Storage.Blocks;
using Clew.Storage.Blocks.Reading;
using Clew.Storage.Columns;

namespace Clew.Storage.Rollups;

/// <summary>Reads <c>rollups.parquet</c>, whole or some minutes of it. For one thread.</summary>
internal sealed class RollupsReader : IRollupMinutes
{
    private readonly IByteSource _source;
    private readonly BlockCache _cache;
    private readonly ParquetReader _parquet;
    private readonly BlockTable _columns;
    private readonly Utf8Pool _texts = new(int.MaxValue);
    private readonly Dictionary<NodeKey, ServiceNode> _nodes = [];
    private List<(RollupRun Run, PageRange Rows)>? _runs;

    private RollupsReader(IByteSource source, ParquetReader parquet, BlockCache cache)
    {
        (_source, _parquet, _cache) = (source, parquet, cache);
        _columns = new BlockTable(parquet, AttributeScope.Span, Catalogue(), cache, isLocal: true);
    }

    /// <summary>Opens a file; the source is the reader's from now on.</summary>
    /// <exception cref="BlockCorruptException">The file is damaged.</exception>
    public static async ValueTask<RollupsReader> OpenAsync(IByteSource source, BlockCache cache, CancellationToken cancellationToken)
    {
        try
        {
            return new RollupsReader(source, await ParquetReader.OpenAsync(source, cancellationToken: cancellationToken).ConfigureAwait(false), cache);
        }
        catch (ParquetCorruptException fault)
        {
            (source as IDisposable)?.Dispose();
            throw new BlockCorruptException(fault.File, fault.Offset, fault.What, fault);
        }
    }

    /// <summary>Reads a whole file.</summary>
    public static async ValueTask<RollupTable> ReadAsync(IByteSource source, BlockCache cache, CancellationToken cancellationToken)
    {
        using var reader = await OpenAsync(source, cache, cancellationToken).ConfigureAwait(false);

        // The file has been written within limits, which may have been wider than today's.
        var table = new RollupTable(RollupLimits.Unlimited);
        for (var group = 0; group < reader._parquet.RowGroupCount; group++)
        {
            reader.AddRows(table, new PageRange(group, 0, reader._parquet.RowGroupRows(group)));
        }

        return table;
    }

    /// <summary>Reads the calls of a whole file, all minutes as one.</summary>
    public static async ValueTask<RollupTable> FoldedEdgesAsync(IByteSource source, BlockCache cache, CancellationToken cancellationToken)
    {
        using var reader = await OpenAsync(source, cache, cancellationToken).ConfigureAwait(false);
        var first = reader.Runs.Where(static run => run.IsEdge).Select(static run => run.Minute).DefaultIfEmpty().First();
        var table = new RollupTable(RollupLimits.Unlimited) { Scope = new RollupScope { WithSpans = false, FoldsInto = first } };
        reader.AddTo(table, edges: true, MinuteRange.All);
        return table;
    }

    public IEnumerable<RollupRun> Runs => (_runs ??= FindRuns()).Select(static run => run.Run);

    public void AddTo(RollupTable table, bool edges, MinuteRange minutes)
    {
        PageRange? rows = null;
        foreach (var (run, at) in _runs ??= FindRuns())
        {
            if (run.IsEdge != edges || !minutes.Contains(run.Minute))
            {
                continue;
            }

            if (rows is { } before && before.RowGroup == at.RowGroup && before.FirstRow + before.RowCount == at.FirstRow)
            {
                rows = before with { RowCount = before.RowCount + at.RowCount };
                continue;
            }

            if (rows is { } whole)
            {
                AddRows(table, whole);
            }

            rows = at;
        }

        if (rows is { } last)
        {
            AddRows(table, last);
        }
    }

    public void Dispose()
    {
        _cache.Remove(_parquet);
        (_source as IDisposable)?.Dispose();
    }

    private void AddRows(RollupTable table, PageRange rows)
    {
        try
        {
            new RowsReader(_columns, rows, _source.Name, _texts, _nodes).AddTo(table);
        }
        catch (ParquetCorruptException fault)
        {
            throw new BlockCorruptException(fault.File, fault.Offset, fault.What, fault);
        }
    }

    /// <summary>Where each minute's series of one type stand: neighbours, because the file is in that order.</summary>
    private List<(RollupRun Run, PageRange Rows)> FindRuns()
    {
        var runs = new List<(RollupRun, PageRange)>();
        for (var group = 0; group < _parquet.RowGroupCount; group++)
        {
            var all = new PageRange(group, 0, _parquet.RowGroupRows(group));
            var (types, minutes) = (Numbers(_columns, RollupColumns.RowType, all), Numbers(_columns, RollupColumns.Minute, all));
            for (var first = 0; first < all.RowCount;)
            {
                var end = first + 1;
                while (end < all.RowCount && types[end] == types[first] && minutes[end] == minutes[first])
                {
                    end++;
                }

                runs.Add((new RollupRun(types[first] != 0, minutes[first], end - first), new PageRange(group, first, end - first)));
                first = end;
            }
        }

        return runs;
    }

    private static IColumnReader? Column(BlockTable columns, string name, AttributeType type) =>
        columns.TryColumn(new ColumnId(AttributeScope.Span, name, type), out var column) ? column : null;

    private static long[] Numbers(BlockTable columns, string name, PageRange rows)
    {
        var values = new long[rows.RowCount];
        Column(columns, name, AttributeType.Int)?.ReadInt64(rows, values, new ulong[(rows.RowCount + 63) / 64]);
        return values;
    }

    private static List<BlockColumn> Catalogue() => [.. RollupColumns.Schema().Select(column => new BlockColumn
    {
        Column = column.Name, Key = column.Name, Values = 0,
        Type = column.Type switch
        {
            ParquetType.Int64 => AttributeType.Int,
            ParquetType.ByteArray when column.IsString => AttributeType.String,
            _ => AttributeType.Bytes,
        },
    })];

    /// <summary>Unpacks the columns of some rows.</summary>
    private sealed class RowsReader(BlockTable columns, PageRange range, string file, Utf8Pool texts, Dictionary<NodeKey, ServiceNode> nodes)
    {
        private readonly int _rows = range.RowCount;
        private readonly ulong[] _validity = new ulong[(range.RowCount + 63) / 64];

        public void AddTo(RollupTable table)
        {
            var small = RollupColumns.SmallNumbers.ToDictionary(name => name, Numbers);
            var numbers = RollupColumns.Numbers.ToDictionary(name => name, Numbers);
            var words = RollupColumns.Texts.ToDictionary(name => name, name => Array.ConvertAll(Texts(name), number => texts[number]));
            var (clients, servers) = (Nodes("client"), Nodes("server"));
            var (clientLatency, serverLatency) = (Bytes(RollupColumns.ClientLatency), Bytes(RollupColumns.ServerLatency));
            var (traces, spans) = (Bytes(RollupColumns.ExemplarTrace), Bytes(RollupColumns.ExemplarSpan));
            for (var i = 0; i < _rows; i++)
            {
                var minute = table.Minute(table.Scope.Into(numbers[RollupColumns.Minute][i]));
                var exemplar = new Exemplar(
                    TraceId.FromBytes(traces[i]), SpanId.FromBytes(spans[i]), numbers[RollupColumns.ExemplarStart][i], numbers[RollupColumns.ExemplarNanos][i]);
                if (small[RollupColumns.RowType][i] == 0)
                {
                    var cell = minute.Span(
                        new SpanSeriesKey(servers[i], words[RollupColumns.Operation][i], (SpanKind)small[RollupColumns.SpanKind][i], (SpanStatus)small[RollupColumns.Status][i]),
                        RollupLimits.Unlimited);
                    cell.Spans += numbers[RollupColumns.Stored][i];
                    HistogramCodec.Read(serverLatency[i], cell.Latency, file);
                    cell.Latency.AddSum(numbers[RollupColumns.ServerNanos][i]);
                    cell.Exemplar = Exemplar.Slower(cell.Exemplar, exemplar);
                }
                else
                {
                    var cell = minute.Edge(
                        new EdgeSeriesKey
                        {
                            Client = clients[i], Server = servers[i], Pairing = (CallPairing)small[RollupColumns.Pairing][i],
                            Connection = (ConnectionKind)small[RollupColumns.Connection][i], Tls = (MutualTls)small[RollupColumns.Tls][i],
                            Protocol = words[RollupColumns.Protocol][i], Code = words[RollupColumns.Code][i], Flags = words[RollupColumns.Flags][i],
                            Operation = words[RollupColumns.Operation][i], IsError = small[RollupColumns.Status][i] == (int)SpanStatus.Error,
                        },
                        RollupLimits.Unlimited);
                    cell.Calls += numbers[RollupColumns.Stored][i];
                    cell.Weight += numbers[RollupColumns.Weight][i];
                    HistogramCodec.Read(clientLatency[i], cell.Client, file);
                    HistogramCodec.Read(serverLatency[i], cell.Server, file);
                    cell.Client.AddSum(numbers[RollupColumns.ClientNanos][i]);
                    cell.Server.AddSum(numbers[RollupColumns.ServerNanos][i]);
                    cell.RequestBytes += numbers[RollupColumns.RequestBytes][i];
                    cell.ResponseBytes += numbers[RollupColumns.ResponseBytes][i];
                    cell.Exemplar = Exemplar.Slower(cell.Exemplar, exemplar);
                }
            }
        }

        private long[] Numbers(string name) => RollupsReader.Numbers(columns, name, range);

        /// <summary>By row: the number of its text in the pool.</summary>
        private int[] Texts(string name)
        {
            var values = new int[_rows];
            if (Column(columns, name, AttributeType.String) is { } column && column.Dictionary(range.RowGroup) is { } dictionary)
            {
                column.ReadCodes(range, values);
                var numbers = new int[dictionary.Count];
                for (var code = 0; code < numbers.Length; code++)
                {
                    numbers[code] = texts.Intern(dictionary[code]);
                }

                var none = texts.Intern(default);
                for (var i = 0; i < _rows; i++)
                {
                    values[i] = values[i] < 0 ? none : numbers[values[i]];
                }

                return values;
            }

            var bytes = Read(name, AttributeType.String);
            for (var i = 0; i < _rows; i++)
            {
                values[i] = texts.Intern(bytes[i]);
            }

            return values;
        }

        private ByteColumn Bytes(string name) => Read(name, AttributeType.Bytes);

        private ByteColumn Read(string name, AttributeType type)
        {
            var values = new ByteColumn();
            if (Column(columns, name, type) is { } column)
            {
                column.ReadBytes(range, values, _validity);
            }
            else
            {
                for (var i = 0; i < _rows; i++)
                {
                    values.Add([]);
                }
            }

            return values;
        }

        private ServiceNode[] Nodes(string side)
        {
            var kinds = Numbers(RollupColumns.NodeKind(side));
            var parts = RollupColumns.NodeTexts.Select(text => Texts(RollupColumns.NodeText(side, text))).ToArray();
            var result = new ServiceNode[_rows];
            for (var i = 0; i < _rows; i++)
            {
                var key = new NodeKey((int)kinds[i], parts[0][i], parts[1][i], parts[2][i], parts[3][i], parts[4][i], parts[5][i]);
                if (!nodes.TryGetValue(key, out var node))
                {
                    nodes.Add(key, node = new ServiceNode
                    {
                        Kind = (NodeKind)kinds[i], Cluster = texts[key.Cluster], Namespace = texts[key.Namespace], Service = texts[key.Service],
                        App = texts[key.App], Version = texts[key.Version], Workload = texts[key.Workload],
                    });
                }

                result[i] = node;
            }

            return result;
        }
    }

    /// <summary>A node by the numbers of its texts.</summary>
    private readonly record struct NodeKey(int Kind, int Cluster, int Namespace, int Service, int App, int Version, int Workload);
}
