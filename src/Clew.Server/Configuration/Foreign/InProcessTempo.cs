using System.Globalization;
using Clew.Server.Configuration.Binding;
using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration.Foreign;

/// <summary>
/// A Collector's and a Tempo's configuration in one process. An exporter that sends to that Tempo is satisfied by the store of this
/// process; where both would listen on a port, the Collector's pipeline applies; what only Tempo listens on gets a pipeline of its own.
/// </summary>
internal static class InProcessTempo
{
    public const string StoreId = "store";

    /// <summary>The name of Tempo's own receivers and pipeline beside the Collector's.</summary>
    private const string TempoSuffix = "tempo";

    private static readonly string[] s_otlpExporters = ["otlp", "otlp_grpc", "otlphttp", "otlp_http"];

    /// <summary>
    /// The joined configuration, the paths of the exporters that the store takes the place of, and what was done, in sentences.
    /// </summary>
    public sealed record Outcome(ConfigMap Tree, IReadOnlySet<string> Satisfied, IReadOnlyList<string> Sentences);

    /// <summary>Tempo alone: its receivers feed the store.</summary>
    public static ConfigMap Alone(ConfigMap tree, ConfigMap receivers)
    {
        var names = receivers.Entries.Select(static entry => (ConfigNode)ConfigScalar.String(entry.Key, entry.KeyMark));
        tree = tree.With("receivers", tree.TryGet("receivers", out var own) && own.Value is ConfigMap map ? NodeMerge.Merge(receivers, map) : receivers);
        if (tree.FindMap("service", "pipelines") is not null)
        {
            return tree;
        }

        tree = tree.WithPath(new ConfigList([.. names], receivers.Mark), "service", "pipelines", "traces", "receivers");
        tree = tree.WithPath(ConfigList.OfStrings([StoreId], SourceMark.Default), "service", "pipelines", "traces", "exporters");
        return WithStore(tree);
    }

    public static Outcome Join(ConfigMap tree, ConfigMap receivers, string tempoName)
    {
        var sentences = new List<string>();
        var satisfied = new HashSet<string>();
        var ports = OtlpPorts(receivers);
        if (tree.FindMap("exporters") is { } exporters)
        {
            foreach (var exporter in exporters.Entries)
            {
                if (ComponentIdText.TryParse(exporter.Key, out var id) && s_otlpExporters.Contains(id.Type)
                    && Target(exporter.Value) is { } target && IsTempo(target, tempoName) && ports.Contains(target.Port))
                {
                    tree = Satisfy(tree, id, target.ToString());
                    satisfied.Add($"exporters.{id}");
                    sentences.Add($"exporter {id} → {target} is the store of this process; nothing is sent over the network");
                }
            }
        }

        var kept = WithoutSharedPorts(receivers, PortsOf(tree.FindMap("receivers")), out var shared);
        if (shared.Count > 0)
        {
            sentences.Add($"on port{(shared.Count == 1 ? "" : "s")} {string.Join(", ", shared)}, which both files name, the Collector's pipeline applies");
        }

        if (kept.Entries.Count > 0)
        {
            tree = AddTempoPipeline(tree, kept);
        }

        return new Outcome(tree, satisfied, sentences);
    }

    private static ConfigMap AddTempoPipeline(ConfigMap tree, ConfigMap receivers)
    {
        var mark = receivers.Mark;
        var ids = new List<ConfigNode>();
        foreach (var entry in receivers.Entries)
        {
            var id = entry.Key.Contains('/', StringComparison.Ordinal) ? $"{entry.Key}-{TempoSuffix}" : $"{entry.Key}/{TempoSuffix}";
            tree = tree.WithPath(entry.Value, "receivers", id);
            ids.Add(ConfigScalar.String(id, MarkOf(entry)));
        }

        var name = $"traces/{TempoSuffix}";
        tree = tree.WithPath(new ConfigList(ids, mark), "service", "pipelines", name, "receivers");
        tree = tree.WithPath(ConfigList.OfStrings([StoreId], SourceMark.Default), "service", "pipelines", name, "exporters");
        return WithStore(tree);
    }

    // What is left of a receiver that somebody wrote may be only what the chart added to it.
    private static SourceMark MarkOf(ConfigEntry receiver) =>
        receiver.Value is ConfigMap map && map.FindMap("protocols") is { Entries.Count: > 0 } protocols
            && protocols.Entries.All(static protocol => protocol.KeyMark.Document.Kind == DocumentKind.ChartDefault)
            ? SourceMark.ChartDefault
            : receiver.KeyMark;

