using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;
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
        HttpRequestMessage? request = (settings, status.Transport) switch
        {
            (OtlpReceiverConfig { Grpc.Tls: null, Grpc.Authenticator: null }, "grpc") => Grpc(endPoint, traceId),
            (OtlpReceiverConfig { Http: { Tls: null, Authenticator: null } http }, "http") => Otlp(endPoint, http.TracesUrlPath, traceId),
            (ZipkinReceiverConfig { Http: { Tls: null, Authenticator: null } }, _) => Zipkin(endPoint, traceId),
            _ => null,
        };
        if (request is null)
        {
            return null;
        }

        request.Headers.TryAddWithoutValidation(ServerClient.TenantHeader, tenant.Value);
        request.Headers.TryAddWithoutValidation("User-Agent", "clew-doctor");
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
            return Finding.Of("self-test-sent-on", Severity.Ok, $"A test span to {where} was acknowledged and handed to the exporters.", $"Trace {id}, service clew-doctor.");
        }

        using var result = await engine.FindTraceAsync(tenant, id, TraceForm.AsReceived, TimeRange.All, cancellationToken).ConfigureAwait(false);
        return result.Found
            ? Finding.Of("self-test-found", Severity.Ok, $"A test span to {where} was acknowledged and found again at once.", $"Trace {id}, service clew-doctor.")
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

    private HttpRequestMessage Grpc(IPEndPoint endPoint, byte[] traceId)
    {
        var message = Message(traceId);
        var framed = new byte[message.Length + 5];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
        message.CopyTo(framed, 5);
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"http://{endPoint}/opentelemetry.proto.collector.trace.v1.TraceService/Export"))
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent(framed),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        return request;
    }

    private HttpRequestMessage Otlp(IPEndPoint endPoint, string path, byte[] traceId)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"http://{endPoint}{path}")) { Content = new ByteArrayContent(Message(traceId)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        return request;
    }

    private HttpRequestMessage Zipkin(IPEndPoint endPoint, byte[] traceId)
    {
        var spanId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        var json = $$$"""
            [{"traceId":"{{{Convert.ToHexStringLower(traceId)}}}","id":"{{{spanId}}}","name":"self-test","kind":"SERVER","timestamp":{{{UnixNano.Now(clock) / 1000}}},"duration":1000,"localEndpoint":{"serviceName":"clew-doctor"}}]
            """;
        return new HttpRequestMessage(HttpMethod.Post, new Uri($"http://{endPoint}/api/v2/spans")) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
    }

    private byte[] Message(byte[] traceId)
    {
        using var buffer = new PooledBuffer(256);
        var writer = new ProtoWriter(buffer);
        var now = (ulong)UnixNano.Now(clock);
        var resourceSpans = writer.BeginMessage(OtlpFields.RequestResourceSpans);
        var resource = writer.BeginMessage(OtlpFields.ResourceSpans.Resource);
        var attribute = writer.BeginMessage(OtlpFields.Resource.Attributes);
        writer.StringField(OtlpFields.KeyValue.Key, "service.name");
        var value = writer.BeginMessage(OtlpFields.KeyValue.Value);
        writer.StringField(OtlpFields.AnyValue.String, "clew-doctor");
        writer.EndMessage(value);
        writer.EndMessage(attribute);
        writer.EndMessage(resource);
        var scopeSpans = writer.BeginMessage(OtlpFields.ResourceSpans.ScopeSpans);
        var span = writer.BeginMessage(OtlpFields.ScopeSpans.Spans);
        writer.BytesField(OtlpFields.Span.TraceId, traceId);
        writer.BytesField(OtlpFields.Span.SpanId, RandomNumberGenerator.GetBytes(8));
        writer.StringField(OtlpFields.Span.Name, "self-test");
        writer.VarintField(OtlpFields.Span.Kind, (ulong)SpanKind.Server);
        writer.Fixed64Field(OtlpFields.Span.StartTime, now);
        writer.Fixed64Field(OtlpFields.Span.EndTime, now + 1_000_000);
        writer.EndMessage(span);
        writer.EndMessage(scopeSpans);
        writer.EndMessage(resourceSpans);
        return buffer.Written.ToArray();
    }
}
