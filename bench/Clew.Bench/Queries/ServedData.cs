using Clew.Bench.DataSet;
using Clew.Model;
using Clew.Otlp.Wire;
using Grpc.Core;
using Grpc.Net.Client;

namespace Clew.Bench.Queries;

/// <summary>
/// A server's data folder with the whole data set in blocks, filled once over OTLP gRPC and kept, with the ids of some of its traces.
/// </summary>
internal static class ServedData
{
    private const int SpansPerRequest = 811;
    private const int Streams = 4;
    private static readonly TimeSpan SettleLimit = TimeSpan.FromMinutes(10);

    /// <summary>The data folder within the given one.</summary>
    public static string DataOf(string folder) => Path.Combine(folder, "data");

    /// <summary>Fills the folder unless that is done, and answers ids of traces that are in it.</summary>
    public static async Task<TraceId[]> FillAsync(string folder, long spans, string? program)
    {
        var list = Path.Combine(folder, "ids.txt");
        if (!File.Exists(list))
        {
            Directory.CreateDirectory(folder);
            Console.WriteLine($"sending {spans} spans …");
            await using var server = await ServerProcess.StartAsync(DataOf(folder), program);
            var ids = await SendAsync(server.Grpc, spans);
            await server.UntilSettledAsync(SettleLimit);
            await File.WriteAllLinesAsync(list, ids.Select(static id => id.ToString()));
        }

        return [.. (await File.ReadAllLinesAsync(list)).Select(static line => TraceId.TryParse(line, out var id) ? id : throw new FormatException($"'{line}' is no trace id"))];
    }

    private static async Task<List<TraceId>> SendAsync(Uri address, long spans)
    {
        using var set = new TraceDataSet(QuestionSet.Data);
        using var channel = GrpcChannel.ForAddress(address);
        var method = new Method<byte[], byte[]>(
            MethodType.Unary, "opentelemetry.proto.collector.trace.v1.TraceService", "Export", Marshallers.Create(static b => b, static b => b), Marshallers.Create(static b => b, static b => b));
        var ids = new List<TraceId>();
        var made = 0L;
        await Task.WhenAll(Enumerable.Range(0, Streams).Select(_ => Task.Run(async () =>
        {
            while (Next() is { } request)
            {
                while (true)
                {
                    try
                    {
                        await channel.CreateCallInvoker().AsyncUnaryCall(method, null, default, request);
                        break;
                    }
                    catch (RpcException fault) when (fault.StatusCode is StatusCode.ResourceExhausted or StatusCode.Unavailable)
                    {
                        await Task.Delay(50);
                    }
                }
            }
        })));
        return ids;

        byte[]? Next()
        {
            lock (set)
            {
                if (made >= spans)
                {
                    return null;
                }

                using var buffer = new PooledBuffer();
                made += set.WriteRequest(buffer, SpansPerRequest);
                ids.Add(set.TraceId);
                return buffer.Written.ToArray();
            }
        }
    }
}
