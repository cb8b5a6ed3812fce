using System.Globalization;
using System.Text.Json;
using Clew.Server.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Server.Hosting;

/// <summary>Writes log lines to standard error: time, level, text; or JSON, a line each.</summary>
[ProviderAlias("Clew")]
internal sealed class LogProvider(TelemetryConfig telemetry) : ILoggerProvider
{
    private readonly Lock _gate = new();
    private readonly bool _json = telemetry.LogEncoding == "json";
    private readonly LogLevel _minimum = telemetry.LogLevel.ToLowerInvariant() switch
    {
        "debug" => LogLevel.Debug,
        "warn" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => LogLevel.Information,
    };

    // A host's only word, with a stack trace, is that it did not start: the command tells the same in a sentence.
    public ILogger CreateLogger(string categoryName) =>
        categoryName == "Microsoft.Extensions.Hosting.Internal.Host" ? NullLogger.Instance : new CategoryLogger(this, categoryName);

    public void Dispose()
    {
    }

    private void Write(LogLevel level, string category, EventId id, string message, Exception? fault)
    {
        var time = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var line = _json
            ? JsonSerializer.Serialize(new LogLine(time, Name(level), category, id.Id, message, fault?.ToString()), LogJson.Default.LogLine)
            : $"{time} {Name(level),-5} {message}{(fault is null ? "" : level >= LogLevel.Error ? $": {fault}" : $": {fault.Message}")}";
        lock (_gate)
        {
            Console.Error.WriteLine(line);
        }
    }

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Critical or LogLevel.Error => "error",
        LogLevel.Warning => "warn",
        LogLevel.Information => "info",
        _ => "debug",
    };

    private sealed class CategoryLogger(LogProvider provider, string category) : ILogger
    {
        // The framework's own diary is ours to keep short: its warnings and errors only.
        private readonly LogLevel _minimum = category.StartsWith("Clew", StringComparison.Ordinal) || provider._minimum >= LogLevel.Warning
            ? provider._minimum
            : LogLevel.Warning;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= _minimum && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                provider.Write(logLevel, category, eventId, formatter(state, exception), exception);
            }
        }
    }
}

/// <summary>A log line in JSON.</summary>
internal sealed record LogLine(string Time, string Level, string Logger, int Event, string Message, string? Exception);

[System.Text.Json.Serialization.JsonSourceGenerationOptions(
    PropertyNamingPolicy = System.Text.Json.Serialization.JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
[System.Text.Json.Serialization.JsonSerializable(typeof(LogLine))]
internal sealed partial class LogJson : System.Text.Json.Serialization.JsonSerializerContext;
