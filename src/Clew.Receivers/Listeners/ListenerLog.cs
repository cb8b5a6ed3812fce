using Microsoft.Extensions.Logging;

namespace Clew.Receivers.Listeners;

internal static partial class ListenerLog
{
    [LoggerMessage(2001, LogLevel.Debug, "{Address} listens on one address family only: {EndPoint} cannot be bound ({Reason})")]
    public static partial void SecondFamilyMissing(ILogger logger, string address, string endPoint, string reason);

    [LoggerMessage(2002, LogLevel.Warning,
        "{Peer} spoke TLS to the plaintext port {Address} and was sent away ({HeldBack} more since the last such line); use http:// in the sender's endpoint (OTEL_EXPORTER_OTLP_INSECURE=true, tls.insecure: true), or give this listener a certificate")]
    public static partial void TlsOnPlaintextPort(ILogger logger, string peer, string address, long heldBack);

    [LoggerMessage(2003, LogLevel.Warning,
        "{Address} closed {Count} connections that sent no request; the limit is {MaxWaiting} waiting connections and {TimeoutSeconds} s")]
    public static partial void SilentConnectionsClosed(ILogger logger, string address, int count, int maxWaiting, double timeoutSeconds);

    [LoggerMessage(2004, LogLevel.Error, "Accepting connections on {Address} ended unexpectedly")]
    public static partial void AcceptFailed(ILogger logger, string address, Exception exception);

    [LoggerMessage(2005, LogLevel.Information, "A listener uses the certificate that it found in its files from now on")]
    public static partial void CertificateRenewed(ILogger logger);

    [LoggerMessage(2006, LogLevel.Warning, "A listener goes on with the certificate that it has; what its files hold now cannot be used: {Reason}")]
    public static partial void CertificateKept(ILogger logger, string reason);
}
