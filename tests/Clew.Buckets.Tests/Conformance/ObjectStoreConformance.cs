using System.Text;
using Clew.Storage.Backends;

namespace Clew.Buckets.Tests.Conformance;

/// <summary>What every backend must do, said once and run over each of them.</summary>
public abstract class ObjectStoreConformance : IAsyncLifetime
{
    /// <summary>The store under test, empty at the start of each test.</summary>
    public abstract IObjectStore Store { get; }

    public virtual ValueTask InitializeAsync() => default;

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return default;
    }

    [Fact]
    public async Task Put_object_comes_back_whole_and_in_ranges()
    {
        var content = Bytes(1, 300_000);
        await Store.PutAsync("a/blocks/1/spans.parquet", new MemoryStream(content), default);

        Assert.Equal(content, await Store.GetAsync("a/blocks/1/spans.parquet", default));
        Assert.Equal(content.Length, await Store.SizeAsync("a/blocks/1/spans.parquet", default));
        foreach (var (offset, length) in ((int, int)[])[(0, 1), (0, 300_000), (299_999, 1), (4_096, 70_000), (1, 299_998)])
        {
            var range = new byte[length];
            Assert.Equal(length, await Store.ReadRangeAsync("a/blocks/1/spans.parquet", offset, range, default));
            Assert.Equal(content.AsSpan(offset, length).ToArray(), range);
        }
    }

    [Fact]
    public async Task Range_past_the_end_is_cut_and_answers_how_much_there_was()
    {
        await Store.PutAsync("short", new MemoryStream([1, 2, 3, 4]), default);
        var range = new byte[10];
        Assert.Equal(2, await Store.ReadRangeAsync("short", 2, range, default));
        Assert.Equal([3, 4], range[..2]);
        Assert.Equal(0, await Store.ReadRangeAsync("short", 4, range, default));
        Assert.Equal(0, await Store.ReadRangeAsync("short", 1_000_000, range, default));
        Assert.Equal(0, await Store.ReadRangeAsync("short", 0, Memory<byte>.Empty, default));
    }

    [Fact]
    public async Task Missing_object_is_a_value_everywhere()
    {
        Assert.Null(await Store.GetAsync("not/there", default));
        Assert.Null(await Store.SizeAsync("not/there", default));
        Assert.Equal(-1, await Store.ReadRangeAsync("not/there", 0, new byte[3], default));
        await Store.DeleteAsync("not/there", default);
    }

    [Fact]
    public async Task Empty_object_is_there()
    {
        await Store.PutAsync("empty", new MemoryStream(), default);
        Assert.Empty((await Store.GetAsync("empty", default))!);
        Assert.Equal(0, await Store.SizeAsync("empty", default));
        Assert.Equal(0, await Store.ReadRangeAsync("empty", 0, new byte[3], default));
    }

    [Fact]
    public async Task Second_put_replaces_the_first_whole()
    {
        await Store.PutAsync("manifest/hint", new MemoryStream(Bytes(2, 5_000)), default);
        await Store.PutAsync("manifest/hint", new MemoryStream([7]), default);
        Assert.Equal([7], await Store.GetAsync("manifest/hint", default));
    }

    [Fact]
    public async Task Put_if_absent_takes_a_free_key_and_leaves_a_taken_one()
    {
        Assert.True(await Store.PutIfAbsentAsync("m/1", Encoding.UTF8.GetBytes("first"), default));
        Assert.False(await Store.PutIfAbsentAsync("m/1", Encoding.UTF8.GetBytes("second"), default));
        Assert.Equal("first", Encoding.UTF8.GetString((await Store.GetAsync("m/1", default))!));
        await Store.DeleteAsync("m/1", default);
        Assert.True(await Store.PutIfAbsentAsync("m/1", Encoding.UTF8.GetBytes("third"), default));
    }

    [Fact]
    public async Task Of_many_who_put_one_key_if_absent_exactly_one_wins_and_its_bytes_stay()
    {
        for (var round = 0; round < 5; round++)
        {
            var key = $"race/{round}";
            var won = await Task.WhenAll(Enumerable.Range(0, 8).Select(
                writer => Task.Run(async () => await Store.PutIfAbsentAsync(key, Encoding.UTF8.GetBytes($"writer {writer}"), default))));
            Assert.Single(won, static it => it);
            Assert.Equal($"writer {Array.IndexOf(won, true)}", Encoding.UTF8.GetString((await Store.GetAsync(key, default))!));
        }
    }

    [Fact]
    public async Task Listing_is_complete_in_order_and_only_of_the_prefix()
    {
        string[] keys = ["t/blocks/a/1", "t/blocks/a/2", "t/blocks/b/1", "t/manifest/1", "tt/x", "t-1/x"];
        foreach (var key in keys.Reverse())
        {
            await Store.PutAsync(key, new MemoryStream([1]), default);
        }

        Assert.Equal(["t/blocks/a/1", "t/blocks/a/2", "t/blocks/b/1"], await ListAsync("t/blocks/"));
        Assert.Equal(["t/blocks/a/1", "t/blocks/a/2", "t/blocks/b/1", "t/manifest/1"], await ListAsync("t/"));
        Assert.Equal(keys.Order(StringComparer.Ordinal), await ListAsync(""));
        Assert.Empty(await ListAsync("none/"));
    }

    [Fact]
    public async Task Folders_are_named_without_what_is_in_them()
    {
        foreach (var key in (string[])["a/1", "a/2/x", "a-b/1", "b/c/d", "top"])
        {
            await Store.PutAsync(key, new MemoryStream([1]), default);
        }

        Assert.Equal(["a", "a-b", "b"], (await FoldersAsync("")).Order(StringComparer.Ordinal));
        Assert.Equal(["2"], await FoldersAsync("a/"));
        Assert.Empty(await FoldersAsync("b/c/"));
    }

    [Fact]
    public async Task Deleted_object_is_gone_and_its_neighbours_stay()
    {
        await Store.PutAsync("d/1", new MemoryStream([1]), default);
        await Store.PutAsync("d/2", new MemoryStream([2]), default);
        await Store.DeleteAsync("d/1", default);
        Assert.Equal(["d/2"], await ListAsync("d/"));
        Assert.Equal([2], await Store.GetAsync("d/2", default));
    }

    [Fact]
    public async Task Large_object_from_a_stream_that_cannot_seek_comes_back_equal()
    {
        var content = Bytes(3, (12 << 20) + 17);
        await Store.PutAsync("large", new OneWay(content), default);
        Assert.Equal(content.Length, await Store.SizeAsync("large", default));
        foreach (var offset in (int[])[0, (5 << 20) - 100, (10 << 20) - 100, content.Length - 200])
        {
            var range = new byte[200];
            Assert.Equal(200, await Store.ReadRangeAsync("large", offset, range, default));
            Assert.Equal(content.AsSpan(offset, 200).ToArray(), range);
        }
    }

    [Theory]
    [InlineData("with space")]
    [InlineData("plus+equals=and&percent%41")]
    [InlineData("추적/블록")]
    [InlineData("it's (fine)!~*")]
    public async Task Key_of_any_shape_names_one_object(string key)
    {
        await Store.PutAsync(key, new MemoryStream([5]), default);
        Assert.Equal([5], await Store.GetAsync(key, default));
        Assert.True(await Store.PutIfAbsentAsync(key + ".2", new byte[] { 6 }, default));
        Assert.Equal([key, key + ".2"], await ListAsync(key));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/../b")]
    [InlineData("a//b")]
    public async Task Key_that_could_leave_the_prefix_is_refused(string key) =>
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.GetAsync(key, default));

    [Fact]
    public async Task Cancelled_call_ends_as_cancelled()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.PutIfAbsentAsync("c", new byte[] { 1 }, cancelled.Token));
        Assert.Null(await Store.SizeAsync("c", default));
    }

    protected async Task<List<string>> ListAsync(string prefix)
    {
        var keys = new List<string>();
        await foreach (var key in Store.ListAsync(prefix, default))
        {
            keys.Add(key);
        }

        return keys;
    }

    private async Task<List<string>> FoldersAsync(string parent)
    {
        var names = new List<string>();
        await foreach (var name in Store.ListFoldersAsync(parent, default))
        {
            names.Add(name);
        }

        return names;
    }

    private static byte[] Bytes(int seed, int count)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Gives its bytes once, in pieces of odd sizes.</summary>
    private sealed class OneWay(byte[] content) : Stream
    {
        private int _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var taken = Math.Min(Math.Min(count, 77_777), content.Length - _position);
            Array.Copy(content, _position, buffer, offset, taken);
            _position += taken;
            return taken;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
