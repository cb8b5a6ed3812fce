using System.Buffers.Binary;
using System.Text.Json;
using Clew.Model;
using Clew.Query.Tests.Support;

namespace Clew.Api.Tests.V1;

/// <summary>The skeleton as a browser reads it, from the format's page alone, and spans in full.</summary>
public sealed class TraceViewTests
{
    private static readonly Dictionary<string, int> Sizes = new() { ["u8"] = 1, ["u16"] = 2, ["u32"] = 4, ["i32"] = 4, ["u64"] = 8, ["f64"] = 8 };

    [Fact]
    public async Task Skeleton_is_what_the_format_says()
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        var (header, columns) = await SkeletonAsync(api, "/api/v1/traces/abc/skeleton");

        Assert.Equal("00000000000000000000000000000abc", header.GetProperty("traceId").GetString());
        Assert.Equal("1700000000000000000", header.GetProperty("startUnixNano").GetString());
        Assert.Equal((250_000_000, 2, 0, 2, 2), (header.GetProperty("durationNanos").GetInt64(), header.GetProperty("spans").GetInt32(), header.GetProperty("errors").GetInt32(), header.GetProperty("depth").GetInt32(), header.GetProperty("rows").GetInt32()));
        Assert.Equal(JsonValueKind.Null, header.GetProperty("cut").ValueKind);
        Assert.Equal([0.0, 1], columns["row"]);
        Assert.Equal([1.0, 2], columns["spanId"]);
        Assert.Equal([-1.0, 0], columns["parent"]);
        Assert.Equal([1.0, 0], columns["descendants"]);
        Assert.Equal([0.0, 1], columns["depth"]);
        Assert.Equal([0.0, 10_000_000], columns["start"]);
        Assert.Equal([250_000_000.0, 40_000_000], columns["duration"]);
        Assert.Equal([210_000_000.0, 40_000_000], columns["self"]);
        Assert.Equal(["web", "db"], columns["service"].Select(index => header.GetProperty("services")[(int)index].GetString()));
        Assert.Equal(["GET /", "query"], columns["name"].Select(index => header.GetProperty("names")[(int)index].GetString()));
        Assert.Equal([2.0, 3], columns["kind"]);
        Assert.Equal([4.0, 3], columns["attributes"]);
        Assert.Equal([2.0, 2], columns["flags"]);
    }

    [Fact]
    public async Task Windows_and_depths_fit_together()
    {
        var spans = Enumerable.Range(0, 1000).Select(static i => new TestSpan
        {
            TraceId = new TraceId(0, 7), Id = new SpanId((ulong)i + 1), ParentId = new SpanId((ulong)(i + 9) / 10), Start = TestSpan.Epoch + i, Duration = 10_000 - i,
            Events = [.. Enumerable.Range(0, i % 4).Select(static n => new TestEvent("e", n))],
        }).ToArray();
        await using var api = await ApiFixture.StartAsync(spans);
        var (_, whole) = await SkeletonAsync(api, "/api/v1/traces/7/skeleton");
        var (pieces, ticks) = (new List<double>(), new List<double>());
        for (var from = 0; from < 1000; from += 300)
        {
            var (header, piece) = await SkeletonAsync(api, $"/api/v1/traces/7/skeleton?from={from}&count=300");
            Assert.Equal(1000, header.GetProperty("spans").GetInt32());
            pieces.AddRange(piece["spanId"]);
            Assert.Equal(piece["ticks"].Sum(), piece["tick"].Length);
            ticks.AddRange(piece["tick"]);
        }

        Assert.Equal(whole["spanId"], pieces);
        Assert.Equal(1500, ticks.Count);
        Assert.Equal(whole["tick"], ticks);
        Assert.Equal(whole["row"].SelectMany(row => Enumerable.Range(0, (int)whole["ticks"][(int)row]).Select(n => whole["start"][(int)row] + n)), whole["tick"]);
        var (_, shallow) = await SkeletonAsync(api, "/api/v1/traces/7/skeleton?depth=1");
        Assert.Equal(whole["row"].Where(row => whole["depth"][(int)row] <= 1), shallow["row"]);
        var (_, beyond) = await SkeletonAsync(api, "/api/v1/traces/7/skeleton?from=5000");
        Assert.Empty(beyond["row"]);
    }

    [Theory]
    [InlineData("ids=1", "0000000000000001")]
    [InlineData("ids=0000000000000002,1,77", "0000000000000001 0000000000000002")]
    [InlineData("from=1&count=5", "0000000000000002")]
    public async Task Spans_come_in_full(string query, string expected)
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        var (status, _, body) = await api.GetAsync("/api/v1/traces/abc/spans?" + query);
        Assert.True(status == 200, body);
        var spans = JsonDocument.Parse(body).RootElement.GetProperty("resourceSpans").EnumerateArray().SelectMany(static r => r.GetProperty("scopeSpans").EnumerateArray()).SelectMany(static s => s.GetProperty("spans").EnumerateArray());
        Assert.Equal(expected, string.Join(' ', spans.Select(static span => span.GetProperty("spanId").GetString()).Order()));
    }

    [Theory]
    [InlineData("/api/v1/traces/999/skeleton", 404, "trace not found")]
    [InlineData("/api/v1/traces/xyz/skeleton", 400, "trace IDs can only contain hex characters")]
    [InlineData("/api/v1/traces/abc/spans", 400, "which spans? give ids, or from and count")]
    [InlineData("/api/v1/traces/abc/spans?ids=q", 400, "invalid ids: 'q' is not a span id")]
    [InlineData("/api/v1/traces/abc/spans?from=0&count=9999", 400, "invalid count: 9999 is more than 5000")]
    public async Task Bad_question_is_answered_in_words(string path, int status, string start)
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        var answer = await api.GetAsync(path);
        Assert.Equal(status, answer.Status);
        Assert.StartsWith(start, answer.Body);
    }

    private static async Task<(JsonElement Header, Dictionary<string, double[]> Columns)> SkeletonAsync(ApiFixture api, string path)
    {
        using var answer = await api.Client.GetAsync(path);
        var bytes = await answer.Content.ReadAsByteArrayAsync();
        Assert.Equal((200, "application/vnd.clew.skeleton"), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Equal("CLEWSKL1"u8.ToArray(), bytes[..8]);
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8));
        var start = 12 + length;
        Assert.Equal(0, start % 8);
        var header = JsonDocument.Parse(bytes.AsMemory(12, length)).RootElement;
        var rows = header.GetProperty("rows").GetInt32();
        var columns = new Dictionary<string, double[]>();
        foreach (var column in header.GetProperty("columns").EnumerateObject())
        {
            var (type, offset) = (column.Value.GetProperty("type").GetString()!, column.Value.GetProperty("offset").GetInt32());
            Assert.Equal(0, offset % 8);
            var values = column.Value.TryGetProperty("values", out var own) ? own.GetInt32() : rows;
            columns[column.Name] = [.. Enumerable.Range(0, values).Select(row => Value(bytes.AsSpan(start + offset + (row * Sizes[type])), type))];
        }

        return (header, columns);
    }

    private static double Value(ReadOnlySpan<byte> bytes, string type) => type switch
    {
        "u8" => bytes[0],
        "u16" => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        "u32" => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        "i32" => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        "u64" => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        _ => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
    };
}
