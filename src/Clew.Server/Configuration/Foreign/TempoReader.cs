using System.Globalization;
using Clew.Server.Configuration.Binding;
using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration.Foreign;

/// <summary>Collects Clew's keys while Tempo's blocks are walked. Used for the file and for the chart, which nest the same blocks differently.</summary>
internal sealed class TempoReader(BindContext context, string prefix)
{
    private static readonly string[] s_serverKeys =
    [
        "http_listen_port", "http_listen_address", "grpc_listen_port", "grpc_listen_address", "log_level", "log_format", "graceful_shutdown_timeout",
        "http_server_read_timeout", "http_server_write_timeout", "http_server_idle_timeout", "grpc_server_max_recv_msg_size",
        "grpc_server_max_send_msg_size", "grpc_server_max_concurrent_streams", "http_listen_network", "grpc_listen_network",
        "http_tls_config", "grpc_tls_config", "register_instrumentation", "grpc_server_max_connection_age", "grpc_server_max_connection_age_grace", "grpc_server_max_connection_idle",
        "http_server_conn_limit",
    ];

    private static readonly string[] s_s3Keys =
    [
        "bucket", "prefix", "endpoint", "region", "access_key", "secret_key", "session_token", "insecure", "forcepathstyle", "part_size", "hedge_requests_at",
        "hedge_requests_up_to", "bucket_lookup_type", "enable_dual_stack", "signature_v2", "tags", "metadata", "storage_class", "sse",
        "list_blocks_concurrency",
        "retry_max_attempts", "retry_backoff_initial", "retry_backoff_max", "native_aws_auth_enabled", "tls_cert_path", "tls_key_path", "tls_ca_path",
        "tls_server_name", "tls_insecure_skip_verify", "tls_cipher_suites", "tls_min_version",
    ];

    /// <summary>What has been moved so far.</summary>
    public ConfigMap Result { get; private set; } = ConfigMap.Empty(SourceMark.Default);

    /// <summary>Gives a setting its place in Clew's keys.</summary>
    public void Move(ConfigEntry entry, params ReadOnlySpan<string> path)
    {
        if (!entry.Value.IsNull)
        {
            Result = Result.WithPath(entry.Value, path);
        }
    }

    public void Set(ConfigNode value, params ReadOnlySpan<string> path) => Result = Result.WithPath(value, path);

    /// <summary>Walks a block; keys that are not known are reported.</summary>
    public void Inside(ConfigEntry block, string path, IReadOnlyList<string> known, Action<string, ConfigEntry> visit)
    {
        if (block.Value.IsNull)
        {
            return;
        }

        if (block.Value is not ConfigMap map)
        {
            context.Problems.Error(block.Value.Mark, $"{prefix}{path}: expected keys with values, found {block.Value.Shape}");
            return;
        }

        foreach (var entry in map.Entries)
        {
            if (known.Contains(entry.Key))
            {
                visit(entry.Key, entry);
            }
            else
            {
                UnknownKeys.Report(context.Problems, entry.KeyMark, prefix + path, entry.Key, known);
            }
        }
    }

    public void NotYet(ConfigEntry entry, string why, string wayOut = "", bool refuses = false)
    {
        if (entry.KeyMark.Document.IsWritten && entry.Value is not (ConfigMap { Entries.Count: 0 } or ConfigList { Items.Count: 0 }) && !entry.Value.IsNull)
        {
            context.Note(null, new NotInThisVersion(prefix + entry.Key, entry.KeyMark.ToString(), why, wayOut, refuses));
        }
    }

    public void NotYetUnlessEmpty(ConfigEntry entry, string why, string wayOut)
    {
        if (entry.Value is not ConfigScalar { Text: "" })
        {
            NotYet(entry, why, wayOut);
        }
    }

    /// <summary><c>server</c>: Tempo listens on every interface unless it is given an address.</summary>
    public void Server(ConfigEntry block)
    {
        var port = default(ConfigNode);
        var address = default(ConfigNode);
        Inside(block, "server", s_serverKeys, (key, entry) =>
        {
            switch (key)
            {
                case "http_listen_port":
                    port = entry.Value;
                    break;
                case "http_listen_address":
                    address = entry.Value;
                    break;
                case "log_level":
                    Move(entry, "service", "telemetry", "logs", "level");
                    break;
                case "graceful_shutdown_timeout":
                    Move(entry, "server", "shutdown_timeout");
                    break;
                case "http_tls_config":
                    NotYet(entry, "the port would speak without TLS", "a proxy in front that ends TLS", refuses: true);
                    break;
            }
        });
        if (port is null && address is null)
        {
            return;
        }

        var host = address is ConfigScalar { Text.Length: > 0 } written ? written.Text : "0.0.0.0";
        var number = port is ConfigScalar { IsNull: false } scalar ? scalar.Text : TempoMapping.DefaultHttpPort.ToString(CultureInfo.InvariantCulture);
        if (host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('['))
        {
            host = $"[{host}]";
        }

        Set(ConfigScalar.String($"{host}:{number}", (port ?? address)!.Mark), "server", "http");
    }

