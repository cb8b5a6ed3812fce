using System.Text;
using Clew.Model;
using Clew.Otlp.Wire;
using Clew.Parquet;
using Clew.Semantics;
using Clew.Semantics.Nodes;
using Clew.Semantics.Pairing;
using Clew.Storage.Blocks;
using Clew.Storage.Blocks.Building;
using Clew.Storage.Blocks.Reading;
using Clew.Storage.Columns;

namespace Clew.Storage.Rollups;

/// <summary>Writes and reads <c>rollups.parquet</c>.</summary>
internal static class RollupsFile
{
    private const int PageRows = 8192;
    private const int RowGroupRows = 64 << 10;

    public static void Write(ScratchStream stream, RollupTable table)
    {
        var rows = RollupRow.Of(table);
        using var file = new ColumnFile(RollupColumns.File, stream, RollupColumns.Schema());
        for (var first = 0; first < rows.Length; first += RowGroupRows)
        {
            WriteRowGroup(file, rows.AsSpan(first, Math.Min(RowGroupRows, rows.Length - first)));
        }

        file.Finish();
    }

    /// <summary>Reads a whole file: some thousands of rows.</summary>
    public static async ValueTask<RollupTable> ReadAsync(IByteSource source, BlockCache cache, CancellationToken cancellationToken)
    {
        // The file has been written within limits, which may have been wider than today's.
        var table = new RollupTable(RollupLimits.Unlimited);
        await AddAsync(source, cache, table, cancellationToken).ConfigureAwait(false);
        return table;
    }

    /// <summary>Adds a whole file to a table without limits.</summary>
    public static async ValueTask AddAsync(IByteSource source, BlockCache cache, RollupTable table, CancellationToken cancellationToken)
    {
        try
        {
            var parquet = await ParquetReader.OpenAsync(source, cancellationToken: cancellationToken).ConfigureAwait(false);
            var columns = new BlockTable(parquet, AttributeScope.Span, Catalogue(), cache, isLocal: true);
            var texts = new Utf8Pool(int.MaxValue);
            var nodes = new Dictionary<NodeKey, ServiceNode>();
            for (var group = 0; group < parquet.RowGroupCount; group++)
            {
                new GroupReader(columns, group, parquet.RowGroupRows(group), source.Name, texts, nodes).AddTo(table);
            }

            cache.Remove(parquet);
        }
        catch (ParquetCorruptException fault)
        {
            throw new BlockCorruptException(fault.File, fault.Offset, fault.What, fault);
        }
    }

