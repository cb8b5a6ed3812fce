using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Clew.Server.Commands;
using Clew.Server.Demo;
using Clew.Server.Tests.Configuration;

namespace Clew.Server.Tests.Commands;

/// <summary>The commands that ask or feed a server: what they tell people when it goes wrong.</summary>
public sealed class ClientCommandTests
{
    [Theory]
    [InlineData("ftp://shop")]
    [InlineData("http://")]
    public async Task Demo_refuses_an_endpoint_it_cannot_send_to(string endpoint)
    {
        var (code, _, error) = await RunAsync("demo", "--endpoint", endpoint, "--requests", "1");

        Assert.Equal(ExitCode.ConfigurationError, code);
        Assert.Equal($"clew demo: endpoint '{endpoint}' is not an address; use http://host:4317 for gRPC or http://host:4318/v1/traces for HTTP\n", error);
    }

    [Fact]
    public async Task Demo_sends_as_a_tenant()
    {
        await using var server = new OneAnswer("HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n");

        var (code, output, _) = await RunAsync("demo", "--endpoint", $"{server.Address}v1/traces", "--requests", "1", "--tenant", "shop-a");

        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("\"requests\":1", output, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Scope-OrgID: shop-a\r\n", await server.RequestHead, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("query", "{ }")]
    [InlineData("trace", "abc")]
    public async Task Server_with_tenants_is_met_with_the_option_that_names_one(string command, string argument)
    {
        await using var server = new OneAnswer("HTTP/1.1 401 Unauthorized\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nno org id");

        var (code, _, error) = await RunAsync(command, argument, "--server", server.Address.ToString());

        Assert.Equal(ExitCode.RuntimeFailure, code);
        Assert.Equal("clew: no org id; this server has tenants, name one with --tenant\n", error);
    }

    [Fact]
    public async Task No_server_is_said_in_a_sentence()
    {
        var address = new Uri("http://127.0.0.1:1/");

        var (code, _, error) = await RunAsync("query", "{ }", "--server", address.ToString());

        Assert.Equal(ExitCode.RuntimeFailure, code);
        Assert.Equal($"clew: no answer from {address}: Connection refused (127.0.0.1:1). Is the server running? Name another with --server.\n", error);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        var root = ClewCommandLine.Build(
            static (_, _) => Task.FromResult(ExitCode.Ok), Load.Machine, [QueryCommand.Create(), TraceCommand.Create(), DemoCommand.Create()]);
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await ClewCommandLine.RunAsync(root, args, new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>Takes one connection on a free port and gives the same answer to whatever is asked.</summary>
    private sealed class OneAnswer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public OneAnswer(string answer)
        {
            _listener.Start();
            RequestHead = AnswerAsync(answer);
        }

        public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

        public Task<string> RequestHead { get; }

        public async ValueTask DisposeAsync()
        {
            await RequestHead;
            _listener.Dispose();
        }

        private async Task<string> AnswerAsync(string answer)
        {
            using var connection = await _listener.AcceptTcpClientAsync();
            var stream = connection.GetStream();
            var bytes = new byte[1 << 16];
            var request = new StringBuilder();
            while (!IsWhole(request.ToString()))
            {
                var read = await stream.ReadAsync(bytes);
                if (read == 0)
                {
                    break;
                }

                request.Append(Encoding.Latin1.GetString(bytes, 0, read));
            }

            await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
            return request.ToString();
        }

        /// <summary>The body must have been read before the connection closes, or the sender sees a reset in place of the answer.</summary>
        private static bool IsWhole(string request)
        {
            var head = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (head < 0)
            {
                return false;
            }

            const string Length = "\r\nContent-Length: ";
            var length = request.IndexOf(Length, 0, head, StringComparison.OrdinalIgnoreCase);
            return length < 0 || request.Length - head - 4 >= int.Parse(request.AsSpan(length + Length.Length, request.IndexOf('\r', length + 2) - length - Length.Length), provider: null);
        }
    }
}
