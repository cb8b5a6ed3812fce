using System.Net;
using System.Text.Json;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Clew.Mesh.Kubernetes;

/// <summary>How to reach a Kubernetes API.</summary>
public sealed record ClusterOptions
{
    /// <summary>A kubeconfig file; empty for the pod's service account, else the file that kubectl would take.</summary>
    public string Kubeconfig { get; init; } = "";

    /// <summary>What the cluster is called in metrics; empty when nobody says.</summary>
    public string Cluster { get; init; } = "";
}

/// <summary>
/// Follows a cluster through list and watch, a kind at a time. What may not be read is missing from the snapshot and named in
/// <see cref="Problem"/>; the rest goes on. Disposing ends all watches.
/// </summary>
public sealed partial class ClusterWatcher : IClusterSource, IAsyncDisposable
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_forbiddenRetry = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_istioInterval = TimeSpan.FromSeconds(30);

    /// <summary>Kinds of Istio's configuration that the graph shows, with where the API has them.</summary>
    private static readonly (string Kind, string Plural)[] s_istioKinds =
    [
        ("VirtualService", "virtualservices"), ("DestinationRule", "destinationrules"), ("ServiceEntry", "serviceentries"), ("Gateway", "gateways"), ("WorkloadEntry", "workloadentries"),
    ];

    private readonly ClusterOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Dictionary<string, IKubernetesObject<V1ObjectMeta>>> _objects = [];
    private readonly Dictionary<string, string> _problems = [];
    private readonly Dictionary<string, IReadOnlyList<IstioObject>> _istio = [];
    private readonly List<Task> _work = [];
    private k8s.Kubernetes? _client;
    private ClusterSnapshot? _snapshot;

    public ClusterWatcher(ClusterOptions options, TimeProvider clock, ILogger log)
    {
        (_options, _clock, _log) = (options, clock, log);
        try
        {
            var config = options.Kubeconfig.Length > 0 ? KubernetesClientConfiguration.BuildConfigFromConfigFile(options.Kubeconfig)
                : KubernetesClientConfiguration.IsInCluster() ? KubernetesClientConfiguration.InClusterConfig()
                : KubernetesClientConfiguration.BuildConfigFromConfigFile();
            _client = new k8s.Kubernetes(config);
        }
        catch (Exception fault) when (fault is k8s.Exceptions.KubeConfigException or IOException or UnauthorizedAccessException)
        {
            _problems["configuration"] = $"no Kubernetes API is known: {fault.Message} Set mesh.kubeconfig, or run in a pod with a service account.";
            return;
        }

        Start(_client, _stop.Token);
    }

    public string? Problem
    {
        get
        {
            lock (_gate)
            {
                return _problems.Count == 0 ? null : string.Join(" ", _problems.Values.Distinct());
            }
        }
    }

    public ClusterSnapshot Current
    {
        get
        {
            lock (_gate)
            {
                return _snapshot ??= ClusterReader.Read(_objects, [.. _istio.Values.SelectMany(static list => list)], _options.Cluster);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_work).ConfigureAwait(false);
        _client?.Dispose();
        _client = null;
        _stop.Dispose();
    }

    private void Start(k8s.Kubernetes client, CancellationToken token)
    {
        var (core, apps) = (client.CoreV1, client.AppsV1);
        Follow<V1Namespace, V1NamespaceList>("namespaces", () => core.ListNamespaceAsync(cancellationToken: token), version => core.WatchListNamespaceAsync(resourceVersion: version, cancellationToken: token));
        Follow<V1Pod, V1PodList>("pods", () => core.ListPodForAllNamespacesAsync(cancellationToken: token), version => core.WatchListPodForAllNamespacesAsync(resourceVersion: version, cancellationToken: token));
        Follow<V1Service, V1ServiceList>("services", () => core.ListServiceForAllNamespacesAsync(cancellationToken: token), version => core.WatchListServiceForAllNamespacesAsync(resourceVersion: version, cancellationToken: token));
        Follow<V1Deployment, V1DeploymentList>("deployments", () => apps.ListDeploymentForAllNamespacesAsync(cancellationToken: token), version => apps.WatchListDeploymentForAllNamespacesAsync(resourceVersion: version, cancellationToken: token));
        Follow<V1ReplicaSet, V1ReplicaSetList>("replicasets", () => apps.ListReplicaSetForAllNamespacesAsync(cancellationToken: token), version => apps.WatchListReplicaSetForAllNamespacesAsync(resourceVersion: version, cancellationToken: token));
        Follow<V1StatefulSet, V1StatefulSetList>("statefulsets", () => apps.ListStatefulSetForAllNamespacesAsync(cancellationToken: token), version => apps.WatchListStatefulSetForAllNamespacesAsync(resourceVersion: version, cancellationToken: token));
        Follow<V1DaemonSet, V1DaemonSetList>("daemonsets", () => apps.ListDaemonSetForAllNamespacesAsync(cancellationToken: token), version => apps.WatchListDaemonSetForAllNamespacesAsync(resourceVersion: version, cancellationToken: token));
        foreach (var (kind, plural) in s_istioKinds)
        {
            _work.Add(Task.Run(() => PollIstioAsync(client, kind, plural, token), CancellationToken.None));
        }

        void Follow<T, TList>(string kind, Func<Task<TList>> list, Func<string, IAsyncEnumerable<(WatchEventType, T)>> watch)
            where T : class, IKubernetesObject<V1ObjectMeta>
            where TList : IKubernetesObject<V1ListMeta>, IItems<T> =>
            _work.Add(Task.Run(() => FollowAsync(kind, list, watch, token), CancellationToken.None));
    }

    private async Task FollowAsync<T, TList>(string kind, Func<Task<TList>> list, Func<string, IAsyncEnumerable<(WatchEventType, T)>> watch, CancellationToken token)
        where T : class, IKubernetesObject<V1ObjectMeta>
        where TList : IKubernetesObject<V1ListMeta>, IItems<T>
    {
        while (!token.IsCancellationRequested)
        {
            var wait = s_retry;
            try
            {
                var all = await list().ConfigureAwait(false);
                Change(kind, objects =>
                {
                    objects.Clear();
                    foreach (var item in all.Items)
                    {
                        objects[KeyOf(item)] = item;
                    }
                });
                Solved(kind);
                await foreach (var (type, item) in watch(all.Metadata?.ResourceVersion ?? "").WithCancellation(token).ConfigureAwait(false))
                {
                    if (type is WatchEventType.Error)
                    {
                        // The version that was watched from is too old; a new list follows.
                        break;
                    }

                    if (type is not WatchEventType.Bookmark)
                    {
                        Change(kind, objects =>
                        {
                            if (type is WatchEventType.Deleted)
                            {
                                objects.Remove(KeyOf(item));
                            }
                            else
                            {
                                objects[KeyOf(item)] = item;
                            }
                        });
                    }
                }

                wait = TimeSpan.FromSeconds(1);
            }
            catch (OperationCanceledException) when (token.IsCancellationRequested)
            {
                return;
            }
            catch (HttpOperationException fault) when (fault.Response?.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized)
            {
                Failed(kind, $"the Kubernetes API does not let Clew read {kind}; grant get, list and watch on them.");
                wait = s_forbiddenRetry;
            }
            catch (Exception fault) when (fault is HttpOperationException or HttpRequestException or IOException or JsonException or KubernetesException or OperationCanceledException or TimeoutException)
            {
                Failed(kind, $"the Kubernetes API cannot be read: {fault.Message}");
            }

            await DelayAsync(wait, token).ConfigureAwait(false);
        }
    }

    private async Task PollIstioAsync(k8s.Kubernetes client, string kind, string plural, CancellationToken token)
    {
        while (!token.IsCancellationRequested)
        {
            try
            {
                var answer = await client.CustomObjects.ListClusterCustomObjectAsync("networking.istio.io", "v1", plural, cancellationToken: token).ConfigureAwait(false);
                var items = answer is JsonElement json && json.TryGetProperty("items", out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().ToList() : [];
                lock (_gate)
                {
                    _istio[kind] = [.. items.Select(item => Istio(kind, item))];
                    _snapshot = null;
                }
            }
            catch (OperationCanceledException) when (token.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault) when (fault is HttpOperationException or HttpRequestException or IOException or JsonException or OperationCanceledException)
            {
                // A cluster without Istio's kinds has none of them.
            }

            await DelayAsync(s_istioInterval, token).ConfigureAwait(false);
        }
    }

    private static IstioObject Istio(string kind, JsonElement item)
    {
        var metadata = item.TryGetProperty("metadata", out var found) ? found : default;
        return new IstioObject(kind, KubeAppenders.Text(metadata, "namespace"), KubeAppenders.Text(metadata, "name"))
        {
            Spec = item.TryGetProperty("spec", out var spec) ? spec.Clone() : default,
        };
    }

    private async Task DelayAsync(TimeSpan time, CancellationToken token)
    {
        try
        {
            await Task.Delay(time, _clock, token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The loop's own condition ends it.
        }
    }

    private void Change(string kind, Action<Dictionary<string, IKubernetesObject<V1ObjectMeta>>> change)
    {
        lock (_gate)
        {
            if (!_objects.TryGetValue(kind, out var objects))
            {
                _objects.Add(kind, objects = new Dictionary<string, IKubernetesObject<V1ObjectMeta>>(StringComparer.Ordinal));
            }

            change(objects);
            _snapshot = null;
        }
    }

    private void Failed(string kind, string sentence)
    {
        lock (_gate)
        {
            if (_problems.GetValueOrDefault(kind) == sentence)
            {
                return;
            }

            _problems[kind] = sentence;
        }

        LogProblem(sentence);
    }

    private void Solved(string kind)
    {
        lock (_gate)
        {
            _problems.Remove(kind);
        }
    }

    private static string KeyOf(IKubernetesObject<V1ObjectMeta> item) => $"{item.Metadata.NamespaceProperty}/{item.Metadata.Name}";

    [LoggerMessage(7001, LogLevel.Warning, "Mesh: {Sentence}")]
    private partial void LogProblem(string sentence);
}
