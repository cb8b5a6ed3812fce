using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Clew.Receivers.Listeners;
using Clew.Receivers.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clew.Receivers.Tests.Listeners;

public sealed class SharedPortTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task One_port_answers_http1_and_http2_with_prior_knowledge()
    {
        await using var server = await Server.StartAsync();
        using var client = new HttpClient { BaseAddress = server.Address };
        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20, HttpVersion.Version11, HttpVersion.Version20 })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            var response = await client.SendAsync(request);
            Assert.Equal($"HTTP/{(version.Major == 1 ? "1.1" : "2")}", await response.Content.ReadAsStringAsync());
        }
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("PROPFIND")]
    [InlineData("P")]
    [InlineData("PRI")]
    public async Task Http1_request_that_comes_byte_by_byte_is_answered(string method)
    {
        await using var server = await Server.StartAsync();
        using var client = await server.ConnectAsync();
        foreach (var b in Encoding.ASCII.GetBytes($"{method} / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
        {
            client.Send([b]);
        }

        Assert.StartsWith("HTTP/1.1 200 OK", await ReadAllAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Http2_preface_that_comes_byte_by_byte_is_answered_with_settings()
    {
        await using var server = await Server.StartAsync();
        using var client = await server.ConnectAsync();
        foreach (var b in "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0"u8.ToArray())
        {
            client.Send([b]);
        }

        var frame = new byte[9];
        using var stream = new NetworkStream(client);
        await stream.ReadExactlyAsync(frame).AsTask().WaitAsync(Patience);
        // The fourth byte of a frame is its type; 4 is SETTINGS.
        Assert.Equal(4, frame[3]);
    }

    [Fact]
    public async Task Tls_on_a_plaintext_port_is_sent_away_counted_and_logged_once_a_minute()
    {
        var clock = new ManualClock();
        await using var server = await Server.StartAsync(clock: clock);
        for (var i = 0; i < 3; i++)
        {
            await SpeakTlsAsync(server);
        }

        Assert.Equal(3, server.Port.TlsAttempts);
        Assert.Single(server.Log.At(LogLevel.Warning));
        clock.Advance(TimeSpan.FromMinutes(1));
        await SpeakTlsAsync(server);
        var lines = server.Log.At(LogLevel.Warning).ToArray();
        Assert.Equal(2, lines.Length);
        Assert.StartsWith($"127.0.0.1 spoke TLS to the plaintext port {server.Port}", lines[1], StringComparison.Ordinal);
        Assert.Contains("(2 more since the last such line)", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connection_that_sends_nothing_is_closed_after_its_time()
    {
        var clock = new ManualClock();
        await using var server = await Server.StartAsync(clock: clock);
        using var silent = await server.ConnectAsync();
        using var halfway = await server.ConnectAsync();
        halfway.Send("PRI * HT"u8);
        foreach (var client in new[] { silent, halfway })
        {
            var end = ReadAllAsync(client);
            while (!end.IsCompleted)
            {
                // Until the server has accepted the connection its time does not run.
                clock.Advance(TimeSpan.FromSeconds(31));
                await Task.Yield();
            }

            Assert.Equal("", await end);
        }

        using var http = new HttpClient { BaseAddress = server.Address };
        Assert.Equal("HTTP/1.1", await http.GetStringAsync("/"));
    }

    [Fact]
    public async Task Too_many_silent_connections_end_the_oldest_and_others_are_served()
    {
        await using var server = await Server.StartAsync(new SharedPortOptions { MaxWaiting = 2 });
        using var first = await server.ConnectAsync();
        using var second = await server.ConnectAsync();
        using var third = await server.ConnectAsync();
        Assert.Equal("", await ReadAllAsync(first));
        foreach (var client in new[] { second, third })
        {
            client.Send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8);
            Assert.StartsWith("HTTP/1.1 200 OK", await ReadAllAsync(client), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Client_that_connects_and_leaves_does_no_harm()
    {
        await using var server = await Server.StartAsync();
        for (var i = 0; i < 20; i++)
        {
            using var client = await server.ConnectAsync();
            if (i % 2 == 0)
            {
                client.LingerState = new LingerOption(true, 0);
            }
        }

        using var http = new HttpClient { BaseAddress = server.Address };
        Assert.Equal("HTTP/1.1", await http.GetStringAsync("/"));
        Assert.Empty(server.Log.At(LogLevel.Error));
    }

    [Fact]
    public async Task Many_connections_at_once_each_get_their_protocol()
    {
        await using var server = await Server.StartAsync();
        await Parallel.ForEachAsync(Enumerable.Range(0, 100), new ParallelOptions { MaxDegreeOfParallelism = 20 }, async (i, _) =>
        {
            using var client = new HttpClient { BaseAddress = server.Address };
            using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Version = new Version(1 + (i % 2), i % 2 == 0 ? 1 : 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            var response = await client.SendAsync(request, CancellationToken.None);
            Assert.Equal(i % 2 == 0 ? "HTTP/1.1" : "HTTP/2", await response.Content.ReadAsStringAsync(CancellationToken.None));
        });
    }

    [Fact]
    public async Task Stopping_ends_silent_connections_and_frees_the_port()
    {
        var server = await Server.StartAsync();
        var port = server.Port.BoundEndPoints[0].Port;
        using var silent = await server.ConnectAsync();
        await server.DisposeAsync();
        Assert.Equal("", await ReadAllAsync(silent));
        await using var next = await Server.StartAsync(address: new ListenAddress("127.0.0.1", port));
        using var http = new HttpClient { BaseAddress = next.Address };
        Assert.Equal("HTTP/1.1", await http.GetStringAsync("/"));
    }

    [Fact]
    public async Task Address_in_use_is_an_error_that_names_it()
    {
        await using var server = await Server.StartAsync();
        var e = await Assert.ThrowsAsync<IOException>(() => Server.StartAsync(address: new ListenAddress("127.0.0.1", server.Port.BoundEndPoints[0].Port)));
        Assert.Contains(server.Port.BoundEndPoints[0].ToString(), e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("")]
    public async Task Hosts_that_stand_for_several_addresses_answer_on_loopback(string host)
    {
        await using var server = await Server.StartAsync(address: new ListenAddress(host, FreePort.Next()));
        using var http = new HttpClient();
        Assert.Equal("HTTP/1.1", await http.GetStringAsync($"http://127.0.0.1:{server.Port.BoundEndPoints[0].Port}/"));
        if (host != "0.0.0.0" && Socket.OSSupportsIPv6)
        {
            Assert.Equal("HTTP/1.1", await http.GetStringAsync($"http://[::1]:{server.Port.BoundEndPoints[0].Port}/"));
        }
    }

    private static async Task SpeakTlsAsync(Server server)
    {
        using var client = await server.ConnectAsync();
        using var tls = new SslStream(new NetworkStream(client));
        await Assert.ThrowsAnyAsync<Exception>(() => tls.AuthenticateAsClientAsync("localhost").WaitAsync(Patience));
    }

    /// <summary>What the server sends until it closes; a reset counts as the end.</summary>
    private static async Task<string> ReadAllAsync(Socket client)
    {
        using var memory = new MemoryStream();
        using var stream = new NetworkStream(client);
        try
        {
            await stream.CopyToAsync(memory).WaitAsync(Patience);
        }
        catch (IOException)
        {
        }

        return Encoding.ASCII.GetString(memory.ToArray());
    }

    private sealed class Server : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private Server(WebApplication app, SharedPort port, CapturedLog log)
        {
            _app = app;
            Port = port;
            Log = log;
        }

        public SharedPort Port { get; }

        public CapturedLog Log { get; }

        public Uri Address => new($"http://127.0.0.1:{Port.BoundEndPoints[0].Port}");

        public static async Task<Server> StartAsync(SharedPortOptions? options = null, ListenAddress? address = null, TimeProvider? clock = null)
        {
            var log = new CapturedLog();
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.Logging.AddProvider(log);
            builder.Services.AddSingleton(clock ?? TimeProvider.System);
            builder.Services.AddRouting();
            builder.Services.AddSharedPorts();
            SharedPort? port = null;
            builder.WebHost.UseKestrelCore();
            builder.WebHost.ConfigureKestrel(server => port = server.ListenShared(address ?? new ListenAddress("127.0.0.1", 0), options));
            var app = builder.Build();
            app.Run(context => context.Response.WriteAsync(context.Request.Protocol));
            try
            {
                await app.StartAsync();
            }
            catch
            {
                await app.DisposeAsync();
                throw;
            }

            return new Server(app, port!, log);
        }

        public async Task<Socket> ConnectAsync()
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, Port.BoundEndPoints[0].Port);
            return socket;
        }

        public async ValueTask DisposeAsync()
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
    }
}
