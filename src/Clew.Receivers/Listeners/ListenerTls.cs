using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clew.Receivers.Listeners;

/// <summary>A listener's TLS material, PEM encoded.</summary>
public sealed class ListenerTls
{
    /// <summary>The certificate, followed by its chain.</summary>
    public required string CertificatePem { get; init; }

    /// <summary>The certificate's private key.</summary>
    public required string KeyPem { get; init; }

    /// <summary>Certificates of authorities; when set, a client certificate that one of them signed is required.</summary>
    public string? ClientAuthorityPem { get; init; }

    public SslProtocols Protocols { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>Reads the material again, for connections that come after <see cref="RenewInterval"/>; null: it stays what it is.</summary>
    public Func<ListenerTls>? Renew { get; init; }

    public TimeSpan RenewInterval { get; init; }

    internal void Use(ListenOptions listen)
    {
        var clock = listen.ApplicationServices.GetService<TimeProvider>() ?? TimeProvider.System;
        var served = new ServedTls(this, clock, listen.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger<ListenerTls>());
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => new ValueTask<SslServerAuthenticationOptions>(served.Options()) });
    }

    /// <summary>What a handshake is given. Throws <see cref="CryptographicException"/> or <see cref="ArgumentException"/> for material that is none.</summary>
    internal SslServerAuthenticationOptions ToServerOptions()
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(CertificatePem);
        using var certificate = X509Certificate2.CreateFromPem(CertificatePem, KeyPem);
        // Not every platform can serve from a key that lives in memory only.
        var served = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(served, chain, offline: true),
            EnabledSslProtocols = Protocols,
        };
        if (ClientAuthorityPem is { } authorities)
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPem(authorities);
            options.ClientCertificateRequired = true;
            options.CertificateRevocationCheckMode = X509RevocationMode.NoCheck;
            options.RemoteCertificateValidationCallback = (_, client, _, errors) => client is X509Certificate2 certificate && IsSignedBy(certificate, roots, errors);
        }

        return options;
    }

    private static bool IsSignedBy(X509Certificate2 client, X509Certificate2Collection roots, SslPolicyErrors errors)
    {
        if ((errors & SslPolicyErrors.RemoteCertificateNotAvailable) != 0)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.2"));
        return chain.Build(client);
    }

    /// <summary>The material in use; looked for again at most once an interval, and kept when what is found cannot be used.</summary>
    private sealed class ServedTls(ListenerTls tls, TimeProvider clock, ILogger logger)
    {
        private readonly Lock _lock = new();
        private readonly Func<ListenerTls>? _renew = tls.Renew;
        private readonly TimeSpan _interval = tls.RenewInterval;
        private SslServerAuthenticationOptions _options = tls.ToServerOptions();
        private ListenerTls _current = tls;
        private long _looked = clock.GetTimestamp();

        public SslServerAuthenticationOptions Options()
        {
            lock (_lock)
            {
                if (_renew is { } renew && clock.GetElapsedTime(_looked) >= _interval)
                {
                    _looked = clock.GetTimestamp();
                    Look(renew);
                }

                return _options;
            }
        }

        private void Look(Func<ListenerTls> renew)
        {
            try
            {
                var found = renew();
                if (found.CertificatePem != _current.CertificatePem || found.KeyPem != _current.KeyPem || found.ClientAuthorityPem != _current.ClientAuthorityPem)
                {
                    _options = found.ToServerOptions();
                    _current = found;
                    ListenerLog.CertificateRenewed(logger);
                }
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
            {
                // Certificate and key are two files: between their two changes they do not fit, and the next look finds both.
                ListenerLog.CertificateKept(logger, fault.Message);
            }
        }
    }
}
