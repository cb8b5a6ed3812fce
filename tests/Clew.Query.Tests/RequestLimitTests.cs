using System.Diagnostics.Metrics;
using Clew.Storage.Backends.Remote;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Query.Tests;

/// <summary>What one query may ask of a bucket.</summary>
public sealed class RequestLimitTests
{
    [Fact]
    public async Task Query_ends_in_words_when_it_has_asked_the_bucket_too_often_and_others_are_not_counted()
    {
        using var meters = new Meters();
        using var bucket = new RemoteObjectStore(new EmptyBucket(), new RemoteStoreOptions(), TimeProvider.System, new RemoteMetrics(meters), NullLogger.Instance);
        var limits = new QueryLimits { MaxRequests = 3 };
        await bucket.GetAsync("before", CancellationToken.None);
        using var own = RequestScope.Begin();
        var budget = new QueryBudget(limits, own);
        for (var i = 0; i < 3; i++)
        {
            await bucket.GetAsync("a", CancellationToken.None);
            budget.RowsScanned(1, 1);
        }

        await bucket.GetAsync("a", CancellationToken.None);
        var ended = Assert.Throws<QueryLimitException>(() => budget.RowsScanned(1, 1));
        Assert.Equal("4 requests were sent to the bucket, 3 are allowed (query.max_requests); narrow the time range or raise the limit", ended.Message);
        new QueryBudget(limits with { MaxRequests = 0 }, own).RowsScanned(1, 1);
    }

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

    private sealed class EmptyBucket : IObjectClient
    {
        public string Name => "an empty bucket";

        public Task<byte[]?> GetAsync(string key, int maxBytes, CancellationToken cancellationToken) => Task.FromResult<byte[]?>(null);

        public Task<int> ReadRangeAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken) => Task.FromResult(-1);

        public Task<long?> SizeAsync(string key, CancellationToken cancellationToken) => Task.FromResult<long?>(null);

        public Task<ListPage> ListAsync(string prefix, char? delimiter, string? continuation, CancellationToken cancellationToken) => Task.FromResult(new ListPage([], [], null));

        public Task PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task DeleteAsync(string key, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<string> BeginUploadAsync(string key, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<string> UploadPartAsync(string key, string upload, int number, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task CompleteUploadAsync(string key, string upload, IReadOnlyList<string> tags, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task AbortUploadAsync(string key, string upload, CancellationToken cancellationToken) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
