using System.Buffers;
using System.Text.Json;
using Clew.Otlp.Json;

namespace Clew.Interchange.Export;

/// <summary>Takes traces, each as an encoded TracesData message, and writes them to a file.</summary>
public interface ITraceFileWriter : IDisposable
{
    void Write(ReadOnlySpan<byte> tracesData);
}

/// <summary>
/// OTLP JSON lines: each line is one TracesData message, as the Collector's file exporter writes it and its <c>otlpjsonfile</c> receiver reads it.
/// </summary>
public sealed class OtlpJsonLinesWriter(Stream output) : ITraceFileWriter
{
    private readonly ArrayBufferWriter<byte> _line = new(64 << 10);

    public void Write(ReadOnlySpan<byte> tracesData)
    {
        _line.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_line, OtlpJsonWriter.Options))
        {
            OtlpJsonWriter.WriteTraces(json, tracesData, OtlpJsonDialect.OtlpHex);
        }

        output.Write(_line.WrittenSpan);
        output.WriteByte((byte)'\n');
    }

    public void Dispose() => output.Dispose();
}

/// <summary>OTLP protobuf: each TracesData message behind its length as a varint, which is protobuf's own "delimited" form.</summary>
public sealed class OtlpDelimitedWriter(Stream output) : ITraceFileWriter
{
    public void Write(ReadOnlySpan<byte> tracesData)
    {
        var length = (uint)tracesData.Length;
        while (length >= 0x80)
        {
            output.WriteByte((byte)(length | 0x80));
            length >>= 7;
        }

        output.WriteByte((byte)length);
        output.Write(tracesData);
    }

    public void Dispose() => output.Dispose();
}
