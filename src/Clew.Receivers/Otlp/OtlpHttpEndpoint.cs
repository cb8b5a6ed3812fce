using Clew.Otlp;
using Clew.Otlp.Json;
using Clew.Otlp.Wire;
using Clew.Pipeline.Components;
using Clew.Receivers.Intake;
using Clew.Receivers.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Clew.Receivers.Otlp;

/// <summary>
/// OTLP over HTTP. Success and partial success are 200 with an ExportTraceServiceResponse in the request's content type; refusals carry a
/// google.rpc.Status in it; what is not OTLP at all (method, content type, path) is answered in text.
/// </summary>
internal sealed class OtlpHttpEndpoint(OtlpIngest ingest, OtlpHttpOptions options)
{
    private const string ProtobufType = "application/x-protobuf";
    private const string JsonType = "application/json";

    private readonly OtlpLimits _jsonLimits = new()
    {
        MaxRequestBytes = options.MaxBodyBytes,
        MaxSpanBytes = ingest.Options.SpanLimits.MaxSpanBytes,
        MaxValueNesting = ingest.Options.SpanLimits.MaxValueNesting,
    };

    /// <summary>Any request to the path of traces.</summary>
    public Task TracesAsync(HttpContext http)
    {
        if (!TryAccept(http, out var isJson, out var answered))
        {
            return answered;
        }

        return ReceiveAsync(http, isJson);
    }

    /// <summary>Any request to the path of a signal that Clew does not take.</summary>
    public Task UnsupportedAsync(HttpContext http, string signal)
    {
        if (!TryAccept(http, out var isJson, out var answered))
        {
            return answered;
        }

        ingest.Http.Unsupported(signal);
        return RefuseAsync(http, isJson, Refusal.Unsupported(OtlpHints.Unsupported(signal)));
    }

    private bool TryAccept(HttpContext http, out bool isJson, out Task answered)
    {
        isJson = false;
        answered = Task.CompletedTask;
        var request = http.Request;
        if (!HttpMethods.IsPost(request.Method))
        {
            http.Response.Headers.Allow = "POST";
            answered = TextAsync(http, StatusCodes.Status405MethodNotAllowed, RequestFault.WrongMethod, ingest.Hints.WrongMethod(request.Method, request.Path));
            return false;
        }

        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed.MediaType.Value : null;
        isJson = JsonType.Equals(type, StringComparison.OrdinalIgnoreCase);
        if (!isJson && !ProtobufType.Equals(type, StringComparison.OrdinalIgnoreCase))
        {
            answered = TextAsync(http, StatusCodes.Status415UnsupportedMediaType, RequestFault.UnknownContentType, ingest.Hints.WrongContentType(request.ContentType));
            return false;
        }

        return true;
    }

    private async Task ReceiveAsync(HttpContext http, bool isJson)
    {
        var sender = await ingest.Identity.ReadAsync(http, options.IncludeMetadata, ingest.Http, options.Authenticator);
        if (sender.Context is not { } context)
        {
            await RefuseAsync(http, isJson, sender.Refusal);
            return;
        }

        using var lease = ingest.Budget.Open();
        var (body, fault) = await ReadBodyAsync(http, lease);
        var rejects = default(EarlierRejects);
        if (isJson && body is { } json)
        {
            (body, fault, rejects) = Decode(json);
        }

        if (body is null)
        {
            ingest.Http.RequestRefused(fault.Fault, fault.Refusal.Reason);
            await RefuseAsync(http, isJson, fault.Refusal);
            return;
        }

        var userAgent = http.Request.Headers.UserAgent.ToString();
        var result = await ingest.Intake.TakeAsync(body, context, userAgent, ingest.Http, rejects, http.RequestAborted);
        if (result.IsAccepted)
        {
            await WriteAsync(http, StatusCodes.Status200OK, isJson ? JsonType : ProtobufType, isJson ? OtlpAnswers.ToJson(result) : OtlpAnswers.ToProtobuf(result));
        }
        else
        {
            await RefuseAsync(http, isJson, Refusal.Of(result));
        }
    }

    private async ValueTask<(PooledBuffer? Body, BodyFault Fault)> ReadBodyAsync(HttpContext http, ReceiveBudget.ReceiveLease lease)
    {
        var encoding = http.Request.Headers.ContentEncoding.ToString().Trim().ToLowerInvariant();
        encoding = encoding == "identity" ? "" : encoding;
        if (options.CompressionAlgorithms is { } allowed && !allowed.Contains(encoding))
        {
            var names = string.Join(", ", allowed.Select(name => name.Length == 0 ? "none" : name));
            return (null, new BodyFault(RequestFault.UnknownEncoding, Refusal.Malformed($"Content-Encoding '{encoding}' is switched off here; allowed are: {names}")));
        }

        try
        {
            var (body, fault) = await RequestBody.ReadAsync(http.Request, options.MaxBodyBytes, lease, http.RequestAborted);
            return body is null ? (null, fault) : RequestBody.Unpack(body, encoding, options.MaxBodyBytes, lease);
        }
        catch (BadHttpRequestException e)
        {
            // A broken chunk, a body that ends early or comes too slowly: Kestrel names it and knows the status.
            return (null, new BodyFault(RequestFault.Malformed, Refusal.Malformed(e.Message) with { Http = e.StatusCode }));
        }
    }

    private (PooledBuffer? Body, BodyFault Fault, EarlierRejects Rejects) Decode(PooledBuffer json)
    {
        using (json)
        {
            var decoded = OtlpJsonDecoder.Decode(json.Written, _jsonLimits);
            return decoded.Bytes is null
                ? (null, new BodyFault(RequestFault.Malformed, Refusal.Malformed(decoded.Fault!)), default)
                : (decoded.Bytes, default, new EarlierRejects(decoded.RejectedSpans, decoded.RejectReason));
        }
    }

    private static Task RefuseAsync(HttpContext http, bool isJson, Refusal refusal)
    {
        if (refusal.RetryAfter is not null)
        {
            http.Response.Headers.RetryAfter = $"{refusal.RetryAfterSeconds}";
        }

        return WriteAsync(http, refusal.Http, isJson ? JsonType : ProtobufType, isJson ? RpcStatus.ToJson(refusal) : RpcStatus.ToProtobuf(refusal));
    }

    private Task TextAsync(HttpContext http, int status, RequestFault fault, string text)
    {
        ingest.Http.RequestRefused(fault, text.TrimEnd());
        return OtlpText.WriteAsync(http, status, text);
    }

    private static async Task WriteAsync(HttpContext http, int status, string contentType, byte[] body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = contentType;
        http.Response.ContentLength = body.Length;
        await http.Response.BodyWriter.WriteAsync(body, http.RequestAborted);
    }
}