    /// <summary>Puts the store in the place of an exporter in every trace pipeline; a pipeline that has it already keeps one.</summary>
    private static ConfigMap Satisfy(ConfigMap tree, ComponentId exporter, string target)
    {
        if (tree.FindMap("service", "pipelines") is not { } pipelines)
        {
            return tree;
        }

        foreach (var pipeline in pipelines.Entries)
        {
            if (!ComponentIdText.TryParse(pipeline.Key, out var id) || id.Type != ServiceBinder.Traces
                || pipeline.Value is not ConfigMap map || !map.TryGet("exporters", out var exporters) || exporters.Value is not ConfigList list)
            {
                continue;
            }

            var items = new List<ConfigNode>();
            foreach (var item in list.Items)
            {
                var isExporter = item is ConfigScalar scalar && ComponentIdText.TryParse(scalar.Text, out var named) && named == exporter;
                var node = isExporter ? ConfigScalar.String(StoreId, item.Mark with { Via = $"in place of {exporter} → {target}" }) : item;
                if (!items.Exists(other => other is ConfigScalar left && node is ConfigScalar right && left.Text == right.Text && right.Text == StoreId))
                {
                    items.Add(node);
                }
            }

            tree = tree.WithPath(new ConfigList(items, list.Mark), "service", "pipelines", pipeline.Key, "exporters");
        }

        return WithStore(tree);
    }

    private static ConfigMap WithStore(ConfigMap tree) =>
        tree.TryFind(out _, "exporters", StoreId) ? tree : tree.WithPath(ConfigMap.Empty(SourceMark.Default), "exporters", StoreId);

    private static bool IsTempo(Endpoint target, string tempoName)
    {
        if (target.IsLoopback)
        {
            return true;
        }

        // tempo, tempo.tracing.svc.cluster.local, tempo-distributor.tracing; not temporary.example.
        var first = target.Host.Split('.')[0];
        return first.Equals(tempoName, StringComparison.OrdinalIgnoreCase) || first.StartsWith(tempoName + "-", StringComparison.OrdinalIgnoreCase);
    }

    private static Endpoint? Target(ConfigNode exporter)
    {
        if (exporter is not ConfigMap map)
        {
            return null;
        }

        foreach (var key in (string[])["traces_endpoint", "endpoint"])
        {
            if (map.TryGet(key, out var entry) && entry.Value is ConfigScalar { IsNull: false } scalar)
            {
                var address = ExporterAddress.OfGrpc(scalar.Text, insecure: true, out _);
                return address is null ? null : new Endpoint(address.Host.Trim('[', ']'), address.Port);
            }
        }

        return null;
    }

    private static HashSet<int> OtlpPorts(ConfigMap receivers)
    {
        var ports = new HashSet<int>();
        foreach (var entry in receivers.Entries)
        {
            if (ComponentIdText.TryParse(entry.Key, out var id) && id.Type == "otlp")
            {
                ports.UnionWith(ReceiverPorts.Of(id, entry.Value).Select(static port => port.Number));
            }
        }

        return ports;
    }

    private static HashSet<int> PortsOf(ConfigMap? receivers)
    {
        var ports = new HashSet<int>();
        foreach (var entry in receivers?.Entries ?? [])
        {
            if (ComponentIdText.TryParse(entry.Key, out var id))
            {
                ports.UnionWith(ReceiverPorts.Of(id, entry.Value).Select(static port => port.Number));
            }
        }

        return ports;
    }

    private static ConfigMap WithoutSharedPorts(ConfigMap receivers, IReadOnlySet<int> taken, out IReadOnlyList<string> shared)
    {
        var dropped = new SortedSet<int>();
        var kept = ConfigMap.Empty(receivers.Mark);
        foreach (var entry in receivers.Entries)
        {
            if (!ComponentIdText.TryParse(entry.Key, out var id))
            {
                kept = kept.With(entry.Key, entry.Value, entry.KeyMark);
                continue;
            }

            var node = entry.Value;
            var ports = ReceiverPorts.Of(id, node);
            var remaining = ports.Count;
            foreach (var port in ports.Where(port => taken.Contains(port.Number)))
            {
                dropped.Add(port.Number);
                remaining--;
                if (port.Protocol is { } protocol && node is ConfigMap map && map.FindMap("protocols") is { } protocols)
                {
                    node = map.With("protocols", protocols.Without(protocol));
                }
            }

            if (remaining > 0 || ports.Count == 0)
            {
                kept = kept.With(entry.Key, node, entry.KeyMark);
            }
        }

        shared = [.. dropped.Select(static port => port.ToString(CultureInfo.InvariantCulture))];
        return kept;
    }
}
