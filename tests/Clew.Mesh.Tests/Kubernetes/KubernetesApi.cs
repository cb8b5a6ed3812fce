using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace Clew.Mesh.Tests.Kubernetes;

/// <summary>
/// Plays the answers of <c>tests/corpus/kubernetes</c> as an API server does: lists, and watches that stay open until the test ends them.
/// </summary>
internal sealed class KubernetesApi : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, string> _lists = new();
    private readonly ConcurrentDictionary<string, Channel<string>> _watches = new();
    private readonly ConcurrentDictionary<string, int> _counts = new();
    private readonly ConcurrentBag<Task> _answers = [];
    private readonly Task _serving;
    private readonly string _folder = Directory.CreateTempSubdirectory("clew-kube").FullName;

    public KubernetesApi()
    {
        foreach (var file in Directory.EnumerateFiles(Corpus(), "*.json"))
        {
            _lists[Path.GetFileNameWithoutExtension(file)] = File.ReadAllText(file);
        }

        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        }

        _listener.Prefixes.Add(Address + "/");
        _listener.Start();
        Kubeconfig = Path.Combine(_folder, "config");
        File.WriteAllText(Kubeconfig, $$$"""
            apiVersion: v1
            kind: Config
            current-context: test
            clusters: [{name: test, cluster: {server: "{{{Address}}}"}}]
            users: [{name: test, user: {token: none}}]
            contexts: [{name: test, context: {cluster: test, user: test}}]
            """);
        _serving = Task.Run(ServeAsync);
    }

    public string Address { get; }

    /// <summary>A file that points kubectl's successors here.</summary>
    public string Kubeconfig { get; }

    /// <summary>Kinds (in the plural) that this client may not read.</summary>
    public ConcurrentDictionary<string, bool> Forbidden { get; } = new();

    /// <summary>How often a kind was listed.</summary>
    public int ListsOf(string kind) => _counts.GetValueOrDefault(kind);

    public string ListOf(string kind) => _lists[kind];

    public void Replace(string kind, string list) => _lists[kind] = list;

    /// <summary>Sends an event to who watches a kind.</summary>
    public void Push(string kind, string type, string json) => Watch(kind).Writer.TryWrite($$$"""{"type":"{{{type}}}","object":{{{json}}}}""");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Close();
        await _serving;
        await Task.WhenAll(_answers);
        _stop.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private Channel<string> Watch(string kind) => _watches.GetOrAdd(kind, static _ => Channel.CreateUnbounded<string>());

    private async Task ServeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                _answers.Add(Task.Run(() => AnswerAsync(context)));
            }
            catch (Exception fault) when (fault is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var kind = context.Request.Url!.AbsolutePath.Split('/')[^1];
        try
        {
            if (Forbidden.ContainsKey(kind))
            {
                await WriteAsync(context.Response, 403, $$"""{"kind":"Status","apiVersion":"v1","status":"Failure","message":"{{kind}} is forbidden","reason":"Forbidden","code":403}""");
            }
            else if (!_lists.TryGetValue(kind, out var list))
            {
                await WriteAsync(context.Response, 404, """{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404}""");
            }
            else if (context.Request.QueryString["watch"] is "true" or "1")
            {
                context.Response.ContentType = "application/json";
                context.Response.SendChunked = true;
                await context.Response.OutputStream.FlushAsync(_stop.Token);
                await foreach (var line in Watch(kind).Reader.ReadAllAsync(_stop.Token))
                {
                    await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), _stop.Token);
                    await context.Response.OutputStream.FlushAsync(_stop.Token);
                    if (line.StartsWith("""{"type":"ERROR""", StringComparison.Ordinal))
                    {
                        break;
                    }
                }
            }
            else
            {
                await WriteAsync(context.Response, 200, list);
                _counts.AddOrUpdate(kind, 1, static (_, count) => count + 1);
            }

            context.Response.Close();
        }
        catch (Exception fault) when (fault is OperationCanceledException or HttpListenerException or ObjectDisposedException or IOException or InvalidOperationException)
        {
            context.Response.Abort();
        }
    }

    private static async Task WriteAsync(HttpListenerResponse response, int status, string json)
    {
        response.StatusCode = status;
        response.ContentType = "application/json";
        await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(json));
    }

    private static string Corpus()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Clew.slnx")))
            {
                return Path.Combine(folder.FullName, "tests", "corpus", "kubernetes");
            }
        }

        throw new DirectoryNotFoundException("no Clew.slnx above the test");
    }
}
