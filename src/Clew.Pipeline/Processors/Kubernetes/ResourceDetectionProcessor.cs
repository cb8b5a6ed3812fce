using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using Clew.Otlp.Editing;
using Clew.Pipeline.Components;
using Clew.Pipeline.Processors.Editing;
using Microsoft.Extensions.Logging;

namespace Clew.Pipeline.Processors.Kubernetes;

/// <summary>Settings of <c>resourcedetection</c>.</summary>
public sealed record ResourceDetectionOptions
{
    public IReadOnlyList<string> Detectors { get; init; } = ["env"];

    /// <summary>True: what was detected takes the place of what the resource says.</summary>
    public bool Override { get; init; } = true;

    /// <summary>For all detectors together; what is not there by then is left out, with a warning.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Attributes that are added; empty: all.</summary>
    public IReadOnlyList<string> Attributes { get; init; } = [];

    /// <summary><c>host.name</c> from these, in order: <c>dns</c>, <c>os</c>, <c>cname</c>, <c>lookup</c>.</summary>
    public IReadOnlyList<string> HostnameSources { get; init; } = ["dns", "os"];

    /// <summary>The environment variable with the node's name.</summary>
    public string NodeFromEnvVar { get; init; } = "K8S_NODE_NAME";

    public static IReadOnlyList<string> Known { get; } =
        ["env", "system", "docker", "k8snode", "k8s_api", "kubeadm", "gcp", "ec2", "ecs", "eks", "lambda", "azure", "aks", "consul", "heroku", "openshift"];
}

