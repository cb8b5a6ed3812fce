using System.Net;
using System.Text;

namespace Clew.Pipeline.Tests.Support;

/// <summary>
/// Recorded answers of a Kubernetes API, served on loopback to the real client library: no cluster, so nothing behind it says what a live
/// API server does.
/// </summary>
internal sealed class KubernetesApi : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Func<string, string> _answer;

    /// <param name="answer">The JSON for a path. Watches are answered with nothing.</param>
    public KubernetesApi(Func<string, string> answer)
    {
        _answer = answer;
        Address = new Uri($"http://127.0.0.1:{FreePort()}");
        _listener.Prefixes.Add(Address.ToString());
        _listener.Start();
        _ = ServeAsync();
    }

    public Uri Address { get; }

    public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

    /// <summary>Paths with their queries, in order.</summary>
    public List<string> Asked { get; } = [];

    public void Dispose() => _listener.Close();

    private static int FreePort()
    {
        using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception fault) when (fault is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            Asked.Add(context.Request.RawUrl!);
            var body = context.Request.QueryString["watch"] == "true" ? "" : _answer(context.Request.Url!.AbsolutePath);
            context.Response.StatusCode = (int)Status;
            context.Response.ContentType = "application/json";
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
            context.Response.Close();
        }
    }
}
