using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Clew.Pipeline.Components;
using Clew.Receivers.Listeners;
using Clew.Receivers.Otlp;
using Clew.Receivers.Tests.Support;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clew.Receivers.Tests.Otlp;

public sealed class OtlpReceiverTests
{
    [Fact]
    public async Task Receiver_can_be_stopped_and_started_again_on_its_port()
    {
        var address = new ListenAddress("127.0.0.1", FreePort.Next());
        await using var fixture = await ReceiverFixture.StartAsync(new OtlpReceiverOptions { Grpc = new OtlpGrpcOptions { Address = address }, Http = null });
        await fixture.Grpc.ExportAsync(Requests.Spans());
        await fixture.Receiver.StopAsync(CancellationToken.None);
        Assert.Empty(fixture.Receiver.GrpcEndPoints);
        Assert.Empty(fixture.GrpcStatus.EndPoints);
        await fixture.Receiver.StartAsync(CancellationToken.None);
        await fixture.Grpc.ExportAsync(Requests.Spans());
        Assert.Equal(2, fixture.GrpcStatus.AcceptedSpans);
    }

    [Fact]
    public async Task Address_in_use_is_an_error_that_names_receiver_and_address_and_leaves_nothing_open()
    {
        await using var first = await ReceiverFixture.StartAsync();
        var taken = new ListenAddress("127.0.0.1", first.Receiver.GrpcEndPoints[0].Port);
        var free = new ListenAddress("127.0.0.1", FreePort.Next());
        var options = new OtlpReceiverOptions { Grpc = new OtlpGrpcOptions { Address = free }, Http = new OtlpHttpOptions { Address = taken } };
        var e = await Assert.ThrowsAsync<IOException>(() => ReceiverFixture.StartAsync(options));
        Assert.Contains("receiver 'otlp' cannot listen", e.Message, StringComparison.Ordinal);
        Assert.Contains(taken.ToString(), e.Message, StringComparison.Ordinal);
        await using var second = await ReceiverFixture.StartAsync(new OtlpReceiverOptions { Grpc = new OtlpGrpcOptions { Address = free }, Http = null });
    }