/// <summary>
/// <c>resourcedetection</c>: finds out once, at the start, where this process runs, and writes it into every resource. The clouds' own
/// addresses answer within milliseconds where they exist; elsewhere the timeout ends the asking.
/// </summary>
public sealed class ResourceDetectionProcessor(ComponentId id, ResourceDetectionOptions options, ProcessorContext context)
    : EditingProcessor(id, context.Next)
{
    private readonly ILogger _logger = context.Services.Logger(id);
    private IReadOnlyList<KeyValuePair<string, object?>> _found = [];

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.Timeout);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = options.Timeout });
        var tasks = options.Detectors.Select(async name =>
        {
            try
            {
                return await DetectAsync(name, client, limit.Token).WaitAsync(options.Timeout, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException or TimeoutException or IOException or SocketException or JsonException or UnauthorizedAccessException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                _logger.DetectorFailed(Id, name, fault.Message);
                return new List<KeyValuePair<string, object?>>();
            }
        }).ToList();

        // The first detector that says something about a key is believed.
        var found = new Dictionary<string, object?>();
        foreach (var task in tasks)
        {
            foreach (var (key, value) in await task.ConfigureAwait(false))
            {
                if (value is not (null or "") && (options.Attributes.Count == 0 || options.Attributes.Contains(key)))
                {
                    found.TryAdd(key, value);
                }
            }
        }

        _found = [.. found];
    }

    protected override ConsumeResult? Edit(BatchEdit edit)
    {
        for (var i = 0; i < edit.Batch.Resources.Length && _found.Count > 0; i++)
        {
            var attributes = edit.Resource(i).Attributes;
            foreach (var (key, value) in _found)
            {
                if (options.Override ? !Equals(attributes.Get(key), value) : !attributes.Has(key))
                {
                    attributes.Set(key, value);
                }
            }
        }

        return null;
    }

    private Task<List<KeyValuePair<string, object?>>> DetectAsync(string name, HttpClient client, CancellationToken cancellationToken) => name switch
    {
        "env" => Task.FromResult(FromEnvironment()),
        "system" => SystemAsync(cancellationToken),
        "docker" => DockerAsync(cancellationToken),
        "k8snode" or "k8s_api" or "kubeadm" or "openshift" => Task.FromResult(Node()),
        "gcp" => GoogleAsync(client, cancellationToken),
        "ec2" => AmazonAsync(client, cancellationToken),
        "ecs" => ContainersOfAmazonAsync(client, cancellationToken),
        "eks" => Task.FromResult(Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is null ? [] : Pairs(("cloud.provider", "aws"), ("cloud.platform", "aws_eks"))),
        "lambda" => Task.FromResult(Lambda()),
        "azure" or "aks" => AzureAsync(client, name == "aks", cancellationToken),
        "heroku" => Task.FromResult(Pairs(
            ("cloud.provider", Environment.GetEnvironmentVariable("HEROKU_DYNO_ID") is null ? null : "heroku"), ("service.instance.id", Environment.GetEnvironmentVariable("HEROKU_DYNO_ID")),
            ("heroku.app.id", Environment.GetEnvironmentVariable("HEROKU_APP_ID")), ("service.name", Environment.GetEnvironmentVariable("HEROKU_APP_NAME")))),
        _ => Task.FromResult(new List<KeyValuePair<string, object?>>()),
    };

    /// <summary><c>OTEL_RESOURCE_ATTRIBUTES</c>: key=value with commas, percent-encoded.</summary>
    private static List<KeyValuePair<string, object?>> FromEnvironment()
    {
        var text = Environment.GetEnvironmentVariable("OTEL_RESOURCE_ATTRIBUTES") ?? "";
        var found = new List<KeyValuePair<string, object?>>();
        foreach (var pair in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                found.Add(new(pair[..equals].Trim(), Uri.UnescapeDataString(pair[(equals + 1)..].Trim().Trim('"'))));
            }
        }

        return found;
    }

    private async Task<List<KeyValuePair<string, object?>>> SystemAsync(CancellationToken cancellationToken)
    {
        string? host = null;
        foreach (var source in options.HostnameSources)
        {
            try
            {
                host = source switch
                {
                    "os" => Environment.MachineName,
                    _ => (await Dns.GetHostEntryAsync(Environment.MachineName, cancellationToken).ConfigureAwait(false)).HostName,
                };
            }
            catch (SocketException)
            {
                continue;
            }

            if (!string.IsNullOrEmpty(host))
            {
                break;
            }
        }

        return Pairs(
            ("host.name", host ?? Environment.MachineName), ("os.type", OperatingSystem.IsLinux() ? "linux" : OperatingSystem.IsWindows() ? "windows" : "darwin"),
            ("host.arch", RuntimeInformation.OSArchitecture switch { Architecture.X64 => "amd64", Architecture.Arm64 => "arm64", Architecture.X86 => "x86", Architecture.Arm => "arm32", var other => other.ToString().ToLowerInvariant() }),
            ("host.id", File.Exists("/etc/machine-id") ? (await File.ReadAllTextAsync("/etc/machine-id", cancellationToken).ConfigureAwait(false)).Trim() : null),
            ("os.description", RuntimeInformation.OSDescription));
    }

    private static async Task<List<KeyValuePair<string, object?>>> DockerAsync(CancellationToken cancellationToken)
    {
        const string socketPath = "/var/run/docker.sock";
        if (!File.Exists(socketPath))
        {
            throw new IOException($"there is no {socketPath}; mount it");
        }

        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = static async (_, token) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), token).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        using var info = JsonDocument.Parse(await client.GetStringAsync(new Uri("http://docker/info"), cancellationToken).ConfigureAwait(false));
        return Pairs(("host.name", Text(info.RootElement, "Name")), ("os.type", Text(info.RootElement, "OSType")));
    }

    private List<KeyValuePair<string, object?>> Node() => Pairs(("k8s.node.name", Environment.GetEnvironmentVariable(options.NodeFromEnvVar) ?? Environment.GetEnvironmentVariable("OTEL_K8S_NODE_NAME")));

    private static async Task<List<KeyValuePair<string, object?>>> GoogleAsync(HttpClient client, CancellationToken cancellationToken)
    {
        async Task<string> GetAsync(string path)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://169.254.169.254/computeMetadata/v1/{path}");
            request.Headers.Add("Metadata-Flavor", "Google");
            using var response = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            return response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false) : "";
        }

        var project = await GetAsync("project/project-id").ConfigureAwait(false);
        var zone = (await GetAsync("instance/zone").ConfigureAwait(false)).Split('/')[^1];
        var cluster = await GetAsync("instance/attributes/cluster-name").ConfigureAwait(false);
        return Pairs(
            ("cloud.provider", "gcp"), ("cloud.platform", cluster.Length > 0 ? "gcp_kubernetes_engine" : "gcp_compute_engine"), ("cloud.account.id", project), ("cloud.availability_zone", zone),
            ("cloud.region", zone.Contains('-', StringComparison.Ordinal) ? zone[..zone.LastIndexOf('-')] : null), ("k8s.cluster.name", cluster),
            ("host.id", await GetAsync("instance/id").ConfigureAwait(false)), ("host.name", await GetAsync("instance/name").ConfigureAwait(false)),
            ("host.type", (await GetAsync("instance/machine-type").ConfigureAwait(false)).Split('/')[^1]));
    }

    private static async Task<List<KeyValuePair<string, object?>>> AmazonAsync(HttpClient client, CancellationToken cancellationToken)
    {
        using var ask = new HttpRequestMessage(HttpMethod.Put, "http://169.254.169.254/latest/api/token");
        ask.Headers.Add("X-aws-ec2-metadata-token-ttl-seconds", "60");
        using var answer = await client.SendAsync(ask, cancellationToken).ConfigureAwait(false);
        answer.EnsureSuccessStatusCode();
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://169.254.169.254/latest/dynamic/instance-identity/document");
        request.Headers.Add("X-aws-ec2-metadata-token", await answer.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false));
        using var response = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false));
        var root = document.RootElement;
        return Pairs(
            ("cloud.provider", "aws"), ("cloud.platform", "aws_ec2"), ("cloud.account.id", Text(root, "accountId")), ("cloud.region", Text(root, "region")),
            ("cloud.availability_zone", Text(root, "availabilityZone")), ("host.id", Text(root, "instanceId")), ("host.type", Text(root, "instanceType")), ("host.image.id", Text(root, "imageId")));
    }

    private static async Task<List<KeyValuePair<string, object?>>> ContainersOfAmazonAsync(HttpClient client, CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable("ECS_CONTAINER_METADATA_URI_V4") is not { } address)
        {
            return [];
        }

        using var task = JsonDocument.Parse(await client.GetStringAsync(new Uri($"{address}/task"), cancellationToken).ConfigureAwait(false));
        return Pairs(
            ("cloud.provider", "aws"), ("cloud.platform", "aws_ecs"), ("aws.ecs.cluster.arn", Text(task.RootElement, "Cluster")), ("aws.ecs.task.arn", Text(task.RootElement, "TaskARN")),
            ("aws.ecs.task.family", Text(task.RootElement, "Family")), ("aws.ecs.task.revision", Text(task.RootElement, "Revision")), ("cloud.availability_zone", Text(task.RootElement, "AvailabilityZone")),
            ("aws.ecs.launchtype", Text(task.RootElement, "LaunchType")?.ToLowerInvariant()));
    }

    private static List<KeyValuePair<string, object?>> Lambda() => Environment.GetEnvironmentVariable("AWS_LAMBDA_FUNCTION_NAME") is not { } function
        ? []
        : Pairs(
            ("cloud.provider", "aws"), ("cloud.platform", "aws_lambda"), ("cloud.region", Environment.GetEnvironmentVariable("AWS_REGION")), ("faas.name", function),
            ("faas.version", Environment.GetEnvironmentVariable("AWS_LAMBDA_FUNCTION_VERSION")), ("faas.instance", Environment.GetEnvironmentVariable("AWS_LAMBDA_LOG_STREAM_NAME")));

    private static async Task<List<KeyValuePair<string, object?>>> AzureAsync(HttpClient client, bool isKubernetes, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://169.254.169.254/metadata/instance/compute?api-version=2020-09-01&format=json");
        request.Headers.Add("Metadata", "true");
        using var response = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false));
        var root = document.RootElement;
        if (isKubernetes)
        {
            // Named MC_group_cluster_region by the service.
            var parts = Text(root, "resourceGroupName")?.Split('_') ?? [];
            return Pairs(("cloud.provider", "azure"), ("cloud.platform", "azure_aks"), ("k8s.cluster.name", parts is ["MC" or "mc", _, var cluster, ..] ? cluster : null));
        }

        return Pairs(
            ("cloud.provider", "azure"), ("cloud.platform", "azure_vm"), ("host.name", Text(root, "name")), ("cloud.region", Text(root, "location")), ("host.id", Text(root, "vmId")),
            ("cloud.account.id", Text(root, "subscriptionId")), ("azure.vm.size", Text(root, "vmSize")), ("azure.resourcegroup.name", Text(root, "resourceGroupName")));
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.ValueKind == JsonValueKind.String ? value.GetString() : value.ToString() : null;

    private static List<KeyValuePair<string, object?>> Pairs(params (string Key, string? Value)[] pairs) =>
        [.. pairs.Where(static pair => !string.IsNullOrEmpty(pair.Value)).Select(static pair => new KeyValuePair<string, object?>(pair.Key, pair.Value))];
}
