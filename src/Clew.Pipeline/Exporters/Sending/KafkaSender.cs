using System.Text.Json;
using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Batches;
using Clew.Otlp.Editing;
using Clew.Otlp.Json;
using Clew.Otlp.Wire;
using Confluent.Kafka;

namespace Clew.Pipeline.Exporters.Sending;

/// <summary>How spans are written into messages.</summary>
public enum KafkaEncoding
{
    OtlpProto,
    OtlpJson,
    ZipkinJson,
    ZipkinProto,
    JaegerProto,
    JaegerJson,
}

/// <summary>Settings of <c>kafka</c>, beside those of the client.</summary>
public sealed record KafkaSenderOptions
{
    public required string Topic { get; init; }

    public KafkaEncoding Encoding { get; init; }

    /// <summary>A message for each trace, keyed by its id.</summary>
    public bool PartitionByTrace { get; init; }

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Settings of librdkafka by name.</summary>
    public IReadOnlyDictionary<string, string> Client { get; init; } = new Dictionary<string, string>();
}

/// <summary>Sends to Kafka. A request is delivered when the brokers have acknowledged every message of it.</summary>
public sealed class KafkaSender : ITraceSender
{
    private readonly KafkaSenderOptions _options;
    private readonly IProducer<byte[]?, byte[]> _producer;

    public KafkaSender(KafkaSenderOptions options)
    {
        _options = options;
        Target = $"kafka {options.Client.GetValueOrDefault("bootstrap.servers")} topic {options.Topic}";
        _producer = new ProducerBuilder<byte[]?, byte[]>(new ProducerConfig(options.Client.ToDictionary())).SetLogHandler(static (_, _) => { }).SetErrorHandler(static (_, _) => { }).Build();
    }

    public string Target { get; }

    public async Task<SendOutcome> SendAsync(ReadOnlyMemory<byte> request, BatchContext? context, CancellationToken cancellationToken)
    {
        var messages = Messages(request);
        if (messages is null)
        {
            return new SendOutcome(SendStatus.Refused, "the request in the queue is not readable");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.Timeout);
        try
        {
            await Task.WhenAll(messages.Select(message => _producer.ProduceAsync(_options.Topic, message, limit.Token))).ConfigureAwait(false);
            return SendOutcome.Delivered;
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new SendOutcome(SendStatus.Retry, $"the brokers did not acknowledge within {_options.Timeout.TotalSeconds} s");
        }
        catch (KafkaException fault)
        {
            var isFinal = fault.Error.Code is ErrorCode.MsgSizeTooLarge or ErrorCode.InvalidMsg or ErrorCode.InvalidRecord or ErrorCode.TopicAuthorizationFailed;
            return new SendOutcome(isFinal ? SendStatus.Refused : SendStatus.Retry, fault.Error.Reason);
        }
    }

    public ValueTask DisposeAsync()
    {
        _producer.Flush(_options.Timeout);
        _producer.Dispose();
        return default;
    }

    private List<Message<byte[]?, byte[]>>? Messages(ReadOnlyMemory<byte> request)
    {
        if (_options is { Encoding: KafkaEncoding.OtlpProto, PartitionByTrace: false })
        {
            return [new Message<byte[]?, byte[]> { Value = request.ToArray() }];
        }

        using var copy = new PooledBuffer(request.Length);
        copy.Write(request.Span);
        using var batch = OtlpScanner.Scan(new Unowned(copy), new BatchContext(TenantId.Single, 0), OtlpLimits.AlreadyChecked).Batch;
        if (batch is null)
        {
            return null;
        }

        if (_options.Encoding is KafkaEncoding.JaegerProto or KafkaEncoding.JaegerJson)
        {
            // Jaeger's messages hold one span each and are keyed by the trace.
            return JaegerEncoder.Messages(batch, _options.Encoding == KafkaEncoding.JaegerJson);
        }

        if (!_options.PartitionByTrace)
        {
            return [new Message<byte[]?, byte[]> { Value = Encode(batch) }];
        }

        var messages = new List<Message<byte[]?, byte[]>>();
        foreach (var trace in Enumerable.Range(0, batch.SpanCount).GroupBy(index => batch.Spans[index].TraceId))
        {
            using var composer = new BatchComposer();
            foreach (var index in trace)
            {
                composer.Add(batch, batch.Spans[index]);
            }

            using var part = composer.Build(batch.Context);
            messages.Add(new Message<byte[]?, byte[]> { Key = System.Text.Encoding.ASCII.GetBytes(trace.Key.ToString()), Value = Encode(part) });
        }

        return messages;
    }

    private byte[] Encode(TraceBatch batch)
    {
        using var buffer = new PooledBuffer(batch.Bytes.Length);
        switch (_options.Encoding)
        {
            case KafkaEncoding.OtlpJson:
                using (var json = new Utf8JsonWriter(buffer, OtlpJsonWriter.Options))
                {
                    OtlpJsonWriter.WriteTraces(json, batch.Bytes.Span, OtlpJsonDialect.OtlpHex);
                }

                break;
            case KafkaEncoding.ZipkinJson:
                ZipkinEncoder.WriteJson(batch, "OTLPResourceNoServiceName", buffer);
                break;
            case KafkaEncoding.ZipkinProto:
                ZipkinEncoder.WriteProto(batch, "OTLPResourceNoServiceName", buffer);
                break;
            default:
                return batch.Bytes.ToArray();
        }

        return buffer.Written.ToArray();
    }
}
