using System.Collections.Concurrent;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Clew.Pipeline.Processors.Kubernetes;

/// <summary>
/// What the Kubernetes API said about pods and, when asked for, their namespaces, nodes and owners. A list, then a watch from where the list
/// ended; when a watch ends or fails, again from the list. Readers see entries of any moment; only the watching tasks write.
/// </summary>
internal sealed class KubernetesCache(KubernetesAttributesOptions options, IKubernetes client, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, V1Pod> _byUid = new();
    private readonly ConcurrentDictionary<string, V1Pod> _byIp = new();
    private readonly ConcurrentDictionary<(string Namespace, string Name), V1Pod> _byName = new();
    private readonly ConcurrentDictionary<(string Kind, string Namespace, string Name), V1ObjectMeta> _others = new();
    private readonly ConcurrentQueue<(long At, V1Pod Pod)> _deleted = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the pods have been listed once.</summary>
    public Task Ready => _ready.Task;

    public int PodCount => _byUid.Count;

    public V1Pod? OfUid(string uid) => _byUid.GetValueOrDefault(uid);

    public V1Pod? OfIp(string ip) => _byIp.GetValueOrDefault(ip);

    public V1Pod? OfName(string ns, string name) => _byName.GetValueOrDefault((ns, name));

    public V1ObjectMeta? Other(string kind, string ns, string name) => _others.GetValueOrDefault((kind, ns, name));

    public async Task RunAsync(bool namespaces, bool nodes, IReadOnlyCollection<string> owners, CancellationToken cancellationToken)
    {
        var tasks = new List<Task> { KeepAsync("pods", WatchPodsAsync, cancellationToken) };
        if (namespaces)
        {
            tasks.Add(KeepAsync("namespaces", token => ListOthersAsync("namespace", token), cancellationToken));
        }

        if (nodes)
        {
            tasks.Add(KeepAsync("nodes", token => ListOthersAsync("node", token), cancellationToken));
        }

        tasks.AddRange(owners.Select(owner => KeepAsync(owner, token => ListOthersAsync(owner, token), cancellationToken)));
        await Task.WhenAll(tasks).ConfigureAwait(false);
    }

    private async Task KeepAsync(string what, Func<CancellationToken, Task> once, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await once(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                // Any fault of the connection, of the answer or of the rights: what is known stays, and the next try may go better.
                logger.KubernetesFailed(what, fault.Message);
            }

            try
            {
                await Task.Delay(s_retry, clock, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task WatchPodsAsync(CancellationToken cancellationToken)
    {
        var fields = string.Join(',', ((string[])[options.FieldSelector, options.NodeName.Length > 0 ? $"spec.nodeName={options.NodeName}" : ""]).Where(static part => part.Length > 0));
        var labels = options.LabelSelector.Length > 0 ? options.LabelSelector : null;
        var fieldSelector = fields.Length > 0 ? fields : null;
        var list = options.Namespace.Length > 0
            ? await client.CoreV1.ListNamespacedPodAsync(options.Namespace, fieldSelector: fieldSelector, labelSelector: labels, cancellationToken: cancellationToken).ConfigureAwait(false)
            : await client.CoreV1.ListPodForAllNamespacesAsync(fieldSelector: fieldSelector, labelSelector: labels, cancellationToken: cancellationToken).ConfigureAwait(false);
        var listed = list.Items.Select(static pod => pod.Metadata.Uid).ToHashSet();
        foreach (var pod in list.Items)
        {
            Add(pod);
        }

        foreach (var (uid, pod) in _byUid)
        {
            if (!listed.Contains(uid))
            {
                _deleted.Enqueue((clock.GetTimestamp(), pod));
            }
        }

        _ready.TrySetResult();
        var version = list.Metadata.ResourceVersion;
        var events = options.Namespace.Length > 0
            ? client.CoreV1.WatchListNamespacedPodAsync(options.Namespace, fieldSelector: fieldSelector, labelSelector: labels, resourceVersion: version, cancellationToken: cancellationToken)
            : client.CoreV1.WatchListPodForAllNamespacesAsync(fieldSelector: fieldSelector, labelSelector: labels, resourceVersion: version, cancellationToken: cancellationToken);
        await foreach (var (type, pod) in events.ConfigureAwait(false))
        {
            switch (type)
            {
                case WatchEventType.Added or WatchEventType.Modified:
                    Add(pod);
                    break;
                case WatchEventType.Deleted:
                    _deleted.Enqueue((clock.GetTimestamp(), pod));
                    break;
                case WatchEventType.Error:
                    return;
            }

            Forget();
        }
    }

    private async Task ListOthersAsync(string kind, CancellationToken cancellationToken)
    {
        IEnumerable<V1ObjectMeta> items = kind switch
        {
            "namespace" => (await client.CoreV1.ListNamespaceAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Items.Select(static item => item.Metadata),
            "node" => (await client.CoreV1.ListNodeAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Items.Select(static item => item.Metadata),
            "replicaset" => (await client.AppsV1.ListReplicaSetForAllNamespacesAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Items.Select(static item => item.Metadata),
            "deployment" => (await client.AppsV1.ListDeploymentForAllNamespacesAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Items.Select(static item => item.Metadata),
            "statefulset" => (await client.AppsV1.ListStatefulSetForAllNamespacesAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Items.Select(static item => item.Metadata),
            "daemonset" => (await client.AppsV1.ListDaemonSetForAllNamespacesAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Items.Select(static item => item.Metadata),
            _ => (await client.BatchV1.ListJobForAllNamespacesAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Items.Select(static item => item.Metadata),
        };
        foreach (var item in items)
        {
            _others[(kind, item.NamespaceProperty ?? "", item.Name)] = item;
        }

        // These change seldom: a list every minute costs less than a watch each.
        await Task.Delay(TimeSpan.FromMinutes(1), clock, cancellationToken).ConfigureAwait(false);
    }

    private void Add(V1Pod pod)
    {
        if (_byUid.Count >= options.MaxPods && !_byUid.ContainsKey(pod.Metadata.Uid))
        {
            return;
        }

        _byUid[pod.Metadata.Uid] = pod;
        _byName[(pod.Metadata.NamespaceProperty ?? "", pod.Metadata.Name)] = pod;

        // A pod of the node's network has the node's address, which says nothing about the pod.
        if (pod.Spec?.HostNetwork != true)
        {
            foreach (var ip in Addresses(pod))
            {
                _byIp[ip] = pod;
            }
        }
    }

    private void Forget()
    {
        while (_deleted.TryPeek(out var entry) && clock.GetElapsedTime(entry.At) >= options.DeletedPodLifetime && _deleted.TryDequeue(out entry))
        {
            var pod = entry.Pod;
            _byUid.TryRemove(pod.Metadata.Uid, out _);
            _byName.TryRemove(KeyValuePair.Create((pod.Metadata.NamespaceProperty ?? "", pod.Metadata.Name), pod));
            foreach (var ip in Addresses(pod))
            {
                // The address may belong to a new pod by now.
                if (_byIp.TryGetValue(ip, out var owner) && owner.Metadata.Uid == pod.Metadata.Uid)
                {
                    _byIp.TryRemove(ip, out _);
                }
            }
        }
    }

    private static IEnumerable<string> Addresses(V1Pod pod) =>
        (pod.Status?.PodIPs?.Select(static ip => ip.Ip) ?? []).Append(pod.Status?.PodIP).OfType<string>().Where(static ip => ip.Length > 0).Distinct();
}
