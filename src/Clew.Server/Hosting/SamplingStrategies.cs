using System.Text.Json;
using System.Text.Json.Nodes;
using Clew.Otlp.Wire;

namespace Clew.Server.Hosting;

/// <summary>
/// Jaeger's sampling strategies: a file or a text with <c>default_strategy</c> and <c>service_strategies</c>, answered by service. A file is
/// read again when it changes; one that cannot be read leaves the strategies as they were.
/// </summary>
internal sealed class SamplingStrategies
{
    private const double DefaultProbability = 0.001;

    private readonly string _file;
    private readonly TimeSpan _reload;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private JsonObject _strategies;
    private DateTime _written;
    private long _checkedAt;

    /// <summary>Throws <see cref="IOException"/> when the file or text cannot be read.</summary>
    public SamplingStrategies(string file, string inline, TimeSpan reload, TimeProvider clock)
    {
        _file = file;
        _reload = reload;
        _clock = clock;
        _checkedAt = clock.GetTimestamp();
        _strategies = file.Length > 0 ? ReadFile() : Parse(inline.Length > 0 ? inline : "{}", "the strategies");
    }

    /// <summary>What the last reading of a changed file failed with; null when it went well.</summary>
    public string? LastError { get; private set; }

    public string Json(string service)
    {
        var strategy = Of(service);
        using var buffer = new PooledBuffer();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("strategyType", strategy.IsRate ? "RATE_LIMITING" : "PROBABILISTIC");
            if (strategy.IsRate)
            {
                json.WriteStartObject("rateLimitingSampling");
                json.WriteNumber("maxTracesPerSecond", (int)strategy.Param);
                json.WriteEndObject();
            }
            else
            {
                json.WriteStartObject("probabilisticSampling");
                json.WriteNumber("samplingRate", strategy.Param);
                json.WriteEndObject();
            }

            if (strategy.Operations.Count > 0)
            {
                json.WriteStartObject("operationSampling");
                json.WriteNumber("defaultSamplingProbability", strategy.IsRate ? DefaultProbability : strategy.Param);
                json.WriteNumber("defaultLowerBoundTracesPerSecond", 0);
                json.WriteStartArray("perOperationStrategies");
                foreach (var (operation, probability) in strategy.Operations)
                {
                    json.WriteStartObject();
                    json.WriteString("operation", operation);
                    json.WriteStartObject("probabilisticSampling");
                    json.WriteNumber("samplingRate", probability);
                    json.WriteEndObject();
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.Written);
    }

    /// <summary>A <c>SamplingStrategyResponse</c> of jaeger.api_v2.</summary>
    public byte[] Proto(string service)
    {
        var strategy = Of(service);
        using var buffer = new PooledBuffer();
        var writer = new ProtoWriter(buffer);
        if (strategy.IsRate)
        {
            writer.VarintField(1, 1);
            var rate = writer.BeginShortMessage(3);
            writer.VarintField(1, (ulong)strategy.Param);
            writer.EndShortMessage(rate);
        }
        else
        {
            var probabilistic = writer.BeginShortMessage(2);
            writer.DoubleField(1, strategy.Param);
            writer.EndShortMessage(probabilistic);
        }

        if (strategy.Operations.Count > 0)
        {
            var operations = writer.BeginShortMessage(4);
            writer.DoubleField(1, strategy.IsRate ? DefaultProbability : strategy.Param);
            foreach (var (operation, probability) in strategy.Operations)
            {
                var one = writer.BeginShortMessage(3);
                writer.StringField(1, operation);
                var probabilistic = writer.BeginShortMessage(2);
                writer.DoubleField(1, probability);
                writer.EndShortMessage(probabilistic);
                writer.EndShortMessage(one);
            }

            writer.EndShortMessage(operations);
        }

        return buffer.Written.ToArray();
    }

    private (bool IsRate, double Param, List<(string Operation, double Probability)> Operations) Of(string service)
    {
        lock (_gate)
        {
            Reload();
            var fallback = _strategies["default_strategy"] as JsonObject;
            var own = (_strategies["service_strategies"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(entry => entry["service"]?.GetValue<string>() == service);
            var chosen = own ?? fallback;
            var operations = (chosen?["operation_strategies"] as JsonArray ?? new JsonArray()).OfType<JsonObject>().Concat(own is null ? [] : (fallback?["operation_strategies"] as JsonArray ?? new JsonArray()).OfType<JsonObject>())
                .Where(static entry => (entry["type"]?.GetValue<string>() ?? "probabilistic") == "probabilistic")
                .Select(static entry => (entry["operation"]?.GetValue<string>() ?? "", Number(entry["param"], DefaultProbability))).DistinctBy(static entry => entry.Item1).ToList();
            return (chosen?["type"]?.GetValue<string>() == "ratelimiting", Number(chosen?["param"], DefaultProbability), operations);
        }
    }

    private static double Number(JsonNode? node, double fallback) => node is JsonValue value && value.TryGetValue<double>(out var number) ? number : fallback;

    private void Reload()
    {
        if (_file.Length == 0 || _reload <= TimeSpan.Zero || _clock.GetElapsedTime(_checkedAt) < _reload)
        {
            return;
        }

        _checkedAt = _clock.GetTimestamp();
        try
        {
            if (File.GetLastWriteTimeUtc(_file) != _written)
            {
                _strategies = ReadFile();
                LastError = null;
            }
        }
        catch (IOException fault)
        {
            LastError = fault.Message;
        }
    }

    private JsonObject ReadFile()
    {
        var written = File.GetLastWriteTimeUtc(_file);
        var strategies = Parse(File.ReadAllText(_file), $"'{_file}'");
        _written = written;
        return strategies;
    }

    private static JsonObject Parse(string text, string what)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject ?? throw new IOException($"{what} must be a JSON object with default_strategy and service_strategies");
        }
        catch (JsonException fault)
        {
            throw new IOException($"{what} cannot be read as JSON: {fault.Message}", fault);
        }
    }
}
