using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

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

    internal void Use(ListenOptions listen)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(CertificatePem);
        using var certificate = X509Certificate2.CreateFromPem(CertificatePem, KeyPem);
        // Not every platform can serve from a key that lives in memory only.
        var served = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.UseHttps(https =>
        {
            https.ServerCertificate = served;
            https.ServerCertificateChain = chain;
            https.SslProtocols = Protocols;
            if (ClientAuthorityPem is { } authorities)
            {
                var roots = new X509Certificate2Collection();
                roots.ImportFromPem(authorities);
                https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                https.ClientCertificateValidation = (client, _, errors) => IsSignedBy(client, roots, errors);
            }
        });
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
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.2"));
        return chain.Build(client);
    }
}
