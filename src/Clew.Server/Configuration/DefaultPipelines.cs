using Clew.Server.Configuration.Documents;
using Clew.Server.Configuration.Foreign;

namespace Clew.Server.Configuration;

/// <summary>Completes a configuration that says nothing about receivers or pipelines, and adds the receivers that a chart brings.</summary>
internal static class DefaultPipelines
{
    /// <summary>Both OTLP protocols, with their defaults.</summary>
    public static ConfigMap OtlpReceiver { get; } = NodeMarks.ReadBuiltIn("otlp: {protocols: {grpc: {}, http: {}}}", SourceMark.Default);

    /// <summary>Without any receiver, both OTLP protocols are on.</summary>
    public static ConfigMap WithReceivers(ConfigMap tree, bool hasTempo)
    {
        if (hasTempo || tree.FindMap("receivers") is { Entries.Count: > 0 })
        {
            return tree;
        }

        return tree.With("receivers", OtlpReceiver);
    }

    /// <summary>Without any pipeline, every receiver feeds the store. With exporters or processors the order is somebody's to decide.</summary>
    public static ConfigMap WithPipelines(ConfigMap tree, ConfigProblems problems)
    {
        if (tree.FindMap("service", "pipelines") is { Entries.Count: > 0 })
        {
            return tree;
        }

        foreach (var key in (string[])["exporters", "processors", "connectors"])
        {
            if (tree.TryGet(key, out var section) && section.Value is ConfigMap { Entries.Count: > 0 } && section.KeyMark.Document.IsWritten)
            {
                problems.Error(
                    section.KeyMark,
                    $"{key}: there is no pipeline that could use them; add service.pipelines.traces with receivers, processors and exporters");
                return tree;
            }
        }

        var receivers = new List<string>();
        foreach (var entry in tree.FindMap("receivers")?.Entries ?? [])
        {
            if (!ComponentIdText.TryParse(entry.Key, out var id)
                || Capabilities.Find(ComponentKind.Receivers, id.Type) is not { Capability: Capability.NotTraces })
            {
                receivers.Add(entry.Key);
            }
        }

        var mark = SourceMark.Default;
        tree = tree.WithPath(ConfigList.OfStrings(receivers, mark), "service", "pipelines", "traces", "receivers");
        tree = tree.WithPath(ConfigList.OfStrings([InProcessTempo.StoreId], mark), "service", "pipelines", "traces", "exporters");
        return tree.WithPath(ConfigMap.Empty(mark), "exporters", InProcessTempo.StoreId);
    }

    /// <summary>
    /// The chart runs its Jaeger and Zipkin receivers beside what the values name, and a mesh sends there; so they join the traces pipeline,
    /// unless they were set to null (then they are not in the tree) or <c>service.strict</c> is set.
    /// </summary>
    public static ConfigMap WithChartReceivers(ConfigMap tree)
    {
        if (tree.TryFind(out var strict, "service", "strict") && strict is ConfigScalar { Text: "true" })
        {
            return tree;
        }

        string[] path = ["service", "pipelines", "traces", "receivers"];
        if (!tree.TryFind(out var node, path) || node is not ConfigList list)
        {
            return tree;
        }

        var items = new List<ConfigNode>(list.Items);
        foreach (var key in CollectorChart.DefaultTraceReceivers)
        {
            var isNamed = list.Items.Any(item => item is ConfigScalar scalar && scalar.Text.Trim() == key);
            if (!isNamed && tree.TryFind(out var receiver, "receivers", key) && !receiver.IsNull)
            {
                items.Add(ConfigScalar.String(key, SourceMark.ChartDefault));
            }
        }

        return tree.WithPath(new ConfigList(items, list.Mark), path);
    }
}
