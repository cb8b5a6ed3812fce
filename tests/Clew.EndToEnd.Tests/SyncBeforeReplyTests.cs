using System.Text;
using Clew.EndToEnd.Tests.Harness;
using Clew.EndToEnd.Tests.Otlp;

namespace Clew.EndToEnd.Tests;

/// <summary>
/// The promise behind every acknowledgement, seen from outside: a reply leaves the process only after an <c>fdatasync</c> has returned that was called
/// when the spans were in the log.
/// </summary>
public sealed class SyncBeforeReplyTests : IDisposable
{
    private const int Senders = 4;
    private const int RequestsOfASender = 12;

    private readonly TempFolder _data = new();
    private readonly TempFolder _trace = new();

    public void Dispose()
    {
        _data.Dispose();
        _trace.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    public async Task No_reply_leaves_before_the_sync_that_covers_its_spans(int syncDelayMs)
    {
        var file = Path.Combine(_trace.Path, "strace");
        int grpc, http;
        await using (var process = await ClewProcess.StartUnderAsync(SystemCalls.Watcher(file, TimeSpan.FromMilliseconds(syncDelayMs)), _data.Path))
        {
            (grpc, http) = (process.OtlpGrpc.Port, process.OtlpHttp.Port);
            await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => SendAsync(process, sender)));
            await process.KillAsync();
        }

        // In the order of the trace: what each write brought to the log counts as durable from the end of the next sync of that file.
        var (written, durable, replies) = (new List<(SystemCall Call, string[] Markers)>(), new HashSet<string>(), 0);
        var calls = await SystemCalls.ReadAsync(file);
        foreach (var (line, call, begins) in calls.SelectMany(static call => new[] { (call.Began, call, true), (call.Ended, call, false) }).OrderBy(static it => it.Item1))
        {
            if (begins && IsReply(call, grpc, http))
            {
                replies++;
                Assert.True(replies <= durable.Count, $"Line {line} of the trace is reply {replies}, and {durable.Count} requests are durable by then.");
            }
            else if (!begins && call.Succeeded && call.Target.EndsWith(".wal", StringComparison.Ordinal))
            {
                if (call.Name == "fdatasync")
                {
                    durable.UnionWith(written.Where(it => it.Call.Target == call.Target && it.Call.Ended < call.Began).SelectMany(static it => it.Markers));
                }
                else
                {
                    written.Add((call, Markers(call.Bytes)));
                }
            }
        }

        Assert.Equal(Senders * RequestsOfASender, replies);
    }

    private static async Task SendAsync(ClewProcess process, int sender)
    {
        var maker = new SpanMaker(seed: 700 + sender, $"synced {sender}");
        using var otlp = new OtlpSender(process);
        for (var i = 0; i < RequestsOfASender; i++)
        {
            var request = maker.Request(maker.Span() with { Name = Marker((sender * RequestsOfASender) + i) });
            _ = sender % 2 == 0 ? await otlp.SendGrpcAsync(request) : await otlp.SendHttpAsync(request);
        }
    }

    private static string Marker(int request) => $"request-{request:d4}.";

    private static string[] Markers(byte[] bytes) =>
        [.. Enumerable.Range(0, Senders * RequestsOfASender).Select(Marker).Where(marker => bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(marker)) >= 0)];

    // HTTP: a status line. gRPC: a DATA frame, in which a unary call's answer comes.
    private static bool IsReply(SystemCall call, int grpc, int http) =>
        call.Name is "sendto" or "sendmsg" or "write" or "writev"
        && ((call.Target.Contains($":{http}->", StringComparison.Ordinal) && call.Bytes.AsSpan().StartsWith("HTTP/1.1 200"u8))
            || (call.Target.Contains($":{grpc}->", StringComparison.Ordinal) && HasDataFrame(call.Bytes)));

    /// <summary>HTTP/2 frames: three bytes of length, one of type, five more, then so many bytes.</summary>
    private static bool HasDataFrame(ReadOnlySpan<byte> frames)
    {
        const int Header = 9;
        while (frames.Length >= Header)
        {
            if (frames[3] == 0)
            {
                return true;
            }

            frames = frames[Math.Min(frames.Length, Header + ((frames[0] << 16) | (frames[1] << 8) | frames[2]))..];
        }

        return false;
    }
}
