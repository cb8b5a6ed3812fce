using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Clew.Otlp.Batches;
using Clew.Otlp.Editing;
using Clew.Otlp.Json;
using Clew.Otlp.Wire;
using Clew.Pipeline.Components;

namespace Clew.Pipeline.Exporters;

/// <summary>Settings of <c>file</c>.</summary>
public sealed record FileExporterOptions
{
    /// <summary>With <see cref="GroupBy"/> it contains one <c>*</c>, which the attribute's value replaces.</summary>
    public required string Path { get; init; }

    public bool IsProto { get; init; }

    public bool Compress { get; init; }

    /// <summary>False empties a file that is there at the start.</summary>
    public bool Append { get; init; }

    public bool CreateDirectory { get; init; }

    /// <summary>Bytes after which a new file begins; null: never.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>Days after which old files are deleted; 0: never.</summary>
    public int MaxDays { get; init; }

    /// <summary>Old files that are kept; 0: all.</summary>
    public int MaxBackups { get; init; } = 100;

    /// <summary>The resource attribute by whose value files are told apart; null: one file.</summary>
    public string? GroupBy { get; init; }

    public int MaxOpenFiles { get; init; } = 100;
}

/// <summary>
/// <c>file</c>: a line of OTLP/JSON for each request, or (protobuf, or compressed) messages each behind its length in four bytes,
/// big-endian. Takes responsibility when the bytes are synced.
/// </summary>
public sealed partial class FileExporter(ComponentId id, FileExporterOptions options, TimeProvider clock) : ITraceExporter
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Dictionary<string, FileStream> _files = [];
    private readonly LinkedList<string> _recent = new();
    private DateTimeOffset _lastRotation;

    public ComponentId Id => id;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.GroupBy is null)
        {
            Open(options.Path, isStart: true);
        }

        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var file in _files.Values)
        {
            await file.DisposeAsync().ConfigureAwait(false);
        }

        _files.Clear();
    }

    public async ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
    {
        if (batch.SpanCount == 0)
        {
            return ConsumeResult.Accepted;
        }

        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (options.GroupBy is null)
            {
                Write(options.Path, batch);
            }
            else
            {
                WriteByGroup(batch, options.GroupBy);
            }

            return ConsumeResult.Accepted;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return ConsumeResult.Unavailable($"exporter {id}: {fault.Message}");
        }
        finally
        {
            _turn.Release();
        }
    }

    private void WriteByGroup(TraceBatch batch, string attribute)
    {
        using var edit = new BatchEdit(batch);
        var values = Enumerable.Range(0, batch.Resources.Length).Select(index => edit.Resource(index).Attributes.Get(attribute) as string ?? "").ToArray();
        foreach (var value in values.Distinct())
        {
            var keep = new bool[batch.SpanCount];
            for (var i = 0; i < keep.Length; i++)
            {
                keep[i] = values[batch.Spans[i].Resource] == value;
            }

            using var part = batch.Select(keep);
            // A value is a name here and must not lead out of the folder.
            Write(options.Path.Replace("*", NotInNames().Replace(value, "_").Replace("..", "_", StringComparison.Ordinal), StringComparison.Ordinal), part);
        }
    }

    private void Write(string path, TraceBatch batch)
    {
        using var buffer = new PooledBuffer(batch.Bytes.Length * 2);
        Encode(batch, buffer);
        var file = Open(path, isStart: false);
        if (options.MaxBytes is { } most && file.Length > 0 && file.Length + buffer.Length > most)
        {
            file = Rotate(path);
        }

        file.Write(buffer.Written);
        file.Flush(flushToDisk: true);
    }

    private void Encode(TraceBatch batch, PooledBuffer buffer)
    {
        if (options is { IsProto: false, Compress: false })
        {
            WriteJson(batch, buffer);
            buffer.Write("\n"u8);
            return;
        }

        using var plain = new PooledBuffer(batch.Bytes.Length);
        if (options.IsProto)
        {
            plain.Write(batch.Bytes.Span);
        }
        else
        {
            WriteJson(batch, plain);
        }

        using var compressor = new ZstdSharp.Compressor(1);
        var message = options.Compress ? compressor.Wrap(plain.Written) : plain.Written;
        BinaryPrimitives.WriteInt32BigEndian(buffer.GetSpan(4), message.Length);
        buffer.Advance(4);
        buffer.Write(message);
    }

    private static void WriteJson(TraceBatch batch, PooledBuffer buffer)
    {
        using var json = new Utf8JsonWriter(buffer, OtlpJsonWriter.Options);
        OtlpJsonWriter.WriteTraces(json, batch.Bytes.Span, OtlpJsonDialect.OtlpHex);
    }

    private FileStream Open(string path, bool isStart)
    {
        if (_files.TryGetValue(path, out var open))
        {
            _recent.Remove(path);
            _recent.AddFirst(path);
            return open;
        }

        if (options.CreateDirectory || options.GroupBy is not null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }

        while (_files.Count >= options.MaxOpenFiles && _recent.Last is { } oldest)
        {
            _files.Remove(oldest.Value, out var closing);
            closing?.Dispose();
            _recent.RemoveLast();
        }

        // Rotation needs what is there; without it the Collector begins an empty file.
        var keeps = options.Append || options.MaxBytes is not null || !isStart;
        var file = new FileStream(path, keeps ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.Read, 1);
        _files.Add(path, file);
        _recent.AddFirst(path);
        return file;
    }

    private FileStream Rotate(string path)
    {
        _files.Remove(path, out var full);
        _recent.Remove(path);
        full?.Dispose();
        // Names are in the order of the rotations, also of those within a millisecond.
        var now = clock.GetUtcNow();
        _lastRotation = now > _lastRotation ? now : _lastRotation.AddMilliseconds(1);
        var extension = Path.GetExtension(path);
        var stem = path[..^extension.Length];
        var backup = NameOf(_lastRotation);
        while (File.Exists(backup))
        {
            _lastRotation = _lastRotation.AddMilliseconds(1);
            backup = NameOf(_lastRotation);
        }

        File.Move(path, backup);
        DeleteOld(stem, extension);
        return Open(path, isStart: false);

        string NameOf(DateTimeOffset time) => $"{stem}-{time.ToString("yyyy-MM-dd'T'HH-mm-ss.fff", CultureInfo.InvariantCulture)}{extension}";
    }

    private void DeleteOld(string stem, string extension)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(stem))!;
        var backups = Directory.GetFiles(folder, $"{Path.GetFileName(stem)}-????-??-??T*{extension}").OrderDescending(StringComparer.Ordinal).ToList();
        var oldest = clock.GetUtcNow().AddDays(-options.MaxDays).UtcDateTime;
        for (var i = 0; i < backups.Count; i++)
        {
            if ((options.MaxBackups > 0 && i >= options.MaxBackups) || (options.MaxDays > 0 && File.GetLastWriteTimeUtc(backups[i]) < oldest))
            {
                File.Delete(backups[i]);
            }
        }
    }

    [GeneratedRegex("[/\\\\*?\\x00-\\x1f]")]
    private static partial Regex NotInNames();
}
