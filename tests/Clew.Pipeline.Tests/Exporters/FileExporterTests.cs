using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Otlp.Wire;
using Clew.Pipeline.Components;
using Clew.Pipeline.Exporters;
using Clew.Pipeline.Tests.Support;

namespace Clew.Pipeline.Tests.Exporters;

public sealed class FileExporterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("clew-file-").FullName;

    private string File1 => Path.Combine(_folder, "spans.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Each_request_is_a_line()
    {
        await WriteAsync(new FileExporterOptions { Path = File1 }, Request("shop", 1), Request("shop", 2));
        var lines = await File.ReadAllLinesAsync(File1);
        Assert.Equal(2, lines.Length);
        Assert.Equal(["op 1", "op 2"], lines.Select(static line => JsonNode.Parse(line)!["resourceSpans"]![0]!["scopeSpans"]![0]!["spans"]![0]!["name"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public async Task File_that_is_there_is_emptied_or_appended_to(bool append, int lines)
    {
        var options = new FileExporterOptions { Path = File1, Append = append };
        await WriteAsync(options, Request("shop", 1));
        await WriteAsync(options, Request("shop", 2));
        Assert.Equal(lines, (await File.ReadAllLinesAsync(File1)).Length);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task Messages_stand_behind_their_length(bool isProto, bool isCompressed)
    {
        await WriteAsync(new FileExporterOptions { Path = File1, IsProto = isProto, Compress = isCompressed }, Request("shop", 1), Request("shop", 2));
        var bytes = await File.ReadAllBytesAsync(File1);
        var names = new List<string>();
        for (var at = 0; at < bytes.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));
            var message = bytes[(at + 4)..(at + 4 + length)];
            at += 4 + length;
            using var decompressor = new ZstdSharp.Decompressor();
            message = isCompressed ? decompressor.Unwrap(message).ToArray() : message;
            names.Add(isProto ? Name(message) : JsonNode.Parse(message)!["resourceSpans"]![0]!["scopeSpans"]![0]!["spans"]![0]!["name"]!.GetValue<string>());
        }

        Assert.Equal(["op 1", "op 2"], names);
    }

    [Fact]
    public async Task Full_file_makes_room_for_the_next_and_the_oldest_go()
    {
        var one = Encoding.UTF8.GetByteCount(JsonBatch.Text(Request("shop", 1))) + 1;
        await WriteAsync(new FileExporterOptions { Path = File1, MaxBytes = one, MaxBackups = 2 }, [.. Enumerable.Range(1, 5).Select(static i => Request("shop", i))]);
        var files = Directory.GetFiles(_folder).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(3, files.Count);
        Assert.Contains("op 5", await File.ReadAllTextAsync(File1), StringComparison.Ordinal);
        Assert.DoesNotContain(files, file => File.ReadAllText(file).Contains("op 1\"", StringComparison.Ordinal));
    }

    /// <summary>A value comes from a sender: it must not name a file elsewhere, nor stand for the files of others.</summary>
    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("*")]
    [InlineData("a\u0000b")]
    public async Task Groups_have_files_of_their_own_inside_the_folder(string service)
    {
        var options = new FileExporterOptions { Path = Path.Combine(_folder, "*.json"), GroupBy = "service.name", MaxBytes = 10, MaxBackups = 1 };
        await WriteAsync(options, Request("shop", 1), Request("shop", 2), Request(service, 3), Request(service, 4), Request("shop", 5));
        var texts = Directory.GetFiles(_folder, "*", SearchOption.AllDirectories).Select(File.ReadAllText).ToList();

        // The newest of each group, and one backup.
        Assert.Equal(4, texts.Count);
        foreach (var name in (string[])["op 2\"", "op 3\"", "op 4\"", "op 5\""])
        {
            Assert.Contains(texts, text => text.Contains(name, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Disk_that_does_not_take_it_is_a_retryable_answer()
    {
        var exporter = new FileExporter(new ComponentId("file"), new FileExporterOptions { Path = Path.Combine(_folder, "missing", "*", "x.json"), GroupBy = "service.name" }, TimeProvider.System);
        await exporter.StartAsync(CancellationToken.None);
        await File.WriteAllTextAsync(Path.Combine(_folder, "missing"), "a file where a folder is needed");
        using var batch = Request("shop", 1);
        Assert.Equal(ConsumeStatus.Unavailable, (await exporter.ConsumeAsync(batch, CancellationToken.None)).Status);
        await exporter.StopAsync(CancellationToken.None);
    }

    private static TraceBatch Request(string service, int id) => JsonBatch.Spans(
        $$$"""{"key":"service.name","value":{"stringValue":{{{System.Text.Json.JsonSerializer.Serialize(service)}}}}}""",
        $$"""{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"{{id:x16}}","name":"op {{id}}"}""");

    private static string Name(byte[] request)
    {
        var buffer = new PooledBuffer();
        buffer.Write(request);
        using var batch = OtlpScanner.Scan(buffer, new BatchContext(TenantId.Single, 0)).Batch!;
        return JsonBatch.Node(batch)["resourceSpans"]![0]!["scopeSpans"]![0]!["spans"]![0]!["name"]!.GetValue<string>();
    }

    private static async Task WriteAsync(FileExporterOptions options, params TraceBatch[] batches)
    {
        var exporter = new FileExporter(new ComponentId("file"), options, TimeProvider.System);
        await exporter.StartAsync(CancellationToken.None);
        foreach (var batch in batches)
        {
            using (batch)
            {
                Assert.True((await exporter.ConsumeAsync(batch, CancellationToken.None)).IsAccepted);
            }
        }

        await exporter.StopAsync(CancellationToken.None);
    }
}
