using Clew.Server.Configuration;
using Clew.Server.Configuration.Rendering;

namespace Clew.Server.Tests.Configuration;

/// <summary>Both files of the user guide, exactly as printed.</summary>
public sealed class UserGuideTests
{
    private const string Tempo = "tempo-values.yaml";
    private const string Otel = "otel-values.yaml";

    [Fact]
    public void Tempo_values_say_where_spans_go_and_how_long_they_stay()
    {
        var config = Load.Guide.Files(Tempo).Good();

        Assert.Equal(StorageBackend.S3, config.Storage.Backend);
        Assert.Equal("tempo-data", config.Storage.S3.Bucket);
        Assert.Equal("minio.minio.svc.cluster.local:9000", config.Storage.S3.Endpoint);
        Assert.Equal("minioadmin", config.Storage.S3.AccessKey.Reveal());
        Assert.Equal("minioadmin", config.Storage.S3.SecretKey.Reveal());
        Assert.True(config.Storage.S3.Insecure);
        Assert.Equal(TimeSpan.FromHours(168), config.Retention.Default);
        Assert.Equal([new Endpoint("0.0.0.0", 3200)], config.Server.Http);
        var otlp = Assert.IsType<OtlpReceiverConfig>(config.Pipeline.Receivers[new ComponentId("otlp")]);
        Assert.Equal(new Endpoint("0.0.0.0", 4317), otlp.Grpc!.Endpoint);
        Assert.Equal(new Endpoint("0.0.0.0", 4318), otlp.Http!.Endpoint);
        var jaeger = Assert.IsType<JaegerReceiverConfig>(config.Pipeline.Receivers[new ComponentId("jaeger")]);
        Assert.Equal(new Endpoint("0.0.0.0", 14250), jaeger.Grpc!.Endpoint);
        Assert.Equal(new Endpoint("0.0.0.0", 14268), jaeger.ThriftHttp!.Endpoint);
        Assert.True(config.HasStore);
    }

    [Fact]
    public void Tempo_values_can_be_served_with_their_bucket() =>
        Assert.DoesNotContain(Load.Guide.Files(Tempo).Good().NotInThisVersion, note => note.Refuses);

    [Fact]
    public void Tempo_values_with_a_local_backend_can_be_served()
    {
        var config = Load.Guide.With([Tempo], "storage.backend=local").Good();

        Assert.Equal(StorageBackend.Local, config.Storage.Backend);
        Assert.Equal("tempo-data", config.Storage.S3.Bucket);
        Assert.DoesNotContain(config.NotInThisVersion, note => note.Refuses);
    }

    [Fact]
    public void Collector_values_make_a_collector_that_samples_and_sends_on()
    {
        var config = Load.Guide.Files(Otel).Good();

        var pipeline = Assert.Single(config.Pipeline.Pipelines);
        Assert.Equal(["batch", "probabilistic_sampler"], pipeline.Processors.Select(id => id.ToString()));
        Assert.Equal(["otlp"], pipeline.Exporters.Select(id => id.ToString()));
        var batch = Assert.IsType<BatchProcessorConfig>(config.Pipeline.Processors[new ComponentId("batch")]);
        Assert.Equal(TimeSpan.FromSeconds(10), batch.Timeout);
        Assert.Equal(1024, batch.SendBatchSize);
        var sampler = Assert.IsType<ProbabilisticSamplerConfig>(config.Pipeline.Processors[new ComponentId("probabilistic_sampler")]);
        Assert.Equal(10f, sampler.SamplingPercentage);
        var exporter = Assert.IsType<OtlpGrpcExporterConfig>(config.Pipeline.Exporters[new ComponentId("otlp")]);
        Assert.Equal(new Uri("http://tempo.tracing.svc.cluster.local:4317"), exporter.Address);
        Assert.False(config.HasStore);
        Assert.DoesNotContain(config.NotInThisVersion, note => note.Refuses);
    }

    [Fact]
    public void Collector_values_bring_the_receivers_of_the_chart_unless_they_are_null_or_the_pipelines_are_strict()
    {
        var joined = Load.Guide.Files(Otel).Good();
        var strict = Load.Guide.With([Otel], "service.strict=true").Good();
        var nulled = Load.Guide.WithFile("null.yaml", "config: {receivers: {jaeger: null, zipkin: null}}").Files(Otel, "null.yaml").Good();

        Assert.Equal(["otlp", "jaeger", "zipkin"], Assert.Single(joined.Pipeline.Pipelines).Receivers.Select(id => id.ToString()));
        Assert.True(joined.Pipeline.Receivers[new ComponentId("jaeger")].IsChartDefault);
        Assert.Equal(["otlp"], Assert.Single(strict.Pipeline.Pipelines).Receivers.Select(id => id.ToString()));
        Assert.True(strict.Pipeline.Strict);
        Assert.Equal(["otlp"], Assert.Single(nulled.Pipeline.Pipelines).Receivers.Select(id => id.ToString()));
    }

    [Theory]
    [InlineData(Otel, Tempo)]
    [InlineData(Tempo, Otel)]
    public void Both_together_are_one_process_in_which_the_exporter_is_the_store(string first, string second)
    {
        var config = Load.Guide.With([first, second], "storage.backend=local").Good();

        Assert.Equal(2, config.Pipeline.Pipelines.Count);
        var pipeline = config.Pipeline.Pipelines[0];
        Assert.Equal(["otlp", "jaeger", "zipkin"], pipeline.Receivers.Select(id => id.ToString()));
        Assert.Equal(["jaeger/tempo"], config.Pipeline.Pipelines[1].Receivers.Select(id => id.ToString()));
        Assert.Equal(["batch", "probabilistic_sampler"], pipeline.Processors.Select(id => id.ToString()));
        Assert.Equal(["store"], pipeline.Exporters.Select(id => id.ToString()));
        Assert.True(config.HasStore);
        Assert.Contains("exporter otlp → tempo.tracing.svc.cluster.local:4317 is the store of this process; nothing is sent over the network", config.Origin.InProcess);
        Assert.Contains("on ports 4317, 4318, 6831, 14250, 14268, which both files name, the Collector's pipeline applies", config.Origin.InProcess);
        Assert.DoesNotContain(config.Origin.Warnings, warning => !warning.Contains("authentication", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("guide-tempo", Tempo)]
    [InlineData("guide-otel", Otel)]
    [InlineData("guide-both", Tempo, Otel)]
    public void Summary_fits_on_a_screen_and_says_it_all(string golden, params string[] files)
    {
        var result = Load.Guide.Files(files);

        var summary = StartupSummary.Render(result.Good(), "0.0.0");
        Golden.Matches($"{golden}.summary.txt", summary);
        Assert.InRange(summary.Split('\n').Length, 10, 40);
        Assert.DoesNotContain("minioadmin", summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Effective_configuration_names_the_source_of_each_value_and_no_secret()
    {
        var result = Load.Guide.Files(Tempo, Otel);

        var yaml = EffectiveWriter.Yaml(result.Effective!);
        Golden.Matches("guide-both.config.yaml", yaml);
        Golden.Matches("guide-both.config.json", EffectiveWriter.Json(result.Effective!));
        Assert.DoesNotContain("minioadmin", yaml, StringComparison.Ordinal);
    }
}
