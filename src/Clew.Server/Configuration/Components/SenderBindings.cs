using Clew.Pipeline.Components;
using Clew.Pipeline.Exporters;
using Clew.Pipeline.Exporters.Sending;
using Clew.Server.Hosting;

namespace Clew.Server.Configuration.Binding;

/// <summary>Reads the exporters to Zipkin, files, Kafka and several next hops.</summary>
internal static class SenderBindings
{
    public static ExporterConfig? Bind(Section s, ComponentId id, string type) => type switch
    {
        "zipkin" => Zipkin(s, id),
        "file" => FileOf(s, id),
        "kafka" => Kafka(s, id),
        "loadbalancing" => LoadBalancing(s, id),
        "nop" => new BuiltExporterConfig { Id = id, Create = _ => new NopExporter(id) },
        _ => null,
    };

    private static SenderExporterConfig Zipkin(Section s, ComponentId id)
    {
        var endpoint = s.String("endpoint", "", "The URL of a Zipkin server: `http://zipkin:9411/api/v2/spans`.");
        var tls = s.OptionalChild("tls") is { } tlsSection ? TlsSettings.Client(tlsSection) : new TlsClientConfig();
        var isProto = s.Choice("format", false, "", ("json", false), ("proto", true));
        var service = s.String("default_service_name", "<missing service name>", "For resources without one.");
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            address = ExporterAddress.Unset;
            if (!s.IsDocumenting)
            {
                s.Error(s.MarkOf("endpoint"), endpoint.Length == 0 ? "needs endpoint, the URL to send to" : $"'{SecretNames.WithoutUserInfo(endpoint)}' is no URL, such as http://zipkin:9411/api/v2/spans");
            }
        }