    [Fact]
    public async Task Stopping_waits_for_the_answer_of_requests_under_way()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        var entered = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        fixture.Receiver.Consumer = new SlowConsumer(entered, release);
        var export = fixture.Grpc.ExportAsync(Requests.Spans());
        await entered.Task;
        var stop = fixture.Receiver.StopAsync(CancellationToken.None);
        Assert.False(stop.IsCompleted);
        release.SetResult();
        Assert.Empty(await export);
        await stop;
    }

    [Fact]
    public async Task Counters_carry_receiver_and_transport()
    {
        var log = new CapturedLog();
        await using var provider = ReceiverFixture.Services(log);
        var meters = provider.GetRequiredService<IMeterFactory>();
        var seen = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name == "Clew.Receivers" && ReferenceEquals(instrument.Meter.Scope, meters))
                {
                    l.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            lock (seen)
            {
                seen.Add($"{instrument.Name}{{{string.Join(",", tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}}} {value}");
            }
        });
        listener.Start();
        var receiver = new OtlpReceiver(
            new ComponentId("otlp", "edge"), ReceiverFixture.DefaultOptions, new RecordingConsumer(),
            new ReceiverServices(provider.GetRequiredService<ILoggerFactory>(), meters, TimeProvider.System));
        await receiver.StartAsync(CancellationToken.None);
        using var channel = GrpcChannel.ForAddress($"http://{receiver.GrpcEndPoints[0]}");
        var request = Requests.Spans(good: 3, bad: 2);
        await new OtlpGrpcClient(channel).ExportAsync(request);
        using var http = new HttpClient();
        await http.GetAsync(new Uri($"http://{receiver.HttpEndPoints[0]}/v1/traces"));
        await receiver.StopAsync(CancellationToken.None);
        Assert.Equal(
            [
                "clew_receiver_requests{receiver=otlp/edge,transport=grpc} 1",
                $"clew_receiver_received_bytes{{receiver=otlp/edge,transport=grpc}} {request.Length}",
                "otelcol_receiver_accepted_spans{receiver=otlp/edge,transport=grpc} 3",
                "otelcol_receiver_refused_spans{receiver=otlp/edge,transport=grpc} 2",
                "clew_receiver_refused_requests{receiver=otlp/edge,transport=http,reason=wrong_method} 1",
            ],
            seen);
    }

    [Fact]
    public async Task Connections_are_asked_to_end_at_their_age_and_no_call_fails()
    {
        var clock = new ManualClock();
        await using var fixture = await ReceiverFixture.StartAsync(
            new OtlpReceiverOptions { Grpc = new OtlpGrpcOptions { Address = ReceiverFixture.AnyPort, MaxConnectionAge = TimeSpan.FromMinutes(5) }, Http = null }, clock);
        var connections = 0;
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, token) =>
            {
                Interlocked.Increment(ref connections);
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                await socket.ConnectAsync(context.DnsEndPoint, token);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        };
        using var channel = GrpcChannel.ForAddress($"http://{fixture.Receiver.GrpcEndPoints[0]}", new GrpcChannelOptions { HttpHandler = handler });
        var client = new OtlpGrpcClient(channel);
        await client.ExportAsync(Requests.Spans());
        clock.Advance(TimeSpan.FromSeconds(331));
        while (Volatile.Read(ref connections) < 2)
        {
            await client.ExportAsync(Requests.Spans());
        }
    }

    [Fact]
    public async Task With_a_certificate_both_protocols_are_served_over_tls()
    {
        using var certificate = Certificate("localhost");
        var tls = new ListenerTls { CertificatePem = certificate.ExportCertificatePem(), KeyPem = KeyPem(certificate) };
        await using var fixture = await ReceiverFixture.StartAsync(TlsOptions(tls));
        SocketsHttpHandler Trusting() => new() { SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, served, _, _) => served!.GetCertHashString() == certificate.GetCertHashString() } };
        using var channel = GrpcChannel.ForAddress($"https://{fixture.Receiver.GrpcEndPoints[0]}", new GrpcChannelOptions { HttpHandler = Trusting(), DisposeHttpClient = true });
        await new OtlpGrpcClient(channel).ExportAsync(Requests.Spans());
        using var http = new HttpClient(Trusting());
        var response = await http.PostAsync(new Uri($"https://{fixture.Receiver.HttpEndPoints[0]}/v1/traces"), new StringContent(Requests.Json, new System.Net.Http.Headers.MediaTypeHeaderValue("application/json")));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, fixture.Consumer.Batches.Count);
    }

    [Fact]
    public async Task With_a_client_authority_only_its_clients_are_let_in()
    {
        using var server = Certificate("localhost");
        using var client = Certificate("client");
        using var stranger = Certificate("stranger");
        var tls = new ListenerTls { CertificatePem = server.ExportCertificatePem(), KeyPem = KeyPem(server), ClientAuthorityPem = client.ExportCertificatePem() };
        await using var fixture = await ReceiverFixture.StartAsync(TlsOptions(tls));
        foreach (var (certificate, allowed) in new[] { (client, true), (stranger, false), (null, false) })
        {
            using var handler = new SocketsHttpHandler
            {
                SslOptions = new SslClientAuthenticationOptions
                {
                    RemoteCertificateValidationCallback = (_, _, _, _) => true,
                    LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
                },
            };
            using var http = new HttpClient(handler);
            var get = http.GetAsync(new Uri($"https://{fixture.Receiver.HttpEndPoints[0]}/"));
            if (allowed)
            {
                Assert.Equal(HttpStatusCode.OK, (await get).StatusCode);
            }
            else
            {
                await Assert.ThrowsAsync<HttpRequestException>(() => get);
            }
        }
    }

    [Fact]
    public async Task Renewed_certificate_is_served_to_new_connections_and_a_broken_one_is_not()
    {
        using var first = Certificate("first");
        using var second = Certificate("second");
        var files = new ListenerTls { CertificatePem = first.ExportCertificatePem(), KeyPem = KeyPem(first) };
        var current = files;
        var tls = new ListenerTls { CertificatePem = files.CertificatePem, KeyPem = files.KeyPem, Renew = () => current, RenewInterval = TimeSpan.Zero };
        await using var fixture = await ReceiverFixture.StartAsync(TlsOptions(tls));
        Assert.Equal(first.GetCertHashString(), await ServedAsync());

        current = new ListenerTls { CertificatePem = second.ExportCertificatePem(), KeyPem = KeyPem(first) };
        Assert.Equal(first.GetCertHashString(), await ServedAsync());

        current = new ListenerTls { CertificatePem = second.ExportCertificatePem(), KeyPem = KeyPem(second) };
        Assert.Equal(second.GetCertHashString(), await ServedAsync());

        async Task<string> ServedAsync()
        {
            var seen = "";
            using var handler = new SocketsHttpHandler
            {
                SslOptions = new SslClientAuthenticationOptions
                {
                    RemoteCertificateValidationCallback = (_, served, _, _) =>
                    {
                        seen = served!.GetCertHashString();
                        return true;
                    },
                },
            };
            using var http = new HttpClient(handler);
            using var answer = await http.GetAsync(new Uri($"https://{fixture.Receiver.HttpEndPoints[0]}/"));
            return seen;
        }
    }

    [Fact]
    public async Task Unix_sockets_are_listened_on_and_leftovers_of_ended_processes_replaced()
    {
        var folder = Directory.CreateTempSubdirectory("clew-unix-");
        try
        {
            var path = Path.Combine(folder.FullName, "otlp.sock");
            using (var leftover = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified))
            {
                leftover.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(path));
            }

            await using var fixture = await ReceiverFixture.StartAsync(new OtlpReceiverOptions
            {
                Grpc = new OtlpGrpcOptions { UnixSocket = path }, Http = new OtlpHttpOptions { UnixSocket = path + ".http" },
            });
            using var channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = Over(path), DisposeHttpClient = true });
            await new OtlpGrpcClient(channel).ExportAsync(Requests.Spans());
            using var http = new HttpClient(Over(path + ".http"));
            var response = await http.PostAsync(new Uri("http://localhost/v1/traces"), new StringContent(Requests.Json, new System.Net.Http.Headers.MediaTypeHeaderValue("application/json")));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(2, fixture.Consumer.Batches.Count);
            Assert.Equal([$"unix:{path}", $"unix:{path}.http"], fixture.Receiver.Status.SelectMany(status => status.EndPoints));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        static SocketsHttpHandler Over(string path) => new()
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
                await socket.ConnectAsync(new System.Net.Sockets.UnixDomainSocketEndPoint(path), cancellationToken);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        };
    }

    private static OtlpReceiverOptions TlsOptions(ListenerTls tls) => new()
    {
        Grpc = new OtlpGrpcOptions { Address = ReceiverFixture.AnyPort, Tls = tls }, Http = new OtlpHttpOptions { Address = ReceiverFixture.AnyPort, Tls = tls },
    };

    /// <summary>Self-signed, with its private key, for servers and clients.</summary>
    private static X509Certificate2 Certificate(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }

    private static string KeyPem(X509Certificate2 certificate)
    {
        using var key = certificate.GetRSAPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem();
    }

    private sealed class SlowConsumer(TaskCompletionSource entered, TaskCompletionSource release) : ITraceConsumer
    {
        public async ValueTask<ConsumeResult> ConsumeAsync(Clew.Otlp.Batches.TraceBatch batch, CancellationToken cancellationToken)
        {
            entered.SetResult();
            await release.Task;
            return ConsumeResult.Accepted;
        }
    }
}
