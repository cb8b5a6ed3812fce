using Amazon.S3.Model;
using Clew.Buckets.S3;
using Clew.Buckets.Tests.Support;
using Clew.Interchange.Tempo;
using Clew.Storage.Backends.Remote;
using Clew.Storage.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using System.Diagnostics.Metrics;

namespace Clew.Interchange.Tests;

/// <summary>Tempo's blocks in a real S3 server, imported into a store in another bucket of it.</summary>
[Trait("area", "storage")]
public sealed class TempoGatewayTests(RadosGateway gateway) : IClassFixture<RadosGateway>, IDisposable
{
    private const string Tenant = "single-tenant";

    private readonly TempFolder _source = new();
    private readonly TempFolder _scratch = new();
    private readonly Meters _meters = new();

    public void Dispose()
    {
        _meters.Dispose();
        _source.Dispose();
        _scratch.Dispose();
    }

    [Theory]
    [InlineData("vParquet3", 131)]
    [InlineData("vParquet4", 141)]
    [InlineData("vParquet5", 151)]
    public async Task Blocks_come_from_one_bucket_into_another_whole_and_once(string format, int seed)
    {
        var traces = TempoModel.Make(seed, 40);
        TempoFiles.WriteBlock(_source.Path, Tenant, format, traces);
        var bucket = await gateway.BucketAsync();
        using (var admin = gateway.Admin())
        {
            foreach (var file in Directory.EnumerateFiles(_source.Path, "*", SearchOption.AllDirectories))
            {
                await admin.PutObjectAsync(new PutObjectRequest
                {
                    BucketName = bucket, Key = "old/tempo/" + Path.GetRelativePath(_source.Path, file).Replace('\\', '/'), FilePath = file, UseChunkEncoding = false,
                });
            }
        }

        using var tempo = Open(bucket, "old/tempo");
        using var store = Open(await gateway.BucketAsync(), "clew");
        var reports = new List<TempoBlockReport>();
        Task<int> ImportAsync() => new TempoImport(new TempoBucket(tempo, tempo.Name, _scratch.Path), store, TimeProvider.System, reports.Add).RunAsync(null, null, default);
        Assert.Equal(0, await ImportAsync());
        Assert.Equal(TempoImportTests.Expected(traces), await TempoImportTests.StoredAsync(store, Tenant));
        Assert.Equal(0, await ImportAsync());
        Assert.Equal([TempoBlockOutcome.Imported, TempoBlockOutcome.AlreadyThere], reports.Select(static report => report.Outcome));
        Assert.Equal(TempoImportTests.Expected(traces), await TempoImportTests.StoredAsync(store, Tenant));
        Assert.Empty(Directory.EnumerateFiles(_scratch.Path, "*", SearchOption.AllDirectories));
    }

    private RemoteObjectStore Open(string bucket, string prefix) => new(
        new S3Client(new S3ClientOptions { Bucket = bucket, Endpoint = gateway.Endpoint, AccessKey = RadosGateway.AccessKey, SecretKey = RadosGateway.SecretKey, Insecure = true }),
        new RemoteStoreOptions { Prefix = prefix }, TimeProvider.System, new RemoteMetrics(_meters), NullLogger.Instance);

    private sealed class Meters : IMeterFactory
    {
        private readonly List<Meter> _meters = [];

        public Meter Create(MeterOptions options)
        {
            var meter = new Meter(options);
            _meters.Add(meter);
            return meter;
        }

        public void Dispose() => _meters.ForEach(static meter => meter.Dispose());
    }
}