        return ExporterSettings.Shared(s, Made(id, address, (config, _) => new ZipkinSender(ExporterMapping.Sender(config), isProto, service)) with { Compression = ExportCompression.None }) with { Tls = tls };
    }

    private static BuiltExporterConfig FileOf(Section s, ComponentId id)
    {
        var rotation = s.OptionalChild("rotation", "Begins a new file when one is full.");
        var group = s.Child("group_by", "A file for each value of a resource attribute.");
        var isGrouped = group.Bool("enabled", false);
        var attribute = group.String("resource_attribute", "fileexporter.path_segment");
        var options = new FileExporterOptions
        {
            Path = s.String("path", "", "The file; with group_by it contains one `*`."),
            IsProto = s.Choice("format", false, "", ("json", false), ("proto", true)),
            Compress = s.Choice("compression", false, "", ("", false), ("zstd", true)),
            Append = s.Bool("append", false, "Keep what is in the file at the start."),
            CreateDirectory = s.Bool("create_directory", false),
            MaxBytes = rotation is null ? null : (long)rotation.Int("max_megabytes", 100, "", 1) << 20,
            MaxDays = rotation?.Int("max_days", 0, "0: for ever.") ?? 0,
            MaxBackups = rotation?.Int("max_backups", 100, "0: all.") ?? 0,
            GroupBy = isGrouped ? attribute : null,
            MaxOpenFiles = group.Int("max_open_files", 100, "", 1),
        };
        rotation?.Bool("localtime", false);
        s.Duration("flush_interval", TimeSpan.FromSeconds(1), "Has no effect: every request is synced before it is acknowledged.");
        s.Raw("directory_permissions");
        if (!s.IsDocumenting)
        {
            if (options.Path.Length == 0)
            {
                s.Error(s.Mark, "needs path, the file to write");
            }
            else if (isGrouped && options.Path.Split('*').Length != 2)
            {
                s.ErrorAt("path", $"'{options.Path}' must contain one * for the value of group_by");
            }
        }

        return new BuiltExporterConfig { Id = id, Create = services => new FileExporter(id, options, services.Clock) };
    }

    private static SenderExporterConfig Kafka(Section s, ComponentId id)
    {
        var brokers = s.Strings("brokers", ["localhost:9092"], "`host:port` of brokers.");
        var traces = s.Child("traces");
        var topic = traces.String("topic", s.String("topic", "otlp_spans", "An older place for traces.topic."), "Where messages go.");
        var encoding = traces.String("encoding", s.String("encoding", "otlp_proto", "An older place for traces.encoding."), "otlp_proto, otlp_json, jaeger_proto, jaeger_json, zipkin_proto or zipkin_json.");
        KafkaEncoding? known = encoding switch
        {
            "otlp_proto" => KafkaEncoding.OtlpProto,
            "otlp_json" => KafkaEncoding.OtlpJson,
            "jaeger_proto" => KafkaEncoding.JaegerProto,
            "jaeger_json" => KafkaEncoding.JaegerJson,
            "zipkin_proto" => KafkaEncoding.ZipkinProto,
            "zipkin_json" => KafkaEncoding.ZipkinJson,
            _ => null,
        };
        if (known is null)
        {
            s.Error(traces.Has("encoding") ? traces.MarkOf("encoding") : s.MarkOf("encoding"), $"'{encoding}' is no encoding; use otlp_proto, otlp_json, jaeger_proto, jaeger_json, zipkin_proto or zipkin_json");
        }

        var producer = s.Child("producer");
        var client = new Dictionary<string, string>
        {
            ["bootstrap.servers"] = string.Join(',', brokers),
            ["client.id"] = s.String("client_id", "otel-collector"),
            ["acks"] = producer.String("required_acks", "1", "0, 1 or all (-1).") switch { "-1" or "all" => "all", var acks => acks },
            ["message.max.bytes"] = producer.Int("max_message_bytes", 1_000_000, "", 1).ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["compression.type"] = producer.Choice("compression", "none", "", ("none", "none"), ("gzip", "gzip"), ("snappy", "snappy"), ("lz4", "lz4"), ("zstd", "zstd"), ("", "none")),
            ["linger.ms"] = "0",
        };
        producer.Raw("compression_params");
        producer.Raw("flush_max_messages");
        producer.Raw("allow_auto_topic_creation");
        producer.Raw("linger");
        foreach (var key in (string[])["protocol_version", "resolve_canonical_bootstrap_servers_only", "topic_from_attribute", "topic_from_metadata_key", "include_metadata_keys", "message_key", "partition_metrics_by_resource_attributes", "partition_logs_by_resource_attributes", "metrics", "logs", "profiles", "metadata", "conn_idle_timeout"])
        {
            s.Raw(key);
        }

        Security(s, client);
        var byTrace = s.Bool("partition_traces_by_id", false, "A message for each trace, keyed by its id.");
        var address = new UriBuilder("kafka", "brokers").Uri;
        var config = ExporterSettings.Shared(s, Made(id, address, (made, _) => new KafkaSender(new KafkaSenderOptions
        {
            Topic = topic, Encoding = known ?? KafkaEncoding.OtlpProto, PartitionByTrace = byTrace, Timeout = made.Timeout > TimeSpan.Zero ? made.Timeout : TimeSpan.FromSeconds(5), Client = client,
        })));
        return config with { Shown = $"kafka {string.Join(',', brokers)} {topic}" };
    }

    private static void Security(Section s, Dictionary<string, string> client)
    {
        var auth = s.Child("auth");
        var tls = auth.OptionalChild("tls") ?? s.OptionalChild("tls");
        var hasTls = tls is not null;
        if (tls is not null)
        {
            var settings = TlsSettings.Client(tls);
            hasTls = !settings.Insecure;
            Set("ssl.ca.location", settings.CaFile);
            Set("ssl.certificate.location", settings.CertFile);
            Set("ssl.key.location", settings.KeyFile);
            if (settings.InsecureSkipVerify)
            {
                client["enable.ssl.certificate.verification"] = "false";
            }
        }

        var (user, password, mechanism) = ("", default(Secret), "PLAIN");
        if (auth.OptionalChild("sasl") is { } sasl)
        {
            user = sasl.String("username", "");
            password = sasl.Secret("password");
            mechanism = sasl.Choice("mechanism", "PLAIN", "", ("PLAIN", "PLAIN"), ("SCRAM-SHA-256", "SCRAM-SHA-256"), ("SCRAM-SHA-512", "SCRAM-SHA-512"));
            sasl.Raw("version");
        }
        else if (auth.OptionalChild("plain_text") is { } plain)
        {
            user = plain.String("username", "");
            password = plain.Secret("password");
        }

        auth.Raw("kerberos");
        if (user.Length > 0)
        {
            client["sasl.mechanism"] = mechanism;
            client["sasl.username"] = user;
            client["sasl.password"] = password.Reveal();
        }

        client["security.protocol"] = (user.Length > 0, hasTls) switch { (true, true) => "sasl_ssl", (true, false) => "sasl_plaintext", (false, true) => "ssl", _ => "plaintext" };

        void Set(string key, string value)
        {
            if (value.Length > 0)
            {
                client[key] = value;
            }
        }
    }

    private static SenderExporterConfig LoadBalancing(Section s, ComponentId id)
    {
        var otlp = s.Child("protocol").Child("otlp", "Settings for every next hop, as of the exporter otlp.");
        otlp.String("endpoint", "", "Comes from the resolver.");
        var tls = otlp.OptionalChild("tls") is { } tlsSection ? TlsSettings.Client(tlsSection) : new TlsClientConfig();
        var hop = ExporterSettings.Shared(otlp, new OtlpGrpcExporterConfig { Id = id, Address = ExporterAddress.Unset }) with { Tls = tls };
        var resolver = s.Child("resolver");
        var statics = resolver.OptionalChild("static", "Fixed members.");
        var dns = resolver.OptionalChild("dns", "All addresses of a name.");
        var kubernetes = resolver.OptionalChild("k8s", "The ready endpoints of a Kubernetes service.") is { } k8s ? Kubernetes(k8s) : null;
        if (resolver.Raw("aws_cloud_map") is not null)
        {
            resolver.ErrorAt("aws_cloud_map", "is not in this version; use dns with the name of the service");
        }

        var options = new LoadBalancingOptions
        {
            Key = s.Choice("routing_key", RoutingKey.TraceId, "By what spans are kept together.",
                ("traceID", RoutingKey.TraceId), ("service", RoutingKey.Service), ("resource", RoutingKey.Resource), ("attributes", RoutingKey.Attributes), ("", RoutingKey.TraceId)),
            Attributes = s.Strings("routing_attributes", [], "For routing_key attributes; span.name and span.kind too."),
            Hostnames = statics?.Strings("hostnames", [], "`host[:port]`.") ?? [],
            DnsHostname = dns?.String("hostname", "") is { Length: > 0 } name ? name : null,
            DnsPort = int.TryParse(dns?.String("port", "4317"), System.Globalization.CultureInfo.InvariantCulture, out var port) ? port : 4317,
            DnsInterval = dns?.Duration("interval", TimeSpan.FromSeconds(5)) ?? TimeSpan.FromSeconds(5),
            DnsTimeout = dns?.Duration("timeout", TimeSpan.FromSeconds(1)) ?? TimeSpan.FromSeconds(1),
            Kubernetes = kubernetes,
        };
        if (!s.IsDocumenting && options.Hostnames.Count == 0 && options.DnsHostname is null && kubernetes is null)
        {
            s.Error(resolver.Mark, "needs resolver.static.hostnames, resolver.dns.hostname or resolver.k8s.service");
        }

        var config = ExporterSettings.Shared(s, Made(id, ExporterAddress.Unset, (_, services) => new LoadBalancingSender(
            options,
            member => new OtlpGrpcSender(ExporterMapping.Sender(hop with { Address = ExporterAddress.OfGrpc(member, tls.Insecure, out var _) ?? throw new IOException($"'{member}' is no address") })),
            services.Clock)));
        return config with { Shown = kubernetes is not null ? $"endpoints of service {kubernetes.Namespace}/{kubernetes.Name}" : options.DnsHostname is { } host ? $"members of {host}" : string.Join(", ", options.Hostnames) };
    }

    private static KubernetesService? Kubernetes(Section s)
    {
        var service = s.String("service", "", "`service` or `service.namespace`; its EndpointSlices are read.");
        if (service.Length == 0 && !s.IsDocumenting)
        {
            s.Error(s.MarkOf("service"), "needs service, the name of a Kubernetes service: service or service.namespace");
            return null;
        }

        return KubernetesService.Parse(service) with
        {
            Ports = [.. s.Strings("ports", ["4317"]).Select(text =>
            {
                if (!ushort.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var port) || port == 0)
                {
                    s.ErrorAt("ports", $"'{text}' is not a port; use a number from 1 to 65535");
                }

                return (int)port;
            })],
            Timeout = s.Duration("timeout", TimeSpan.FromSeconds(1), "For one answer of the API server."),
            ReturnHostnames = s.Bool("return_hostnames", false, "Members are pod.service.namespace in place of addresses, for StatefulSets."),
        };
    }

    private static SenderExporterConfig Made(ComponentId id, Uri address, Func<NetworkExporterConfig, ComponentServices, ITraceSender> create) =>
        new() { Id = id, Address = address, CreateSender = create };
}
