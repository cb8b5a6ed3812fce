namespace Clew.Server.Configuration.Binding;

/// <summary>Settings that the receivers share: endpoint, TLS, HTTP server, CORS.</summary>
internal static class ListenerSettings
{
    private const string UnixTransport = "unix";
    private const string TcpTransport = "tcp";

    /// <summary>Fills what every listener has into <paramref name="d"/>, which brings the defaults.</summary>
    public static T Listener<T>(Section s, T d)
        where T : ListenerConfig
    {
        var transport = s.String("transport", TcpTransport, "`tcp` or `unix`.");
        if (transport is not (TcpTransport or UnixTransport or "tcp4" or "tcp6"))
        {
            s.ErrorAt("transport", $"'{transport}' is not a transport; use tcp or unix");
        }

        var isUnix = transport == UnixTransport;
        return d with
        {
            Endpoint = isUnix ? d.Endpoint : s.Endpoint("endpoint", d.Endpoint, "Where to listen."),
            UnixSocket = isUnix ? s.String("endpoint", "", "") : null,
            Tls = s.OptionalChild("tls") is { } tls ? TlsSettings.Server(tls) : null,
            IncludeMetadata = s.Bool("include_metadata", d.IncludeMetadata, "Keep the request's headers for processors and exporters."),
            Authenticator = s.OptionalChild("auth")?.Id("authenticator", "The extension that checks who sends."),
            Middlewares = Middlewares(s),
        };
    }

    /// <summary>Fills what every HTTP server has.</summary>
    public static T Http<T>(Section s, T d)
        where T : HttpServerConfig
    {
        var config = Listener(s, d);
        return config with
        {
            MaxRequestBodySize = s.Size("max_request_body_size", d.MaxRequestBodySize, "The limit of a body, before and after decompression.", new ByteSize(1)),
            CompressionAlgorithms = s.Strings("compression_algorithms", d.CompressionAlgorithms, "Accepted content encodings; the empty word means none."),
            Cors = s.OptionalChild("cors") is { } cors ? Cors(cors) : null,
            ReadTimeout = s.Duration("read_timeout", d.ReadTimeout, "0: no limit."),
            ReadHeaderTimeout = s.Duration("read_header_timeout", d.ReadHeaderTimeout, "0: no limit."),
            WriteTimeout = s.Duration("write_timeout", d.WriteTimeout, "0: no limit."),
            IdleTimeout = s.Duration("idle_timeout", d.IdleTimeout, "0: no limit."),
            KeepAlivesEnabled = s.Bool("keep_alives_enabled", d.KeepAlivesEnabled, "Reuse connections."),
            ResponseHeaders = s.StringMap("response_headers", "Added to every answer."),
        };
    }

    private static CorsConfig Cors(Section s)
    {
        var d = new CorsConfig();
        return new CorsConfig
        {
            AllowedOrigins = s.Strings("allowed_origins", d.AllowedOrigins, "Origins of browsers that may send; `*` is a wildcard."),
            AllowedHeaders = s.Strings("allowed_headers", d.AllowedHeaders, "Beyond the ones that are always allowed."),
            ExposedHeaders = s.Strings("exposed_headers", d.ExposedHeaders, "Headers of the answer that scripts may read."),
            MaxAgeSeconds = s.Int("max_age", d.MaxAgeSeconds, "Seconds that a browser may keep the answer."),
        };
    }

    private static ValueList<ComponentId> Middlewares(Section s)
    {
        var ids = s.ListOf("middlewares", "", static item => item.Id("id", "An extension."));
        return ids.OfType<ComponentId>().ToValueList();
    }
}
