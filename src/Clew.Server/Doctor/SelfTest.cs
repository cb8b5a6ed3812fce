using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Clew.Model;
using Clew.Query;
using Clew.Query.ById;
using Clew.Receivers.Telemetry;
using Clew.Server.Commands;
using Clew.Server.Configuration;
using Clew.Server.Hosting;

namespace Clew.Server.Doctor;

/// <summary>
/// Sends one real span of the service <c>clew-doctor</c> through every endpoint that this process listens on, as a client would, and
/// looks it up again. UDP gives no answer, so its endpoints are not tested.
/// </summary>
internal sealed class SelfTest(ClewConfig config, PipelineHost pipeline, QueryEngine? engine, TenantId tenant, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        foreach (var status in pipeline.Graph.ReceiverStatus)
        {
            // A Unix socket is not an address; whoever can open it is on this machine.
            if (status.EndPoints.Count > 0 && IPEndPoint.TryParse(status.EndPoints[0], out var endPoint) && await TestAsync(status, Reachable(endPoint), cancellationToken).ConfigureAwait(false) is { } finding)
            {
                findings.Add(finding);
            }
        }

        return findings;
    }

    private static IPEndPoint Reachable(IPEndPoint endPoint) =>
        endPoint.Address.Equals(IPAddress.Any) ? new IPEndPoint(IPAddress.Loopback, endPoint.Port)
        : endPoint.Address.Equals(IPAddress.IPv6Any) ? new IPEndPoint(IPAddress.IPv6Loopback, endPoint.Port) : endPoint;

    private async Task<Finding?> TestAsync(ReceiverStatus status, IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        var settings = config.Pipeline.Receivers.Values.FirstOrDefault(receiver => receiver.Id.ToString() == status.Receiver);
        var where = $"{status.Receiver} ({status.Transport}, {endPoint})";
        var traceId = new byte[16];
        RandomNumberGenerator.Fill(traceId);
        var spans = new TestSpans(clock);
        HttpRequestMessage? request = (settings, status.Transport) switch
        {
            (OtlpReceiverConfig { Grpc.Tls: null, Grpc.Authenticator: null }, "grpc") => spans.OtlpGrpc(endPoint, traceId),
            (OtlpReceiverConfig { Http: { Tls: null, Authenticator: null } http }, "http") => spans.OtlpHttp(endPoint, http.TracesUrlPath, traceId),
            (ZipkinReceiverConfig { Http: { Tls: null, Authenticator: null } }, "http_v2_json") => spans.Zipkin(endPoint, traceId),
            (JaegerReceiverConfig { Grpc: { Tls: null, Authenticator: null } }, "grpc") => spans.JaegerGrpc(endPoint, traceId),
            (JaegerReceiverConfig { ThriftHttp: { Tls: null, Authenticator: null } }, "thrift_http") => spans.JaegerThrift(endPoint, traceId),
            _ => null,
        };
        if (request is null)
        {
            return null;
        }

        request.Headers.TryAddWithoutValidation(ServerClient.TenantHeader, tenant.Value);
        request.Headers.TryAddWithoutValidation("User-Agent", TestSpans.Service);
        try
        {
            using var handler = new SocketsHttpHandler { UseProxy = false, ConnectTimeout = Patience };
            using var client = new HttpClient(handler) { Timeout = Patience };
            using (request)
            using (var response = await client.SendAsync(request, cancellationToken).ConfigureAwait(false))
            {
                var body = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
                var failure = Failure(response, body);
                if (failure is not null)
                {
                    return Finding.Of("self-test-refused", Severity.Error, $"A test span to {where} was refused.", null, "The reason says what to change.") with { Detail = failure };
                }
            }
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return Finding.Of(
                "self-test-unreachable", Severity.Error, $"A test span could not be sent to {where}.", null, "The port does not answer on this machine: see the log for the receiver.") with { Detail = fault.Message };
        }

        return await FoundAsync(where, traceId, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Finding> FoundAsync(string where, byte[] traceId, CancellationToken cancellationToken)
    {
        var id = TraceId.FromBytes(traceId);
        if (engine is null)
        {
            return Finding.Of("self-test-sent-on", Severity.Ok, $"A test span to {where} was acknowledged and handed to the exporters.", $"Trace {id}, service {TestSpans.Service}.");
        }

        using var result = await engine.FindTraceAsync(tenant, id, TraceForm.AsReceived, TimeRange.All, cancellationToken).ConfigureAwait(false);
        return result.Found
            ? Finding.Of("self-test-found", Severity.Ok, $"A test span to {where} was acknowledged and found again at once.", $"Trace {id}, service {TestSpans.Service}.")
            : Finding.Of("self-test-lost", Severity.Warning, $"A test span to {where} was acknowledged and is not stored here.", $"Trace {id}.",
                "Sampling or a filter dropped it on purpose, a processor waits for the whole trace, or the pipeline ends in another process.");
    }

    private static string? Failure(HttpResponseMessage response, string body)
    {
        if (!response.IsSuccessStatusCode)
        {
            return $"HTTP {(int)response.StatusCode}: {body.Trim()}";
        }

        var status = Header(response.TrailingHeaders, "grpc-status") ?? Header(response.Headers, "grpc-status");
        return status is null or "0" ? null : $"gRPC status {status}: {Uri.UnescapeDataString(Header(response.TrailingHeaders, "grpc-message") ?? Header(response.Headers, "grpc-message") ?? "")}";
    }

    private static string? Header(HttpResponseHeaders headers, string name) => headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
