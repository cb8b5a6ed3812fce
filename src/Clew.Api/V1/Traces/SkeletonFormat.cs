using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Clew.Otlp.Json;
using Clew.Otlp.Wire;
using Clew.Model;
using Clew.Query.Skeletons;

namespace Clew.Api.V1.Traces;

/// <summary>
/// Rows of a skeleton as bytes that a browser lays typed arrays over (docs/formats/skeleton.md). Numbers are little-endian, every column begins
/// at a multiple of eight.
/// </summary>
internal static class SkeletonFormat
{
    public const string MediaType = "application/vnd.clew.skeleton";

    /// <summary>The one column that does not have a value a row.</summary>
    private const string TickColumn = "tick";

    private const int MagicBytes = 8;
    private const int LengthBytes = 4;
    private const int Alignment = 8;

    private static ReadOnlySpan<byte> Magic => "CLEWSKL1"u8;

    /// <param name="buffer">What it is appended to; has to be empty.</param>
    /// <param name="skeleton">The whole trace.</param>
    /// <param name="rows">Which rows, ascending.</param>
    /// <param name="from">The window's first row, as it was asked.</param>
    public static void Write(PooledBuffer buffer, TraceSkeleton skeleton, int[] rows, int from)
    {
        var columns = Columns(skeleton, rows);
        buffer.Write(Magic);
        WriteHeader(buffer, skeleton, rows.Length, from, columns);
        foreach (var (_, _, bytes) in columns)
        {
            buffer.Write(bytes);
            Pad(buffer, (byte)0);
        }
    }

    private static List<(string Name, string Type, byte[] Bytes)> Columns(TraceSkeleton skeleton, int[] rows)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("skeletons are little-endian, this machine is not");
        }

        return
        [
            ("row", "u32", MemoryMarshal.AsBytes(rows.AsSpan()).ToArray()),
            ("spanId", "u64", Pick(skeleton.SpanIds, rows)),
            ("parent", "i32", Pick(skeleton.Parents, rows)),
            ("descendants", "u32", Pick(skeleton.Descendants, rows)),
            ("children", "u32", Pick(skeleton.Children, rows)),
            ("depth", "u32", Pick(skeleton.Depths, rows)),
            ("start", "f64", Pick(skeleton.Starts, rows)),
            ("duration", "f64", Pick(skeleton.Durations, rows)),
            ("self", "f64", Pick(skeleton.Selfs, rows)),
            ("service", "u32", Pick(skeleton.Services, rows)),
            ("name", "u32", Pick(skeleton.Names, rows)),
            ("kind", "u8", Pick(skeleton.Kinds, rows)),
            ("status", "u8", Pick(skeleton.Statuses, rows)),
            ("flags", "u8", Pick(skeleton.Flags, rows)),
            ("errors", "u32", Pick(skeleton.Errors, rows)),
            ("events", "u16", Pick(skeleton.Events, rows)),
            ("links", "u16", Pick(skeleton.Links, rows)),
            ("attributes", "u16", Pick(skeleton.Attributes, rows)),
            ("ticks", "u8", Pick(skeleton.TickCounts, rows)),
            (TickColumn, "f64", Ticks(skeleton, rows)),
        ];
    }

    private static byte[] Ticks(TraceSkeleton skeleton, int[] rows)
    {
        var counts = skeleton.TickCounts;
        var ticks = new List<double>();
        var (row, at) = (0, 0);
        foreach (var wanted in rows)
        {
            for (; row < wanted; row++)
            {
                at += counts[row];
            }

            ticks.AddRange(skeleton.Ticks.AsSpan(at, counts[wanted]));
        }

        return MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(ticks)).ToArray();
    }

    private static byte[] Pick<T>(T[] column, int[] rows)
        where T : unmanaged
    {
        if (rows.Length > 0 && rows[^1] - rows[0] + 1 == rows.Length)
        {
            return MemoryMarshal.AsBytes(column.AsSpan(rows[0], rows.Length)).ToArray();
        }

        var picked = new T[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            picked[i] = column[rows[i]];
        }

        return MemoryMarshal.AsBytes(picked.AsSpan()).ToArray();
    }

    private static void WriteHeader(PooledBuffer buffer, TraceSkeleton skeleton, int rows, int from, List<(string Name, string Type, byte[] Bytes)> columns)
    {
        BinaryPrimitives.WriteInt32LittleEndian(buffer.GetSpan(LengthBytes), 0);
        buffer.Advance(LengthBytes);
        using (var json = new Utf8JsonWriter(buffer, OtlpJsonWriter.Options))
        {
            json.WriteStartObject();
            json.WriteString("traceId", skeleton.Id.ToString());
            json.WriteString("startUnixNano", skeleton.StartUnixNano.ToString(CultureInfo.InvariantCulture));
            json.WriteNumber("durationNanos", skeleton.DurationNanos);
            json.WriteNumber("spans", skeleton.Count);
            json.WriteNumber("errors", skeleton.Statuses.Count(static status => status == (byte)SpanStatus.Error));
            json.WriteNumber("depth", skeleton.Count == 0 ? 0 : skeleton.Depths.Max() + 1);
            json.WriteNumber("orphans", skeleton.Parents.Count(static parent => parent == TraceSkeleton.MissingParent));
            json.WriteNumber("skewed", skeleton.Flags.Count(static flags => (flags & TraceSkeleton.Skewed) != 0));
            json.WriteNumber("from", from);
            json.WriteNumber("rows", rows);
            json.WriteString("cut", skeleton.Cut);
            WriteTexts(json, "services", skeleton.ServiceNames);
            WriteTexts(json, "names", skeleton.SpanNames);
            json.WriteStartObject("columns");
            var offset = 0;
            foreach (var (name, type, bytes) in columns)
            {
                json.WriteStartObject(name);
                json.WriteString("type", type);
                json.WriteNumber("offset", offset);
                if (name == TickColumn)
                {
                    json.WriteNumber("values", bytes.Length / sizeof(double));
                }

                json.WriteEndObject();
                offset += (bytes.Length + Alignment - 1) / Alignment * Alignment;
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        Pad(buffer, (byte)' ');
        BinaryPrimitives.WriteInt32LittleEndian(
            MemoryMarshal.AsMemory(buffer.WrittenMemory).Span[MagicBytes..], buffer.Length - MagicBytes - LengthBytes);
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, string[] texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static void Pad(PooledBuffer buffer, byte with)
    {
        while (buffer.Length % Alignment != 0)
        {
            buffer.Write([with]);
        }
    }
}
