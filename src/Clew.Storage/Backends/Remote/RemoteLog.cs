using Microsoft.Extensions.Logging;

namespace Clew.Storage.Backends.Remote;

/// <summary>Log messages of remote stores. Next id: 2154.</summary>
internal static partial class RemoteLog
{
    [LoggerMessage(2150, LogLevel.Error, "{Store} does not answer: {Reason}. Spans are taken as long as storage.head.memory_bytes has room, queries answer from memory and cache; it is tried again")]
    public static partial void StoreUnreachable(this ILogger logger, string store, string reason);

    [LoggerMessage(2151, LogLevel.Information, "{Store} answers again after {Seconds} s")]
    public static partial void StoreRecovered(this ILogger logger, string store, double seconds);

    [LoggerMessage(2152, LogLevel.Warning, "{Store} ignores 'put only if absent': it took the same key twice. Running as the only writer; a second Clew process on this bucket and prefix would damage the store")]
    public static partial void SingleWriter(this ILogger logger, string store);

    [LoggerMessage(2153, LogLevel.Debug, "{Operation} of '{Key}' failed, try {Attempt} of {MaxAttempts}: {Reason}")]
    public static partial void Retrying(this ILogger logger, string operation, string key, int attempt, int maxAttempts, string reason);
}
