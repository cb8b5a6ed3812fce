using Microsoft.Extensions.Logging;

namespace Clew.Receivers.Hosting;

/// <summary>
/// Gives a receiver's small web host the program's loggers. The frameworks inside it log only from Warning on: what they say about each
/// request and each start is the receiver's to say.
/// </summary>
internal static class ForwardedLogging
{
    public static ILoggingBuilder ForwardTo(this ILoggingBuilder logging, ILoggerFactory loggers) => logging
        .AddProvider(new Provider(loggers))
        .AddFilter("Microsoft", LogLevel.Warning);

    /// <summary>Does not own the factory it forwards to.</summary>
    private sealed class Provider(ILoggerFactory loggers) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => loggers.CreateLogger(categoryName);

        public void Dispose()
        {
        }
    }
}
