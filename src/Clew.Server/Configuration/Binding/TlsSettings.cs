namespace Clew.Server.Configuration.Binding;

/// <summary>The <c>tls</c> sections.</summary>
internal static class TlsSettings
{
    private static readonly string[] s_versions = ["", "1.0", "1.1", "1.2", "1.3"];

    public static TlsServerConfig Server(Section s)
    {
        var d = new TlsServerConfig();
        var config = new TlsServerConfig
        {
            CertFile = s.String("cert_file", d.CertFile, "PEM, followed by its chain."),
            CertPem = s.String("cert_pem", d.CertPem),
            KeyFile = s.String("key_file", d.KeyFile),
            KeyPem = s.Secret("key_pem"),
            CaFile = s.String("ca_file", d.CaFile),
            CaPem = s.String("ca_pem", d.CaPem),
            ClientCaFile = s.String("client_ca_file", d.ClientCaFile, "When set, a client certificate signed by it is required."),
            ClientCaFileReload = s.Bool("client_ca_file_reload", d.ClientCaFileReload),
            MinVersion = Version(s, "min_version", d.MinVersion),
            MaxVersion = Version(s, "max_version", d.MaxVersion),
            CipherSuites = s.Strings("cipher_suites", d.CipherSuites),
            CurvePreferences = s.Strings("curve_preferences", d.CurvePreferences),
            ReloadInterval = s.Duration("reload_interval", d.ReloadInterval, "0: certificates are read once."),
            IncludeSystemCaCertsPool = s.Bool("include_system_ca_certs_pool", d.IncludeSystemCaCertsPool),
        };
        if (!s.IsDocumenting && (Unset(config.CertFile, config.CertPem) || (config.KeyFile.Length == 0 && config.KeyPem.IsEmpty)))
        {
            s.Error(s.Mark, "TLS of a listener needs a certificate and its key: cert_file and key_file");
        }

        return config;
    }

    public static TlsClientConfig Client(Section s)
    {
        var d = new TlsClientConfig();
        var config = new TlsClientConfig
        {
            Insecure = s.Bool("insecure", d.Insecure, "No TLS, unless the endpoint says `https`."),
            InsecureSkipVerify = s.Bool("insecure_skip_verify", d.InsecureSkipVerify, "Take any certificate."),
            ServerNameOverride = s.String("server_name_override", d.ServerNameOverride),
            CaFile = s.String("ca_file", d.CaFile),
            CaPem = s.String("ca_pem", d.CaPem),
            CertFile = s.String("cert_file", d.CertFile),
            CertPem = s.String("cert_pem", d.CertPem),
            KeyFile = s.String("key_file", d.KeyFile),
            KeyPem = s.Secret("key_pem"),
            MinVersion = Version(s, "min_version", d.MinVersion),
            MaxVersion = Version(s, "max_version", d.MaxVersion),
            ReloadInterval = s.Duration("reload_interval", d.ReloadInterval),
            IncludeSystemCaCertsPool = s.Bool("include_system_ca_certs_pool", d.IncludeSystemCaCertsPool),
        };
        if (Unset(config.CertFile, config.CertPem) != (config.KeyFile.Length == 0 && config.KeyPem.IsEmpty))
        {
            s.Error(s.Mark, "a client certificate needs both cert_file and key_file");
        }

        return config;
    }

    private static bool Unset(string file, string pem) => file.Length == 0 && pem.Length == 0;

    private static string Version(Section s, string key, string fallback)
    {
        var version = s.String(key, fallback);
        if (!s_versions.Contains(version))
        {
            s.ErrorAt(key, $"'{version}' is not a TLS version; use 1.2 or 1.3");
        }

        return version;
    }
}
