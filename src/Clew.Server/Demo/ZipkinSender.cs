using System.Net;
using System.Net.Http.Headers;
using Clew.Otlp.Batches;
using Clew.Pipeline.Exporters.Sending;

namespace Clew.Server.Demo;

/// <summary>Posts spans in Zipkin's JSON, as the demo's proxies do.</summary>
internal sealed class ZipkinSender(Uri address, IReadOnlyDictionary<string, string> headers) : ITraceSender
{
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(30) };

    public string Target => address.ToString();

    public async Task<SendOutcome> SendAsync(ReadOnlyMemory<byte> request, BatchContext? context, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ReadOnlyMemoryContent(request) };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        foreach (var (name, value) in headers)
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        try
        {
            using var answer = await _client.SendAsync(message, cancellationToken).ConfigureAwait(false);
            return answer.IsSuccessStatusCode ? SendOutcome.Delivered : new SendOutcome(
                answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable ? SendStatus.Retry : SendStatus.Refused,
                $"it answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false)}", answer.Headers.RetryAfter?.Delta);
        }
        catch (HttpRequestException fault)
        {
            return new SendOutcome(SendStatus.Retry, fault.Message);
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new SendOutcome(SendStatus.Retry, "it did not answer within 30 s");
        }
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }
}
