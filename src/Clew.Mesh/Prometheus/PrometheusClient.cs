using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Text.Json;

namespace Clew.Mesh.Prometheus;

/// <summary>Asks a Prometheus server. Every query has a time limit, a size limit and a place in a bounded queue.</summary>
public sealed class PrometheusClient : IDisposable
{
    private const long IntervalsKeptMs = 300_000;

    private const int MaxErrorText = 300;

    private readonly PrometheusOptions _options;
    private readonly HttpClient _http;
    private readonly SemaphoreSlim _slots;
    private Intervals? _intervals;

    public PrometheusClient(PrometheusOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _slots = new SemaphoreSlim(options.MaxConcurrent);
        var handler = new SocketsHttpHandler { MaxConnectionsPerServer = options.MaxConcurrent, AutomaticDecompression = System.Net.DecompressionMethods.All };
        if (options.InsecureSkipVerify)
        {
            handler.SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true };
        }

        _http = new HttpClient(handler) { BaseAddress = WithSlash(options.Url), Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = options.MaxAnswerBytes };
        foreach (var (name, value) in options.Headers)
        {
            _http.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
        }

        if (options.Authorization.Length > 0)
        {
            _http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", options.Authorization);
        }
    }

    public PrometheusOptions Options => _options;

    /// <summary>An instant query. <paramref name="labels"/> become the columns of the answer.</summary>
    public async Task<PromVector> QueryAsync(string query, DateTimeOffset time, IReadOnlyList<string> labels, CancellationToken cancellationToken)
    {
        using var answer = await AskAsync("api/v1/query", [new("query", query), new("time", Seconds(time))], cancellationToken).ConfigureAwait(false);
        var vector = new PromVector(labels);
        var pool = new Dictionary<string, string>(StringComparer.Ordinal);
        var columns = labels.Select((label, index) => (label, index)).ToDictionary(static entry => entry.label, static entry => entry.index, StringComparer.Ordinal);
        foreach (var item in Result(answer).EnumerateArray())
        {
            var values = new string[labels.Count];
            Array.Fill(values, "");
            foreach (var label in item.GetProperty("metric").EnumerateObject())
            {
                if (columns.TryGetValue(label.Name, out var index))
                {
                    var text = label.Value.GetString() ?? "";
                    values[index] = pool.TryGetValue(text, out var known) ? known : pool[text] = text;
                }
            }

            var value = Number(item.GetProperty("value")[1]);
            if (!double.IsNaN(value))
            {
                vector.Add(values, value);
            }
        }

        return vector;
    }

    public async Task<IReadOnlyList<PromSeries>> RangeAsync(string query, DateTimeOffset start, DateTimeOffset end, TimeSpan step, CancellationToken cancellationToken)
    {
        using var answer = await AskAsync(
            "api/v1/query_range",
            [new("query", query), new("start", Seconds(start)), new("end", Seconds(end)), new("step", step.TotalSeconds.ToString(CultureInfo.InvariantCulture))],
            cancellationToken).ConfigureAwait(false);
        return [.. Result(answer).EnumerateArray().Select(static item => new PromSeries(
            item.GetProperty("metric").EnumerateObject().ToDictionary(static label => label.Name, static label => label.Value.GetString() ?? ""),
            [.. item.GetProperty("values").EnumerateArray().Select(static point => (point[0].GetDouble(), Number(point[1])))]))];
    }

    /// <summary>The values of a label among the series of a metric.</summary>
    public async Task<IReadOnlyList<string>> LabelValuesAsync(string label, string match, DateTimeOffset start, DateTimeOffset end, CancellationToken cancellationToken)
    {
        using var answer = await AskAsync(
            $"api/v1/label/{label}/values", [new("match[]", match), new("start", Seconds(start)), new("end", Seconds(end))], cancellationToken, isGet: true).ConfigureAwait(false);
        return [.. answer.RootElement.GetProperty("data").EnumerateArray().Select(static value => value.GetString() ?? "")];
    }

    /// <summary>The names of all metrics, as far as Prometheus lists them.</summary>
    public Task<IReadOnlyList<string>> MetricNamesAsync(DateTimeOffset start, DateTimeOffset end, string match, CancellationToken cancellationToken) =>
        LabelValuesAsync("__name__", match, start, end, cancellationToken);

    /// <summary>How often Prometheus asks its targets, and how long it keeps what they say; null where it does not tell. Asked anew every five minutes.</summary>
    public async Task<(TimeSpan? Scrape, TimeSpan? Retention)> IntervalsAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _intervals) is { } known && Environment.TickCount64 - known.AskedAt < IntervalsKeptMs)
        {
            return (known.Scrape, known.Retention);
        }

        TimeSpan? scrape = null, retention = null;
        using (var config = await AskAsync("api/v1/status/config", [], cancellationToken, isGet: true).ConfigureAwait(false))
        {
            var yaml = config.RootElement.GetProperty("data").TryGetProperty("yaml", out var text) ? text.GetString() ?? "" : "";
            var line = yaml.Split('\n').FirstOrDefault(static line => line.TrimStart().StartsWith("scrape_interval:", StringComparison.Ordinal));
            scrape = line is null ? null : PromDuration.TryParse(line.Split(':', 2)[1].Trim(), out var interval) ? interval : null;
        }

        using (var runtime = await AskAsync("api/v1/status/runtimeinfo", [], cancellationToken, isGet: true).ConfigureAwait(false))
        {
            if (runtime.RootElement.GetProperty("data").TryGetProperty("storageRetention", out var text))
            {
                var word = (text.GetString() ?? "").Split(' ')[0];
                retention = PromDuration.TryParse(word, out var kept) ? kept : null;
            }
        }

        Volatile.Write(ref _intervals, new Intervals(scrape, retention, Environment.TickCount64));
        return (scrape, retention);
    }

    private sealed record Intervals(TimeSpan? Scrape, TimeSpan? Retention, long AskedAt);

    public void Dispose()
    {
        _http.Dispose();
        _slots.Dispose();
    }

    private async Task<JsonDocument> AskAsync(string path, List<KeyValuePair<string, string>> form, CancellationToken cancellationToken, bool isGet = false)
    {
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.Timeout);
        try
        {
            using var content = new FormUrlEncodedContent(form);
            using var request = isGet
                ? new HttpRequestMessage(HttpMethod.Get, form.Count == 0 ? path : $"{path}?{await content.ReadAsStringAsync(limit.Token).ConfigureAwait(false)}")
                : new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            using var response = await _http.SendAsync(request, limit.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                var text = await response.Content.ReadAsStringAsync(limit.Token).ConfigureAwait(false);
                throw new PrometheusException($"Prometheus at {Shown} answered {(int)response.StatusCode}: {ErrorText(text)}");
            }

            var stream = await response.Content.ReadAsStreamAsync(limit.Token).ConfigureAwait(false);
            return await JsonDocument.ParseAsync(stream, cancellationToken: limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PrometheusException($"Prometheus at {Shown} did not answer within {_options.Timeout.TotalSeconds:0.#} s; give mesh.prometheus.timeout more time or ask for a shorter duration");
        }
        catch (HttpRequestException fault)
        {
            throw new PrometheusException($"Prometheus at {Shown} cannot be asked: {fault.Message}", fault);
        }
        catch (JsonException fault)
        {
            throw new PrometheusException($"what answers at {Shown} is not a Prometheus server: {fault.Message}", fault);
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>Without user and password, which may stand in the address.</summary>
    private string Shown => new UriBuilder(_options.Url) { UserName = "", Password = "" }.Uri.ToString();

    private JsonElement Result(JsonDocument answer) =>
        answer.RootElement.TryGetProperty("data", out var data) && data.TryGetProperty("result", out var result) && result.ValueKind == JsonValueKind.Array
            ? result
            : throw new PrometheusException($"what answers at {Shown} is not a Prometheus server: its answer has no data.result");

    private static string ErrorText(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("error", out var error))
            {
                return error.GetString() ?? "";
            }
        }
        catch (JsonException)
        {
            // A proxy's page; its beginning tells enough.
        }

        return body.Length > MaxErrorText ? body[..MaxErrorText] : body;
    }

    private static double Number(JsonElement text) => text.GetString() switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        { } number => double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : double.NaN,
        null => double.NaN,
    };

    private static string Seconds(DateTimeOffset time) => (time.ToUnixTimeMilliseconds() / 1000m).ToString(CultureInfo.InvariantCulture);

    private static Uri WithSlash(Uri url) => url.AbsolutePath.EndsWith('/') ? url : new UriBuilder(url) { Path = url.AbsolutePath + "/" }.Uri;
}
