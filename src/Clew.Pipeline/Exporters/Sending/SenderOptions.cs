using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Clew.Pipeline.Exporters.Sending;

/// <summary>How requests to the next hop are compressed.</summary>
public enum SendCompression
{
    None,
    Gzip,
    Zstd,
    Deflate,
}

/// <summary>Settings shared by the senders.</summary>
public sealed record SenderOptions
{
    /// <summary>gRPC: scheme, host and port. HTTP: the whole URL.</summary>
    public required Uri Address { get; init; }

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    public SendCompression Compression { get; init; } = SendCompression.Gzip;

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    public SenderTls Tls { get; init; } = new();

    /// <summary>HTTP only: JSON instead of protobuf.</summary>
    public bool Json { get; init; }

    /// <summary>Adds credentials to each request; null: none.</summary>
    public IClientAuthenticator? Authenticator { get; init; }

    internal HttpMessageHandler Handler() => Authenticator is { } authenticator ? new AuthorizingHandler(authenticator, Tls.Handler()) : Tls.Handler();
}

/// <summary>TLS of a sender; used when the address is <c>https</c>.</summary>
public sealed record SenderTls
{
    public bool SkipVerify { get; init; }

    public string? ServerName { get; init; }

    /// <summary>PEM of the authorities to trust instead of the system's; null trusts the system's.</summary>
    public string? CaPem { get; init; }

    /// <summary>PEM of the client certificate and its key, for mutual TLS.</summary>
    public string? CertificatePem { get; init; }

    public string? KeyPem { get; init; }

    internal SocketsHttpHandler Handler()
    {
        var handler = new SocketsHttpHandler
        {
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = TimeSpan.FromSeconds(60),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(20),
            AutomaticDecompression = System.Net.DecompressionMethods.All,
        };
        if (ServerName is not null)
        {
            handler.SslOptions.TargetHost = ServerName;
        }

        if (CertificatePem is not null)
        {
            handler.SslOptions.ClientCertificates = [X509Certificate2.CreateFromPem(CertificatePem, KeyPem)];
        }

        if (SkipVerify)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        }
        else if (CaPem is not null)
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPem(CaPem);
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        return handler;
    }
}
