using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Clew.Buckets.S3;

namespace Clew.Buckets;

/// <summary>The HTTP connections to a bucket.</summary>
internal static class BucketHttp
{
    /// <summary>Connections that idle longer are closed: many load balancers forget them after a minute and do not say so.</summary>
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(50);

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <exception cref="IOException">A certificate file cannot be read.</exception>
    public static SocketsHttpHandler Handler(BucketTls tls)
    {
        var handler = new SocketsHttpHandler
        {
            PooledConnectionIdleTimeout = IdleTimeout, ConnectTimeout = ConnectTimeout, AutomaticDecompression = DecompressionMethods.None, UseCookies = false,
        };
        if (tls.IsDefault)
        {
            return handler;
        }

        var options = new SslClientAuthenticationOptions();
        if (tls.ServerName.Length > 0)
        {
            options.TargetHost = tls.ServerName;
        }

        if (tls.CertFile.Length > 0)
        {
            options.ClientCertificates = [Read(tls.CertFile, () => X509Certificate2.CreateFromPemFile(tls.CertFile, tls.KeyFile.Length > 0 ? tls.KeyFile : null))];
        }

        if (tls.InsecureSkipVerify)
        {
#pragma warning disable CA5359 // The operator asked for it by name.
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (tls.CaFile.Length > 0)
        {
            var authorities = new X509Certificate2Collection();
            Read(tls.CaFile, () =>
            {
                authorities.ImportFromPemFile(tls.CaFile);
                return true;
            });
            options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        handler.SslOptions = options;
        return handler;
    }

    private static T Read<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception fault) when (fault is System.Security.Cryptography.CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new IOException($"'{file}' is not a readable PEM file: {fault.Message}", fault);
        }
    }
}
