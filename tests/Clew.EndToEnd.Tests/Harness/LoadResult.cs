using Clew.EndToEnd.Tests.Api;
using Clew.EndToEnd.Tests.Otlp;

namespace Clew.EndToEnd.Tests.Harness;

/// <summary>What a load sent, and what of it was acknowledged.</summary>
internal sealed class LoadResult(LoadRequest[] requests)
{
    private const int QuestionsAtOnce = 4;

    public IReadOnlyList<LoadRequest> Requests => requests;

    public int AcknowledgedRequests => requests.Count(static it => it.Acknowledged);

    /// <summary>Sends again what had no answer, as a client does after a restart. All of it has to be acknowledged now.</summary>
    public Task ResendUnansweredAsync(ClewProcess process) => ResendAsync(process, requests.Where(static it => !it.Acknowledged));

    /// <summary>Sends one acknowledged request in twenty again, as a client does whose answer got lost.</summary>
    public Task ResendSomeAsync(ClewProcess process, Random random) =>
        ResendAsync(process, [.. requests.Where(it => it.Acknowledged && random.Next(20) == 0)]);

    private static async Task ResendAsync(ClewProcess process, IEnumerable<LoadRequest> again)
    {
        using var sender = new OtlpSender(process);
        foreach (var request in again)
        {
            var answer = await sender.SendGrpcAsync(request.Bytes);
            Assert.Equal(0, answer.RejectedSpans);
            request.Acknowledged = true;
        }
    }

    /// <summary>
    /// Every span of an acknowledged request is there exactly once, by trace and in search; of the others, none is there more than once.
    /// </summary>
    public async Task AssertVisibleOnceAsync(ClewProcess process)
    {
        using var api = new ClewApi(process.Http);
        var wrong = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await Parallel.ForEachAsync(
            requests.SelectMany(static request => request.Spans.GroupBy(static it => it.TraceHex).Select(trace => (request.Acknowledged, Trace: trace))),
            new ParallelOptions { MaxDegreeOfParallelism = QuestionsAtOnce },
            async (it, _) =>
            {
                var answered = (await api.TraceAsync(it.Trace.Key)).Select(static span => span.SpanId).ToArray();
                var sent = it.Trace.Select(static span => span.SpanHex).ToArray();
                if (answered.Length != answered.Distinct().Count())
                {
                    wrong.Enqueue($"trace {it.Trace.Key}: {answered.Length} spans, {answered.Distinct().Count()} of them different");
                }

                var missing = sent.Except(answered).Count();
                if (it.Acknowledged && missing > 0)
                {
                    wrong.Enqueue($"trace {it.Trace.Key}: {missing} of {sent.Length} acknowledged spans are missing");
                }
            });
        Assert.True(wrong.IsEmpty, $"{wrong.Count} traces of {requests.Length} requests are wrong:\n{string.Join('\n', wrong.Take(20))}");
    }

    /// <summary>
    /// A search for the load's services counts each trace and each span once. Only when everything was acknowledged. <paramref name="label"/>
    /// is that of the load, when others send as the same services.
    /// </summary>
    public async Task AssertSearchedOnceAsync(ClewProcess process, string? label = null)
    {
        var more = label is null ? "" : $" && span.load = \"{label}\"";
        using var api = new ClewApi(process.Http);
        foreach (var service in requests.GroupBy(static it => it.Service))
        {
            var found = await api.SearchAsync($"{{ resource.service.name = \"{service.Key}\"{more} }}");
            var sent = service.SelectMany(static it => it.Spans).GroupBy(static it => it.TraceHex).Select(static it => (it.Key, it.Count()));
            Assert.Equal(sent.Order(), found.Select(static it => (it.TraceId, it.Matched)).Order());
        }
    }
}
