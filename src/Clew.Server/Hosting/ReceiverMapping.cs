using System.Security.Authentication;
using Clew.Receivers.Intake;
using Clew.Receivers.Jaeger;
using Clew.Receivers.Listeners;
using Clew.Receivers.Otlp;
using Clew.Receivers.Zipkin;
using Clew.Server.Configuration;
using Endpoint = Clew.Server.Configuration.Endpoint;

namespace Clew.Server.Hosting;

/// <summary>From the configuration's receivers to the receivers' options.</summary>
internal static class ReceiverMapping
{
    /// <summary>Reads the certificates that the configuration names; an <see cref="IOException"/> says which one cannot be read.</summary>
    public static OtlpReceiverOptions Otlp(OtlpReceiverConfig receiver, bool tenantsEnabled, Func<ComponentId?, IRequestAuthenticator?>? authenticator = null) => new()
    {
        TenantsEnabled = tenantsEnabled,
        Grpc = receiver.Grpc is not { } grpc ? null : new OtlpGrpcOptions
        {
            Address = Address(grpc.Endpoint),
            UnixSocket = grpc.UnixSocket,
            MaxMessageBytes = (int)Math.Min(grpc.MaxReceiveMessageSize.Bytes, int.MaxValue),
            MaxConcurrentStreams = grpc.MaxConcurrentStreams,
            MaxConnectionIdle = grpc.Keepalive.MaxConnectionIdle,
            MaxConnectionAge = grpc.Keepalive.MaxConnectionAge,
            MaxConnectionAgeGrace = grpc.Keepalive.MaxConnectionAgeGrace,
            KeepAliveTime = grpc.Keepalive.Time,
            KeepAliveTimeout = grpc.Keepalive.Timeout,
            IncludeMetadata = grpc.IncludeMetadata,
            Authenticator = authenticator?.Invoke(grpc.Authenticator),
            Tls = Tls(grpc.Tls),
        },
        Http = receiver.Http is not { } http ? null : new OtlpHttpOptions
        {
            Address = Address(http.Endpoint),
            UnixSocket = http.UnixSocket,
            MaxBodyBytes = (int)Math.Min(http.MaxRequestBodySize.Bytes, int.MaxValue),
            TracesPath = http.TracesUrlPath,
            MetricsPath = http.MetricsUrlPath,
            LogsPath = http.LogsUrlPath,
            IncludeMetadata = http.IncludeMetadata,
            Authenticator = authenticator?.Invoke(http.Authenticator),
            Tls = Tls(http.Tls),
            CompressionAlgorithms = http.CompressionAlgorithms,
            ResponseHeaders = http.ResponseHeaders,
            Cors = http.Cors is not { } cors ? null : new OtlpCorsOptions
            {
                AllowedOrigins = cors.AllowedOrigins,
                AllowedHeaders = cors.AllowedHeaders,
                ExposedHeaders = cors.ExposedHeaders,
                MaxAge = cors.MaxAgeSeconds == 0 ? null : TimeSpan.FromSeconds(cors.MaxAgeSeconds),
            },
        },
    };

    public static JaegerReceiverOptions Jaeger(JaegerReceiverConfig receiver, bool tenantsEnabled, Func<ComponentId?, IRequestAuthenticator?>? authenticator = null) => new()
    {
        TenantsEnabled = tenantsEnabled,
        Grpc = receiver.Grpc is not { } grpc ? null : new JaegerTcpOptions
        {
            Address = Address(grpc.Endpoint),
            UnixSocket = grpc.UnixSocket,
            Authenticator = authenticator?.Invoke(grpc.Authenticator),
            MaxRequestBytes = (int)Math.Min(grpc.MaxReceiveMessageSize.Bytes, int.MaxValue),
            IncludeMetadata = grpc.IncludeMetadata,
            Tls = Tls(grpc.Tls),
        },
        ThriftHttp = receiver.ThriftHttp is not { } http ? null : new JaegerTcpOptions
        {
            Address = Address(http.Endpoint),
            UnixSocket = http.UnixSocket,
            Authenticator = authenticator?.Invoke(http.Authenticator),
            MaxRequestBytes = (int)Math.Min(http.MaxRequestBodySize.Bytes, int.MaxValue),
            IncludeMetadata = http.IncludeMetadata,
            Tls = Tls(http.Tls),
            ResponseHeaders = http.ResponseHeaders,
        },
        ThriftCompact = Udp(receiver.ThriftCompact),
        ThriftBinary = Udp(receiver.ThriftBinary),
    };

    public static ZipkinReceiverOptions Zipkin(ZipkinReceiverConfig receiver, bool tenantsEnabled, Func<ComponentId?, IRequestAuthenticator?>? authenticator = null) => new()
    {
        TenantsEnabled = tenantsEnabled,
        Address = Address(receiver.Http.Endpoint),
        UnixSocket = receiver.Http.UnixSocket,
        Authenticator = authenticator?.Invoke(receiver.Http.Authenticator),
        MaxBodyBytes = (int)Math.Min(receiver.Http.MaxRequestBodySize.Bytes, int.MaxValue),
        IncludeMetadata = receiver.Http.IncludeMetadata,
        Tls = Tls(receiver.Http.Tls),
        ResponseHeaders = receiver.Http.ResponseHeaders,
        ParseStringTags = receiver.ParseStringTags,
    };

    public static ListenAddress Address(Endpoint endpoint) => new(endpoint.Host, endpoint.Port);

    private static JaegerUdpOptions? Udp(JaegerUdpConfig? udp) => udp is null ? null : new JaegerUdpOptions
    {
        Address = Address(udp.Endpoint),
        QueueSize = udp.QueueSize,
        MaxPacketBytes = udp.MaxPacketSize,
        Workers = udp.Workers,
        SocketBufferBytes = (int)Math.Min(udp.SocketBufferSize.Bytes, int.MaxValue),
    };

    /// <summary>Asked to look for changed certificates (<c>reload_interval</c>, or <c>client_ca_file_reload</c> alone), a listener reads them again.</summary>
    private static ListenerTls? Tls(TlsServerConfig? tls) => tls is null ? null : Read(tls, (tls.ReloadInterval, tls.ClientCaFileReload) switch
    {
        ({ Ticks: > 0 } interval, _) => interval,
        (_, true) => s_clientCaInterval,
        _ => null,
    });

    private static readonly TimeSpan s_clientCaInterval = TimeSpan.FromSeconds(10);

    private static ListenerTls Read(TlsServerConfig tls, TimeSpan? renewInterval) => new()
    {
        CertificatePem = Pem(tls.CertPem, tls.CertFile) ?? "",
        KeyPem = Pem(tls.KeyPem.Reveal(), tls.KeyFile) ?? "",
        ClientAuthorityPem = Pem("", tls.ClientCaFile),
        Protocols = Protocols(tls),
        Renew = renewInterval is null ? null : () => Read(tls, null),
        RenewInterval = renewInterval ?? TimeSpan.Zero,
    };

    // Kestrel speaks 1.2 and 1.3; an older minimum allows nothing older.
    private static SslProtocols Protocols(TlsServerConfig tls) => (tls.MinVersion, tls.MaxVersion) switch
    {
        ("1.3", _) => SslProtocols.Tls13,
        (_, "1.2") => SslProtocols.Tls12,
        _ => SslProtocols.Tls12 | SslProtocols.Tls13,
    };

    private static string? Pem(string text, string file) => text.Length > 0 ? text : file.Length > 0 ? File.ReadAllText(file) : null;
}
