using System.Text;
using System.Text.Json;
using Clew.Pipeline.Exporters.Sending;
using Clew.Pipeline.Tests.Support;
using Confluent.Kafka;

namespace Clew.Pipeline.Tests.Exporters;

/// <summary>The Kafka protocol against librdkafka's own mock cluster.</summary>
public sealed class KafkaSenderTests : IDisposable
{
    private readonly IProducer<Null, string> _cluster = new ProducerBuilder<Null, string>(
        new ProducerConfig(new Dictionary<string, string> { ["test.mock.num.brokers"] = "1", ["bootstrap.servers"] = "127.0.0.1:1" })).SetLogHandler(static (_, _) => { }).Build();

    public void Dispose() => _cluster.Dispose();

    [Theory]
    [InlineData(KafkaEncoding.OtlpProto, false, 1)]
    [InlineData(KafkaEncoding.OtlpProto, true, 2)]
    [InlineData(KafkaEncoding.OtlpJson, false, 1)]
    [InlineData(KafkaEncoding.ZipkinJson, false, 1)]
    [InlineData(KafkaEncoding.ZipkinProto, false, 1)]
    [InlineData(KafkaEncoding.JaegerProto, false, 3)]
    [InlineData(KafkaEncoding.JaegerJson, false, 3)]
    public async Task Messages_reach_the_brokers(KafkaEncoding encoding, bool byTrace, int expected)
    {
        using var admin = new DependentAdminClientBuilder(_cluster.Handle).Build();
        var broker = admin.GetMetadata(TimeSpan.FromSeconds(30)).Brokers[0];
        var brokers = $"{broker.Host}:{broker.Port}";
        var topic = $"spans-{encoding}-{byTrace}";
        await using var sender = new KafkaSender(new KafkaSenderOptions
        {
            Topic = topic, Encoding = encoding, PartitionByTrace = byTrace, Timeout = TimeSpan.FromSeconds(30), Client = new Dictionary<string, string> { ["bootstrap.servers"] = brokers },
        });
        using var batch = JsonBatch.Spans(
            """{"key":"service.name","value":{"stringValue":"shop"}}""",
            """{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0000000000000001","name":"a"}""",
            """{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0000000000000002","name":"b"}""",
            """{"traceId":"0102030405060708090a0b0c0d0e0f11","spanId":"0000000000000003","name":"c"}""");

        Assert.Equal(SendStatus.Delivered, (await sender.SendAsync(batch.Bytes, null, CancellationToken.None)).Status);

        var values = Consume(brokers, topic, expected);
        Assert.Equal(expected, values.Count);
        if (encoding == KafkaEncoding.OtlpProto && !byTrace)
        {
            Assert.Equal(batch.Bytes.ToArray(), values[0]);
        }

        if (encoding is KafkaEncoding.OtlpJson or KafkaEncoding.ZipkinJson or KafkaEncoding.JaegerJson)
        {
            using var document = JsonDocument.Parse(Encoding.UTF8.GetString(values[0]));
            Assert.NotEqual(JsonValueKind.Undefined, document.RootElement.ValueKind);
        }
    }

    [Fact]
    public async Task Brokers_that_do_not_answer_are_tried_again()
    {
        await using var sender = new KafkaSender(new KafkaSenderOptions
        {
            Topic = "none", Timeout = TimeSpan.FromMilliseconds(200), Client = new Dictionary<string, string> { ["bootstrap.servers"] = "127.0.0.1:1", ["message.timeout.ms"] = "300" },
        });
        Assert.Equal(SendStatus.Retry, (await sender.SendAsync(new byte[] { 1 }, null, CancellationToken.None)).Status);
    }

    private static List<byte[]> Consume(string brokers, string topic, int count)
    {
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig { BootstrapServers = brokers, GroupId = "test", AutoOffsetReset = AutoOffsetReset.Earliest })
            .SetLogHandler(static (_, _) => { }).Build();
        consumer.Subscribe(topic);
        var values = new List<byte[]>();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (values.Count < count)
        {
            values.Add(consumer.Consume(limit.Token).Message.Value);
        }

        consumer.Close();
        return values;
    }
}
