using Clew.Api.Http;
using Clew.Api.Streaming;
using Clew.Api.Tempo;
using Clew.Model;
using Clew.Otlp.Wire;
using Clew.Query;
using Clew.Query.Metrics;
using Grpc.Core;

namespace Clew.Api.Grpc;

/// <summary>
/// <c>tempopb.StreamingQuerier</c>: the questions of the HTTP API, with answers that come in parts. Every message carries metrics, and every
/// call that succeeds has at least one message: clients fall over without.
/// </summary>
internal sealed class StreamingQuerier(ApiRegistration registration)
{
    private readonly TagQuestions _tags = new(registration.Services);

    private ApiServices Services => registration.Services;

    public Task SearchAsync(byte[] message, IServerStreamWriter<WireMessage> answers, ServerCallContext call) => AnswerAsync(call, async tenant =>
    {
        var request = TempoRequests.Search(message);
        using var cutter = new MessageCutter(answers);
        await foreach (var update in new SearchStream(Services.Engine, Services.Clock).RunAsync(tenant, request, call.CancellationToken).ConfigureAwait(false))
        {
            var forms = SearchJson.Forms(update.Traces);
            await cutter.SendAsync(
                update.Traces,
                (buffer, trace) => SearchProto.WriteTrace(buffer, trace, forms),
                buffer => SearchProto.WriteMetrics(new ProtoWriter(buffer), SearchTempo.Jobs(update.Stats, update.IsLast), update.Stats),
                call.CancellationToken).ConfigureAwait(false);
        }
    });

    public Task SearchTagsAsync(byte[] message, IServerStreamWriter<WireMessage> answers, ServerCallContext call) => AnswerAsync(call, async tenant =>
    {
        var (scope, request) = TempoRequests.Tags(message);
        var (names, stats) = await _tags.FlatNamesAsync(tenant, scope, request, call.CancellationToken).ConfigureAwait(false);
        await SendAsync(answers, buffer => TagProto.WriteList(buffer, names, stats), call.CancellationToken).ConfigureAwait(false);
    });

    public Task SearchTagsV2Async(byte[] message, IServerStreamWriter<WireMessage> answers, ServerCallContext call) => AnswerAsync(call, async tenant =>
    {
        var (scope, request) = TempoRequests.Tags(message);
        var (scopes, stats) = await _tags.NamesByScopeAsync(tenant, scope, request, call.CancellationToken).ConfigureAwait(false);
        await SendAsync(answers, buffer => TagProto.WriteScopes(buffer, scopes, stats), call.CancellationToken).ConfigureAwait(false);
    });

    public Task SearchTagValuesAsync(byte[] message, IServerStreamWriter<WireMessage> answers, ServerCallContext call) => AnswerAsync(call, async tenant =>
    {
        var (tag, request) = TempoRequests.TagValues(message);
        var values = await _tags.ValuesAsync(tenant, tag, request, call.CancellationToken).ConfigureAwait(false);
        await SendAsync(answers, buffer => TagProto.WriteList(buffer, values.Values.Select(static value => value.Text), values.Stats), call.CancellationToken)
            .ConfigureAwait(false);
    });

    public Task SearchTagValuesV2Async(byte[] message, IServerStreamWriter<WireMessage> answers, ServerCallContext call) => AnswerAsync(call, async tenant =>
    {
        var (tag, request) = TempoRequests.TagValues(message);
        var values = await _tags.TypedValuesAsync(tenant, tag, request, call.CancellationToken).ConfigureAwait(false);
        await SendAsync(answers, buffer => TagProto.WriteTyped(buffer, values.Values, values.Stats), call.CancellationToken).ConfigureAwait(false);
    });

    public Task MetricsQueryRangeAsync(byte[] message, IServerStreamWriter<WireMessage> answers, ServerCallContext call) => AnswerAsync(
        call, tenant => MetricsAsync(tenant, TempoRequests.Metrics(message), answers, MetricsProto.WriteSeries, call.CancellationToken));

    public Task MetricsQueryInstantAsync(byte[] message, IServerStreamWriter<WireMessage> answers, ServerCallContext call) => AnswerAsync(
        call,
        tenant => MetricsAsync(
            tenant, TempoRequests.Metrics(message) with { IsInstant = true, Exemplars = 0 }, answers,
            static (buffer, series, _) => MetricsProto.WriteInstant(buffer, series), call.CancellationToken));

    private async Task MetricsAsync(
        TenantId tenant, MetricsQuestion question, IServerStreamWriter<WireMessage> answers, Action<PooledBuffer, Series, TimeGrid> writeSeries,
        CancellationToken cancellationToken)
    {
        var request = question.ToRequest(Services);
        using var cutter = new MessageCutter(answers);
        await foreach (var update in MetricsStream.RunAsync(Services.Engine, Services.Clock, tenant, request, cancellationToken).ConfigureAwait(false))
        {
            await cutter.SendAsync(
                update.Series,
                (buffer, series) => writeSeries(buffer, series, request.Grid),
                buffer => MetricsProto.WriteEnd(buffer, update.Stats, update.IsLast),
                cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task SendAsync(IServerStreamWriter<WireMessage> answers, Action<PooledBuffer> write, CancellationToken cancellationToken)
    {
        using var buffer = new PooledBuffer(16 << 10);
        write(buffer);
        await answers.WriteAsync(new WireMessage(buffer.WrittenMemory), cancellationToken).ConfigureAwait(false);
    }

    private async Task AnswerAsync(ServerCallContext call, Func<TenantId, Task> answer)
    {
        try
        {
            await answer(RequestTenant.Of(call.GetHttpContext().Request, Services.TenantsEnabled)).ConfigureAwait(false);
        }
        catch (ApiException error)
        {
            throw new RpcException(new Status(FaultTable.GrpcStatus(error.Status), error.Message));
        }
        catch (QueryException error)
        {
            throw new RpcException(new Status(FaultTable.GrpcStatus(error.Fault), error.Message));
        }
        catch (OperationCanceledException) when (call.CancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Cancelled, "the client gave up"));
        }
    }
}
