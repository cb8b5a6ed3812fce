using System.Diagnostics.Metrics;
using System.Net;
using Clew.Pipeline.Components;
using Clew.Receivers.Listeners;
using Clew.Receivers.Otlp;
using Clew.Receivers.Telemetry;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clew.Receivers.Tests.Support;

/// <summary>A running OTLP receiver on free ports of the loopback address, with clients for it.</summary>
internal sealed class ReceiverFixture : IAsyncDisposable
{
    // A receiver on Unix sockets alone has no address; its test brings clients of its own.
    private static readonly IPEndPoint Nowhere = new(IPAddress.Loopback, 1);

    private readonly ServiceProvider _provider;
    private readonly GrpcChannel _channel;

    private ReceiverFixture(ServiceProvider provider, OtlpReceiver receiver, RecordingConsumer consumer, CapturedLog log)
    {
        _provider = provider;
        Receiver = receiver;
        Consumer = consumer;
        Log = log;
        var http = receiver.HttpEndPoints.Concat(receiver.GrpcEndPoints).FirstOrDefault() ?? Nowhere;
        Http = new HttpClient { BaseAddress = new Uri($"http://{http}") };
        Http2 = new HttpClient { BaseAddress = Http.BaseAddress, DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        var grpc = receiver.GrpcEndPoints.Concat(receiver.HttpEndPoints).FirstOrDefault() ?? Nowhere;
        _channel = GrpcChannel.ForAddress($"http://{grpc}", new GrpcChannelOptions { CompressionProviders = ClientCompression.All });
        Grpc = new OtlpGrpcClient(_channel);
    }

    public OtlpReceiver Receiver { get; }

    public RecordingConsumer Consumer { get; }

    public CapturedLog Log { get; }

    /// <summary>Speaks HTTP/1.1 to the HTTP port.</summary>
    public HttpClient Http { get; }

    /// <summary>Speaks HTTP/2 with prior knowledge to the HTTP port.</summary>
    public HttpClient Http2 { get; }

    public OtlpGrpcClient Grpc { get; }

    public ReceiverStatus GrpcStatus => Receiver.Status.Single(status => status.Transport == "grpc");

    public ReceiverStatus HttpStatus => Receiver.Status.Single(status => status.Transport == "http");

    public static ListenAddress AnyPort => new("127.0.0.1", 0);

    public static OtlpReceiverOptions DefaultOptions => new() { Grpc = new OtlpGrpcOptions { Address = AnyPort }, Http = new OtlpHttpOptions { Address = AnyPort } };

    public static async Task<ReceiverFixture> StartAsync(OtlpReceiverOptions? options = null, TimeProvider? clock = null)
    {
        var log = new CapturedLog();
        var provider = Services(log);
        var consumer = new RecordingConsumer();
        var receiver = new OtlpReceiver(
            new ComponentId("otlp"), options ?? DefaultOptions, consumer,
            new ReceiverServices(provider.GetRequiredService<ILoggerFactory>(), provider.GetRequiredService<IMeterFactory>(), clock ?? TimeProvider.System));
        await receiver.StartAsync(CancellationToken.None);
        return new ReceiverFixture(provider, receiver, consumer, log);
    }

    public static ServiceProvider Services(CapturedLog log) =>
        new ServiceCollection().AddMetrics().AddLogging(logging => logging.AddProvider(log).SetMinimumLevel(LogLevel.Debug)).BuildServiceProvider();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Http2.Dispose();
        _channel.Dispose();
        await Receiver.StopAsync(CancellationToken.None);
        await _provider.DisposeAsync();
    }
}
