using System.Text;
using Clew.Storage.Backends;
using Clew.Storage.Tests.Support;

namespace Clew.Storage.Tests.Backends;

public sealed class LocalObjectStoreTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Object_is_read_back_whole_and_in_ranges()
    {
        var store = new LocalObjectStore(_folder.Path);
        await store.PutAsync("t/a/b.bin", new MemoryStream("0123456789"u8.ToArray()), CancellationToken.None);
        Assert.Equal("0123456789"u8.ToArray(), await store.GetAsync("t/a/b.bin", CancellationToken.None));
        Assert.Equal(10, await store.SizeAsync("t/a/b.bin", CancellationToken.None));
        var range = new byte[4];
        Assert.Equal(4, await store.ReadRangeAsync("t/a/b.bin", 3, range, CancellationToken.None));
        Assert.Equal("3456", Encoding.ASCII.GetString(range));
        Assert.Equal(1, await store.ReadRangeAsync("t/a/b.bin", 9, range, CancellationToken.None));
        Assert.Equal(0, await store.ReadRangeAsync("t/a/b.bin", 10, range, CancellationToken.None));
    }

    [Fact]
    public async Task Missing_object_is_a_value_not_an_error()
    {
        var store = new LocalObjectStore(_folder.Path);
        Assert.Null(await store.GetAsync("t/none", CancellationToken.None));
        Assert.Null(await store.SizeAsync("t/none", CancellationToken.None));
        Assert.Equal(-1, await store.ReadRangeAsync("t/none", 0, new byte[1], CancellationToken.None));
        await store.DeleteAsync("t/none", CancellationToken.None);
    }

    [Fact]
    public async Task Of_many_writers_of_one_key_exactly_one_wins_and_its_bytes_stay()
    {
        var store = new LocalObjectStore(_folder.Path);
        for (var round = 0; round < 20; round++)
        {
            var key = $"t/manifest/{round:d4}.json";
            var writers = Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
                (Writer: writer, Won: await store.PutIfAbsentAsync(key, Encoding.ASCII.GetBytes($"writer {writer}"), CancellationToken.None)))).ToArray();
            var winner = Assert.Single(await Task.WhenAll(writers), outcome => outcome.Won);
            Assert.Equal($"writer {winner.Writer}", Encoding.ASCII.GetString((await store.GetAsync(key, CancellationToken.None))!));
        }
    }

    [Fact]
    public async Task Listing_is_in_order_by_prefix_and_shows_no_unfinished_writes()
    {
        var store = new LocalObjectStore(_folder.Path);
        foreach (var key in (string[])["t/blocks/2/meta.json", "t/blocks/1/spans.parquet", "t/blocks/1/meta.json", "u/blocks/9/meta.json"])
        {
            await store.PutAsync(key, new MemoryStream([1]), CancellationToken.None);
        }

        var found = new List<string>();
        await foreach (var key in store.ListAsync("t/blocks/", CancellationToken.None))
        {
            found.Add(key);
        }

        Assert.Equal(["t/blocks/1/meta.json", "t/blocks/1/spans.parquet", "t/blocks/2/meta.json"], found);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../outside")]
    [InlineData("a/../../outside")]
    [InlineData("a//b")]
    [InlineData("a/./b")]
    public async Task Key_that_could_leave_the_folder_is_refused(string key)
    {
        var store = new LocalObjectStore(_folder.Path);
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.PutAsync(key, new MemoryStream([1]), CancellationToken.None));
    }

    [Fact]
    public async Task Failed_put_leaves_the_old_object_and_nothing_else()
    {
        var store = new LocalObjectStore(_folder.Path);
        await store.PutAsync("t/a", new MemoryStream("old"u8.ToArray()), CancellationToken.None);
        await Assert.ThrowsAsync<IOException>(async () => await store.PutAsync("t/a", new BrokenStream(), CancellationToken.None));
        Assert.Equal("old"u8.ToArray(), await store.GetAsync("t/a", CancellationToken.None));
        Assert.Equal(0, store.RemoveLeftovers());
    }

    /// <summary>Gives some bytes, then fails.</summary>
    private sealed class BrokenStream : MemoryStream
    {
        private bool _given;

        public override int Read(Span<byte> buffer) => Next(buffer.Length);

        public override int Read(byte[] buffer, int offset, int count) => Next(count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Next(buffer.Length));

        public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) => throw new IOException("the source broke");

        private int Next(int count)
        {
            if (_given)
            {
                throw new IOException("the source broke");
            }

            _given = true;
            return Math.Min(count, 3);
        }
    }
}
