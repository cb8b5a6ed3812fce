using System.CommandLine;
using Clew.Interchange.Export;

namespace Clew.Server.Commands;

/// <summary>The options that say where an export goes and in which form.</summary>
internal sealed class ExportFile
{
    private readonly Option<string> _out = new("--out") { Description = "The file to write; one that exists is not touched", HelpName = "FILE", Required = true };

    private readonly Option<string?> _format = new("--format")
    {
        Description = "otlp-json (JSON lines, as the Collector's file exporter writes them), otlp (protobuf, each message behind its length as a varint) or parquet "
            + "(a row a span). Default: by the file's ending .jsonl or .json, .parquet, anything else otlp",
        HelpName = "FORMAT",
    };

    public void AddTo(Command command)
    {
        _format.AcceptOnlyFromAmong("otlp", "otlp-json", "parquet");
        command.Options.Add(_out);
        command.Options.Add(_format);
    }

    /// <summary>The target; null when it cannot be, which has been said.</summary>
    public ExportTarget? Read(ParseResult parsed)
    {
        var path = parsed.GetValue(_out)!;
        if (File.Exists(path))
        {
            parsed.InvocationConfiguration.Error.WriteLine($"clew: '{path}' exists already; name another file with --out, or remove it");
            return null;
        }

        var format = parsed.GetValue(_format) ?? Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".jsonl" or ".json" or ".ndjson" => "otlp-json",
            ".parquet" => "parquet",
            _ => "otlp",
        };
        return new ExportTarget(path, format);
    }
}

/// <summary>A file to export to.</summary>
internal sealed record ExportTarget(string Path, string Format)
{
    public ITraceFileWriter Open()
    {
        if (System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        return Format switch
        {
            "parquet" => new ParquetTraceWriter(Path),
            "otlp-json" => new OtlpJsonLinesWriter(Create()),
            _ => new OtlpDelimitedWriter(Create()),
        };
    }

    private BufferedStream Create() => new(new FileStream(Path, FileMode.CreateNew, FileAccess.Write), 1 << 18);
}
