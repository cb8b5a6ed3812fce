using System.Globalization;
using Clew.Otlp.Editing;
using Clew.Pipeline.Components;
using Clew.Pipeline.Processors.Editing;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Clew.Pipeline.Processors.Kubernetes;

/// <summary>
/// <c>k8sattributes</c>: finds the pod that a resource belongs to and writes what Kubernetes knows about it. What the resource says of
/// itself stays. Behind a sidecar the connection's address is 127.0.0.6 and means nothing: associate by attributes there.
/// </summary>
public sealed class KubernetesAttributesProcessor : EditingProcessor
{
    private const string AnnotationPrefix = "resource.opentelemetry.io/";

    private readonly KubernetesAttributesOptions _options;
    private readonly KubernetesCache? _cache;
    private readonly IKubernetes? _client;
    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<string> _metadata;
    private Task _running = Task.CompletedTask;

    public KubernetesAttributesProcessor(ComponentId id, KubernetesAttributesOptions options, ProcessorContext context, IKubernetes? client)
        : base(id, context.Next)
    {
        _options = options;
        _metadata = [.. options.Metadata];
        _client = client;
        _cache = client is null ? null : new KubernetesCache(options, client, context.Services.Clock, context.Services.Logger(id));
    }

    /// <summary>The client library's own rules: the pod's service account, or the kubeconfig of the environment.</summary>
    public static IKubernetes Connect(KubernetesAttributesOptions options) => new k8s.Kubernetes(options.AuthType switch
    {
        "serviceAccount" when KubernetesClientConfiguration.IsInCluster() => KubernetesClientConfiguration.InClusterConfig(),
        "none" => new KubernetesClientConfiguration
        {
            Host = $"http://{Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") ?? "127.0.0.1"}:{Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_PORT") ?? "8001"}",
        },
        _ => KubernetesClientConfiguration.BuildDefaultConfig(),
    });

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_cache is null)
        {
            return;
        }

        var fields = _options.Labels.Concat(_options.Annotations).Select(static field => field.From).ToHashSet();
        var owners = new HashSet<string>();
        foreach (var kind in (string[])["deployment", "statefulset", "daemonset", "job"])
        {
            if (fields.Contains(kind) || (kind == "deployment" && _metadata.Contains("k8s.deployment.uid")))
            {
                owners.Add(kind);
            }
        }

        var needsReplicaSets = (_metadata.Contains("k8s.deployment.name") && !_options.DeploymentNameFromReplicaSet) || owners.Contains("deployment") || _metadata.Contains("k8s.deployment.uid");
        if (needsReplicaSets)
        {
            owners.Add("replicaset");
        }

        if (_metadata.Contains("k8s.cronjob.name"))
        {
            owners.Add("job");
        }

        _running = _cache.RunAsync(fields.Contains("namespace") || _metadata.Contains("k8s.cluster.uid"), fields.Contains("node") || _metadata.Contains("k8s.node.uid"), owners, _stop.Token);
        if (_options.WaitForMetadata)
        {
            try
            {
                await _cache.Ready.WaitAsync(_options.WaitForMetadataTimeout, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                throw new IOException($"processor {Id}: the Kubernetes API did not list pods within {_options.WaitForMetadataTimeout.TotalSeconds} s (wait_for_metadata); check the API server's address and the rights of the service account");
            }
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _client?.Dispose();
    }

    protected override ConsumeResult? Edit(BatchEdit edit)
    {
        for (var i = 0; i < edit.Batch.Resources.Length; i++)
        {
            Enrich(edit.Resource(i).Attributes, edit.Batch.Context.Peer);
        }

        return null;
    }

    private void Enrich(AttributeMap attributes, string? peer)
    {
        if (_cache is null)
        {
            if (peer is not null)
            {
                SetIfAbsent(attributes, "k8s.pod.ip", peer);
            }

            return;
        }

        if (Find(attributes, peer) is not { } pod)
        {
            return;
        }

        foreach (var (key, value) in Facts(pod, attributes))
        {
            if (_metadata.Contains(key) && !string.IsNullOrEmpty(value))
            {
                SetIfAbsent(attributes, key, value);
            }
        }

        foreach (var (field, isLabel) in _options.Labels.Select(static field => (field, true)).Concat(_options.Annotations.Select(static field => (field, false))))
        {
            Extract(attributes, pod, field, isLabel);
        }

        if (_options.OtelAnnotations)
        {
            foreach (var (key, value) in pod.Metadata.Annotations ?? new Dictionary<string, string>())
            {
                if (key.StartsWith(AnnotationPrefix, StringComparison.Ordinal))
                {
                    SetIfAbsent(attributes, key[AnnotationPrefix.Length..], value);
                }
            }
        }
    }

    private V1Pod? Find(AttributeMap attributes, string? peer)
    {
        if (_options.Associations.Count == 0)
        {
            return ByAttribute(attributes, "k8s.pod.uid") ?? ByAttribute(attributes, "k8s.pod.ip") ?? ByAttribute(attributes, "ip") ?? (peer is null ? null : _cache!.OfIp(peer))
                ?? ByAttribute(attributes, "host.name");
        }

        foreach (var association in _options.Associations)
        {
            var pods = association.Sources.Select(source => source.IsConnection ? peer is null ? null : _cache!.OfIp(peer) : ByAttribute(attributes, source.Attribute)).ToList();
            if (pods.Count > 0 && pods.TrueForAll(pod => pod is not null && pod.Metadata.Uid == pods[0]?.Metadata.Uid))
            {
                return pods[0];
            }
        }

        return null;
    }

    private V1Pod? ByAttribute(AttributeMap attributes, string key)
    {
        if (attributes.Get(key) is not string { Length: > 0 } value)
        {
            return null;
        }

        return key switch
        {
            "k8s.pod.uid" => _cache!.OfUid(value),
            "k8s.pod.name" => attributes.Get("k8s.namespace.name") is string ns ? _cache!.OfName(ns, value) : null,
            "k8s.namespace.name" => attributes.Get("k8s.pod.name") is string name ? _cache!.OfName(value, name) : null,
            _ => _cache!.OfIp(value),
        };
    }

    private IEnumerable<KeyValuePair<string, string?>> Facts(V1Pod pod, AttributeMap attributes)
    {
        var meta = pod.Metadata;
        var ns = meta.NamespaceProperty ?? "";
        yield return new("k8s.namespace.name", ns);
        yield return new("k8s.pod.name", meta.Name);
        yield return new("k8s.pod.uid", meta.Uid);
        yield return new("k8s.pod.hostname", pod.Spec?.Hostname ?? meta.Name);
        yield return new("k8s.pod.ip", pod.Status?.PodIP);
        yield return new("k8s.pod.start_time", pod.Status?.StartTime?.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        yield return new("k8s.node.name", pod.Spec?.NodeName);
        yield return new("k8s.node.uid", _cache!.Other("node", "", pod.Spec?.NodeName ?? "")?.Uid);
        yield return new("k8s.cluster.uid", _cache.Other("namespace", "", "kube-system")?.Uid);
        string? deployment = null;
        foreach (var owner in meta.OwnerReferences ?? [])
        {
            var kind = owner.Kind.ToLowerInvariant();
            yield return new($"k8s.{kind}.name", owner.Name);
            yield return new($"k8s.{kind}.uid", owner.Uid);
            var above = _cache.Other(kind, ns, owner.Name)?.OwnerReferences?.FirstOrDefault();
            switch (kind)
            {
                case "replicaset":
                    // A replica set of a deployment is named after it, with a hash behind: right unless somebody made it by hand.
                    deployment = above?.Kind == "Deployment" ? above.Name : _options.DeploymentNameFromReplicaSet ? owner.Name[..Math.Max(0, owner.Name.LastIndexOf('-'))] : null;
                    yield return new("k8s.deployment.name", deployment);
                    yield return new("k8s.deployment.uid", above?.Kind == "Deployment" ? above.Uid : null);
                    break;
                case "job" when above?.Kind == "CronJob":
                    yield return new("k8s.cronjob.name", above.Name);
                    break;
            }
        }

        var labels = meta.Labels ?? new Dictionary<string, string>();
        yield return new("service.namespace", ns);
        yield return new("service.name", labels.TryGetValue("app.kubernetes.io/instance", out var instance) ? instance : labels.TryGetValue("app.kubernetes.io/name", out var name) ? name
            : deployment ?? meta.OwnerReferences?.FirstOrDefault()?.Name ?? meta.Name);
        var container = Container(pod, attributes);
        if (container is null)
        {
            yield break;
        }

        var status = pod.Status?.ContainerStatuses?.FirstOrDefault(item => item.Name == container.Name);
        var (image, tag) = Image(container.Image ?? "");
        yield return new("k8s.container.name", container.Name);
        yield return new("container.image.name", image);
        yield return new("container.image.tag", tag);
        yield return new("container.id", status?.ContainerID is { } id ? id[(id.IndexOf("://", StringComparison.Ordinal) is >= 0 and var at ? at + 3 : 0)..] : null);
        yield return new("container.image.repo_digests", status?.ImageID is { } digest && digest.Contains('@', StringComparison.Ordinal) ? digest : null);
        yield return new("service.version", labels.TryGetValue("app.kubernetes.io/version", out var version) ? version : tag);
        yield return new("service.instance.id", $"{ns}.{meta.Name}.{container.Name}");
    }

    /// <summary>The container that the resource names, or the only one.</summary>
    private static V1Container? Container(V1Pod pod, AttributeMap attributes)
    {
        var containers = pod.Spec?.Containers ?? [];
        return attributes.Get("k8s.container.name") is string name
            ? containers.FirstOrDefault(container => container.Name == name)
            : containers.Count == 1 ? containers[0] : null;
    }

    private static (string Name, string? Tag) Image(string image)
    {
        var plain = image.Split('@')[0];
        var colon = plain.LastIndexOf(':');
        return colon > plain.LastIndexOf('/') ? (plain[..colon], plain[(colon + 1)..]) : (plain, "latest");
    }

    private void Extract(AttributeMap attributes, V1Pod pod, ExtractedField field, bool isLabel)
    {
        var ns = pod.Metadata.NamespaceProperty ?? "";
        var owner = pod.Metadata.OwnerReferences?.FirstOrDefault();
        var meta = field.From switch
        {
            "namespace" => _cache!.Other("namespace", "", ns),
            "node" => _cache!.Other("node", "", pod.Spec?.NodeName ?? ""),
            "deployment" when owner?.Kind == "ReplicaSet" => _cache!.Other("replicaset", ns, owner.Name)?.OwnerReferences?.FirstOrDefault() is { Kind: "Deployment" } deployment
                ? _cache.Other("deployment", ns, deployment.Name)
                : null,
            "statefulset" or "daemonset" or "job" when owner?.Kind.ToLowerInvariant() == field.From => _cache!.Other(field.From, ns, owner.Name),
            "pod" => pod.Metadata,
            _ => null,
        };
        var values = isLabel ? meta?.Labels : meta?.Annotations;
        if (values is null)
        {
            return;
        }

        if (field.KeyRegex is null)
        {
            if (values.TryGetValue(field.Key, out var value))
            {
                SetIfAbsent(attributes, field.TagName.Length > 0 ? field.TagName : $"k8s.{field.From}.{(isLabel ? "labels" : "annotations")}.{field.Key}", value);
            }

            return;
        }

        foreach (var (key, value) in values)
        {
            if (field.KeyRegex.IsWholeMatch(key))
            {
                var name = field.TagName.Length > 0 ? field.KeyRegex.ReplaceAll(key, field.TagName) : $"k8s.{field.From}.{(isLabel ? "labels" : "annotations")}.{key}";
                SetIfAbsent(attributes, name, value);
            }
        }
    }

    private static void SetIfAbsent(AttributeMap attributes, string key, string value)
    {
        if (!attributes.Has(key))
        {
            attributes.Set(key, value);
        }
    }
}