    /// <summary><c>storage.trace</c>.</summary>
    public void StorageTrace(ConfigEntry block)
    {
        var localPath = default(ConfigNode);
        var walPath = default(ConfigNode);
        Inside(
            block,
            "storage.trace",
            ["backend", "local", "s3", "azure", "gcs", "wal", "block", "blocklist_poll", "blocklist_poll_concurrency", "blocklist_poll_fallback",
                "blocklist_poll_tenant_index_builders", "blocklist_poll_stale_tenant_index", "blocklist_poll_jitter_ms",
                "blocklist_poll_tolerate_consecutive_errors", "pool", "search", "cache", "cache_min_compaction_level", "cache_max_block_age",
                "background_cache", "memcached", "redis", "empty_tenant_deletion_enabled", "empty_tenant_deletion_age"],
            (key, entry) =>
            {
                switch (key)
                {
                    case "backend":
                        Backend(entry);
                        break;
                    case "local":
                        Inside(entry, "storage.trace.local", ["path"], (_, path) => localPath = path.Value);
                        break;
                    case "wal":
                        Inside(
                            entry,
                            "storage.trace.wal",
                            ["path", "completedfilepath", "blocksfilepath", "v2_encoding", "search_encoding", "ingestion_time_range_slack", "version"],
                            (name, path) => walPath = name == "path" ? path.Value : walPath);
                        break;
                    case "s3":
                        S3(entry);
                        break;
                    case "azure":
                        Azure(entry);
                        break;
                }
            });

        // One folder holds everything here. Tempo's local blocks name it; where blocks are elsewhere, the write-ahead log does.
        if ((localPath ?? walPath) is { IsNull: false } path)
        {
            Set(path, "storage", "path");
        }

        if (localPath is { IsNull: false } && walPath is { IsNull: false } && walPath.Mark.Document.IsWritten)
        {
            context.Problems.Warn(walPath.Mark, $"{prefix}storage.trace.wal.path has no effect: the write-ahead log lives in storage.path");
        }
    }

    /// <summary>A block in which retention is given as <c>block_retention</c> at the end of a path.</summary>
    public void Retention(ConfigEntry block, params ReadOnlySpan<string> path)
    {
        if (block.Value is ConfigMap map && map.FindMap(path) is { } compaction && compaction.TryGet("block_retention", out var retention))
        {
            MoveRetention(retention);
        }
    }

    public void MoveRetention(ConfigEntry entry) => Move(entry, "retention", "default");

    /// <summary><c>overrides</c>: the limits that have a counterpart.</summary>
    public void Overrides(ConfigEntry block) =>
        Inside(
            block,
            "overrides",
            ["defaults", "per_tenant_override_config", "per_tenant_override_period", "user_configurable_overrides", "enable_legacy_overrides"],
            (key, entry) =>
            {
                switch (key)
                {
                    case "defaults":
                        OverrideDefaults(entry);
                        break;
                    case "per_tenant_override_config":
                        NotYetUnlessEmpty(entry, "limits of tenants are not read from a file of Tempo's", "write them under tenants.overrides");
                        break;
                }
            });

    /// <summary><c>querier</c>: the limits of a query.</summary>
    public void Querier(ConfigEntry block)
    {
        if (block.Value is not ConfigMap map)
        {
            return;
        }

        if (map.TryGet("max_concurrent_queries", out var concurrent))
        {
            Move(concurrent, "query", "max_concurrent");
        }

        if (map.FindMap("search") is { } search && search.TryGet("query_timeout", out var timeout))
        {
            Move(timeout, "query", "timeout");
        }
    }