    private static void WriteRowGroup(ColumnFile file, ReadOnlySpan<RollupRow> rows)
    {
        file.StartRowGroup(rows.Length, PageRows, []);
        var small = new int[rows.Length];
        foreach (var column in RollupColumns.SmallNumbers)
        {
            var number = RollupRow.SmallNumber(column);
            for (var i = 0; i < rows.Length; i++)
            {
                small[i] = number(rows[i]);
            }

            file.WriteSmallNumbers<int>(small);
        }

        for (var side = 0; side < RollupColumns.Sides.Length; side++)
        {
            WriteNodes(file, rows, isClient: side == 0, small);
        }

        foreach (var column in RollupColumns.Texts)
        {
            var dictionary = new ByteTable();
            var codes = new Dictionary<string, int>(StringComparer.Ordinal);
            var textOf = RollupRow.Text(column);
            for (var i = 0; i < rows.Length; i++)
            {
                var text = textOf(rows[i]);
                if (!codes.TryGetValue(text, out small[i]))
                {
                    codes.Add(text, small[i] = dictionary.Append(Encoding.UTF8.GetBytes(text)));
                }
            }

            file.WriteTexts(small, dictionary);
        }

        var numbers = new long[rows.Length];
        foreach (var column in RollupColumns.Numbers)
        {
            var number = RollupRow.Number(column);
            for (var i = 0; i < rows.Length; i++)
            {
                numbers[i] = number(rows[i]);
            }

            file.WriteOrderedNumbers(numbers);
        }

        WriteLatency(file, rows, isClient: true);
        WriteLatency(file, rows, isClient: false);
        var ids = new byte[rows.Length * TraceId.Size];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i].Exemplar.TraceId.WriteTo(ids.AsSpan(i * TraceId.Size));
        }

        file.WriteOrderedFixed(ids);
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i].Exemplar.SpanId.WriteTo(ids.AsSpan(i * SpanId.Size));
        }

        file.WriteOrderedFixed(ids.AsSpan(0, rows.Length * SpanId.Size));
    }

    /// <summary>Rows of a node share its texts, so each is encoded once a node.</summary>
    private static void WriteNodes(ColumnFile file, ReadOnlySpan<RollupRow> rows, bool isClient, int[] small)
    {
        var numbers = new Dictionary<ServiceNode, int>();
        var nodes = new List<ServiceNode>();
        var nodeOf = new int[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            var node = isClient ? rows[i].Client : rows[i].Server;
            if (!numbers.TryGetValue(node, out nodeOf[i]))
            {
                numbers.Add(node, nodeOf[i] = nodes.Count);
                nodes.Add(node);
            }

            small[i] = (int)node.Kind;
        }

        file.WriteSmallNumbers<int>(small);
        for (var text = 0; text < RollupColumns.NodeTexts.Length; text++)
        {
            var dictionary = new ByteTable();
            var codes = nodes.ConvertAll(node => dictionary.Intern(Encoding.UTF8.GetBytes(RollupRow.NodeText(node, text))));
            for (var i = 0; i < rows.Length; i++)
            {
                small[i] = codes[nodeOf[i]];
            }

            file.WriteTexts(small, dictionary);
        }
    }

    private static void WriteLatency(ColumnFile file, ReadOnlySpan<RollupRow> rows, bool isClient)
    {
        var column = new SparseColumn();
        using var buffer = new PooledBuffer();
        for (var i = 0; i < rows.Length; i++)
        {
            buffer.Clear();
            HistogramCodec.Write(isClient ? rows[i].ClientLatency : rows[i].ServerLatency, buffer);
            if (buffer.Length > 0)
            {
                column.AppendBytes(i, buffer.Written);
            }
        }

        file.WriteMessages(column);
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

    /// <summary>Unpacks the columns of one row group.</summary>
    private sealed class GroupReader(BlockTable columns, int group, int rows, string file, Utf8Pool texts, Dictionary<NodeKey, ServiceNode> nodes)
    {
        private readonly ulong[] _validity = new ulong[(rows + 63) / 64];

        public void AddTo(RollupTable table)
        {
            var small = RollupColumns.SmallNumbers.ToDictionary(name => name, Numbers);
            var numbers = RollupColumns.Numbers.ToDictionary(name => name, Numbers);
            var words = RollupColumns.Texts.ToDictionary(name => name, name => Array.ConvertAll(Texts(name), number => texts[number]));
            var (clients, servers) = (Nodes("client"), Nodes("server"));
            var (clientLatency, serverLatency) = (Bytes(RollupColumns.ClientLatency), Bytes(RollupColumns.ServerLatency));
            var (traces, spans) = (Bytes(RollupColumns.ExemplarTrace), Bytes(RollupColumns.ExemplarSpan));
            for (var i = 0; i < rows; i++)
            {
                var minute = table.Minute(numbers[RollupColumns.Minute][i]);
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

        private IColumnReader? Column(string name, AttributeType type) =>
            columns.TryColumn(new ColumnId(AttributeScope.Span, name, type), out var column) ? column : null;

        private PageRange All => new(group, 0, rows);

        private long[] Numbers(string name)
        {
            var values = new long[rows];
            Column(name, AttributeType.Int)?.ReadInt64(All, values, _validity);
            return values;
        }

        /// <summary>By row: the number of its text in the pool.</summary>
        private int[] Texts(string name)
        {
            var values = new int[rows];
            if (Column(name, AttributeType.String) is { } column && column.Dictionary(group) is { } dictionary)
            {
                column.ReadCodes(All, values);
                var numbers = new int[dictionary.Count];
                for (var code = 0; code < numbers.Length; code++)
                {
                    numbers[code] = texts.Intern(dictionary[code]);
                }

                var none = texts.Intern(default);
                for (var i = 0; i < rows; i++)
                {
                    values[i] = values[i] < 0 ? none : numbers[values[i]];
                }

                return values;
            }

            var bytes = Read(name, AttributeType.String);
            for (var i = 0; i < rows; i++)
            {
                values[i] = texts.Intern(bytes[i]);
            }

            return values;
        }

        private ByteColumn Bytes(string name) => Read(name, AttributeType.Bytes);

        private ByteColumn Read(string name, AttributeType type)
        {
            var values = new ByteColumn();
            if (Column(name, type) is { } column)
            {
                column.ReadBytes(All, values, _validity);
            }
            else
            {
                for (var i = 0; i < rows; i++)
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
            var result = new ServiceNode[rows];
            for (var i = 0; i < rows; i++)
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