    private void OverrideDefaults(ConfigEntry block)
    {
        if (block.Value is not ConfigMap map)
        {
            return;
        }

        MoveIfThere(map, ["ingestion", "rate_limit_bytes"], "ingest_bytes_per_second");
        MoveIfThere(map, ["ingestion", "burst_size_bytes"], "ingest_burst_bytes");
        MoveIfThere(map, ["ingestion", "max_traces_per_user"], "max_live_traces");
        MoveIfThere(map, ["ingestion", "max_attribute_bytes"], "max_attribute_bytes");
        MoveIfThere(map, ["global", "max_bytes_per_trace"], "max_trace_bytes");
        if (map.FindMap("compaction") is { } compaction && compaction.TryGet("block_retention", out var retention)
            && retention.Value is not ConfigScalar { Text: "0" or "0s" })
        {
            MoveRetention(retention);
        }

        void MoveIfThere(ConfigMap defaults, ReadOnlySpan<string> from, string to)
        {
            if (defaults.TryFind(out var node, from) && !node.IsNull)
            {
                Set(node, "tenants", "defaults", to);
            }
        }
    }

    private void Backend(ConfigEntry entry)
    {
        if (entry.Value is ConfigScalar { Text: "gcs" })
        {
            context.Problems.Error(
                entry.Value.Mark,
                $"{prefix}storage.trace.backend: 'gcs' is not supported; its bucket can be reached as s3 with endpoint storage.googleapis.com and HMAC keys");
        }
        else if (entry.Value is not ConfigScalar { Text: "" })
        {
            Move(entry, "storage", "backend");
        }
    }

    private void S3(ConfigEntry block) =>
        Inside(block, "storage.trace.s3", s_s3Keys, (key, entry) =>
        {
            switch (key)
            {
                case "bucket" or "prefix" or "endpoint" or "region" or "access_key" or "secret_key" or "session_token" or "insecure":
                    Move(entry, "storage", "s3", key);
                    break;
                case "forcepathstyle":
                    Move(entry, "storage", "s3", "force_path_style");
                    break;
                case "bucket_lookup_type":
                    Move(entry, "storage", "s3", "bucket_lookup");
                    break;
                case "tls_ca_path" or "tls_cert_path" or "tls_key_path":
                    MoveUnlessEmpty(entry, "storage", "s3", "tls", key["tls_".Length..].Replace("path", "file", StringComparison.Ordinal));
                    break;
                case "tls_server_name":
                    MoveUnlessEmpty(entry, "storage", "s3", "tls", "server_name_override");
                    break;
                case "tls_insecure_skip_verify":
                    Move(entry, "storage", "s3", "tls", "insecure_skip_verify");
                    break;
                case "hedge_requests_at":
                    MoveUnlessZero(entry, "storage", "requests", "hedge_after");
                    break;
                case "hedge_requests_up_to":
                    MoveUnlessZero(entry, "storage", "requests", "hedge_up_to");
                    break;
                case "retry_max_attempts":
                    MoveUnlessZero(entry, "storage", "requests", "max_attempts");
                    break;
                case "retry_backoff_initial":
                    MoveUnlessZero(entry, "storage", "requests", "backoff_initial");
                    break;
                case "retry_backoff_max":
                    MoveUnlessZero(entry, "storage", "requests", "backoff_max");
                    break;
                case "storage_class" or "tags" or "metadata":
                    NotYetUnlessEmpty(entry, "objects are written without it", "let a life-cycle rule of the bucket set it");
                    break;
                case "signature_v2":
                    if (entry.Value is ConfigScalar { Text: "true" })
                    {
                        NotYet(entry, "requests are signed with version 4", "nearly every server accepts version 4");
                    }

                    break;
                case "sse":
                    NotYet(entry, "objects would be written without the encryption asked for", "let the bucket encrypt by default", refuses: true);
                    break;
            }
        });

    private void MoveUnlessEmpty(ConfigEntry entry, params ReadOnlySpan<string> path)
    {
        if (entry.Value is not ConfigScalar { Text: "" })
        {
            Move(entry, path);
        }
    }

    /// <summary>Zero means Tempo's own default, or nothing; ours applies then.</summary>
    private void MoveUnlessZero(ConfigEntry entry, params ReadOnlySpan<string> path)
    {
        if (entry.Value is not ConfigScalar { Text: "" or "0" or "0s" })
        {
            Move(entry, path);
        }
    }

    private void Azure(ConfigEntry block) =>
        Inside(
            block,
            "storage.trace.azure",
            ["storage_account_name", "storage_account_key", "container_name", "prefix", "endpoint_suffix", "use_managed_identity", "use_federated_token",
                "user_assigned_id", "max_buffers", "buffer_size", "hedge_requests_at", "hedge_requests_up_to"],
            (key, entry) =>
            {
                var name = key switch
                {
                    "storage_account_name" => "account",
                    "storage_account_key" => "account_key",
                    "container_name" => "container",
                    "prefix" or "endpoint_suffix" or "use_managed_identity" => key,
                    _ => null,
                };
                if (name is not null)
                {
                    Move(entry, "storage", "azure", name);
                }
            });
}
