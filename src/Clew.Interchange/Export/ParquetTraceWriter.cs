using System.Text.Json;
using Encoding = System.Text.Encoding;
using ParquetSharp;
using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Json;
using Clew.Otlp.Wire;

namespace Clew.Interchange.Export;

/// <summary>
/// Plain Parquet for other tools: a row a span, flat columns that need no explanation; attributes, events and links as OTLP JSON. Written
/// through ParquetSharp, in row groups of <see cref="RowsPerGroup"/>.
/// </summary>
public sealed class ParquetTraceWriter : ITraceFileWriter
{
    private const int RowsPerGroup = 50_000;

    private static readonly Column[] s_columns =
    [
        new Column<string>("trace_id"), new Column<string>("span_id"), new Column<string?>("parent_span_id"), new Column<string>("service_name"), new Column<string>("name"),
        new Column<string>("kind"), new Column<long>("start_unix_nano"), new Column<long>("duration_nano"), new Column<string>("status"), new Column<string?>("status_message"), new Column<string?>("trace_state"),
        new Column<string>("resource_attributes"), new Column<string?>("scope_name"), new Column<string?>("scope_version"), new Column<string>("attributes"),
        new Column<string>("events"), new Column<string>("links"),
    ];

    private readonly ParquetFileWriter _file;
    private readonly List<Row> _rows = [];

    public ParquetTraceWriter(string path)
    {
        using var properties = new WriterPropertiesBuilder().Compression(Compression.Zstd).Build();
        _file = new ParquetFileWriter(path, s_columns, properties);
    }

    public void Write(ReadOnlySpan<byte> tracesData)
    {
        var traces = new ProtoReader(tracesData);
        while (traces.Next())
        {
            if (traces.Field == OtlpFields.RequestResourceSpans && traces.TryBytes(out var resourceSpans))
            {
                ReadResourceSpans(resourceSpans);
            }
            else if (!traces.Skip())
            {
                return;
            }
        }

        if (_rows.Count >= RowsPerGroup)
        {
            Flush();
        }
    }

    public void Dispose()
    {
        if (_rows.Count > 0)
        {
            Flush();
        }

        _file.Close();
        _file.Dispose();
    }

    private void ReadResourceSpans(ReadOnlySpan<byte> message)
    {
        var resource = Find(message, OtlpFields.ResourceSpans.Resource);
        var service = "unknown_service";
        var attributes = Attributes(resource, OtlpFields.Resource.Attributes, ref service);
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.ResourceSpans.ScopeSpans && reader.TryBytes(out var scopeSpans))
            {
                ReadScopeSpans(scopeSpans, service, attributes);
            }
            else if (!reader.Skip())
            {
                return;
            }
        }
    }

    private void ReadScopeSpans(ReadOnlySpan<byte> message, string service, string resourceAttributes)
    {
        var scope = Find(message, OtlpFields.ScopeSpans.Scope);
        var (name, version) = (Text(Find(scope, OtlpFields.Scope.Name)), Text(Find(scope, OtlpFields.Scope.Version)));
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.ScopeSpans.Spans && reader.TryBytes(out var span))
            {
                _rows.Add(ReadSpan(span) with { Service = service, ResourceAttributes = resourceAttributes, ScopeName = name, ScopeVersion = version });
            }
            else if (!reader.Skip())
            {
                return;
            }
        }
    }

    private static Row ReadSpan(ReadOnlySpan<byte> message)
    {
        var row = new Row();
        var (start, end, kind) = (0UL, 0UL, 0UL);
        var unused = "";
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            var good = true;
            switch (reader.Field)
            {
                case OtlpFields.Span.TraceId:
                    good = reader.TryBytes(out var traceId);
                    row.TraceId = Convert.ToHexStringLower(traceId);
                    break;
                case OtlpFields.Span.SpanId:
                    good = reader.TryBytes(out var spanId);
                    row.SpanId = Convert.ToHexStringLower(spanId);
                    break;
                case OtlpFields.Span.ParentSpanId:
                    good = reader.TryBytes(out var parent);
                    row.Parent = parent.Length == 0 ? null : Convert.ToHexStringLower(parent);
                    break;
                case OtlpFields.Span.Name:
                    good = reader.TryBytes(out var name);
                    row.Name = Encoding.UTF8.GetString(name);
                    break;
                case OtlpFields.Span.TraceState:
                    good = reader.TryBytes(out var state);
                    row.TraceState = Text(state);
                    break;
                case OtlpFields.Span.Kind:
                    good = reader.TryVarint(out kind);
                    break;
                case OtlpFields.Span.StartTime:
                    good = reader.TryFixed64(out start);
                    break;
                case OtlpFields.Span.EndTime:
                    good = reader.TryFixed64(out end);
                    break;
                case OtlpFields.Span.Status:
                    good = reader.TryBytes(out var status);
                    ReadStatus(status, row);
                    break;
                default:
                    good = reader.Skip();
                    break;
            }

            if (!good)
            {
                break;
            }
        }

        row.Kind = ((SpanKind)kind).ToString().ToLowerInvariant();
        row.Start = (long)start;
        row.Duration = end > start ? (long)(end - start) : 0;
        row.Attributes = Attributes(message, OtlpFields.Span.Attributes, ref unused);
        (row.Events, row.Links) = EventsAndLinks(message);
        return row;
    }

    private static void ReadStatus(ReadOnlySpan<byte> status, Row row)
    {
        row.StatusMessage = Text(Find(status, OtlpFields.Status.Message));
        var reader = new ProtoReader(status);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.Status.Code && reader.TryVarint(out var code))
            {
                row.Status = code switch { 1 => "ok", 2 => "error", _ => "unset" };
            }
            else if (!reader.Skip())
            {
                return;
            }
        }
    }

    /// <summary>Events and links as the OTLP JSON of the whole span has them.</summary>
    private static (string Events, string Links) EventsAndLinks(ReadOnlySpan<byte> span)
    {
        if (Find(span, OtlpFields.Span.Events).IsEmpty && Find(span, OtlpFields.Span.Links).IsEmpty)
        {
            return ("[]", "[]");
        }

        var text = Json(span, static (json, bytes) => OtlpJsonWriter.WriteSpan(json, bytes, OtlpJsonDialect.OtlpHex));
        using var document = JsonDocument.Parse(text);
        return (Part("events"), Part("links"));

        string Part(string name) => document.RootElement.TryGetProperty(name, out var part) ? part.GetRawText() : "[]";
    }

    private static string Attributes(ReadOnlySpan<byte> message, int field, ref string service)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, OtlpJsonWriter.Options))
        {
            json.WriteStartObject();
            var reader = new ProtoReader(message);
            while (reader.Next())
            {
                if (reader.Field == field && reader.TryBytes(out var keyValue))
                {
                    var key = Find(keyValue, OtlpFields.KeyValue.Key);
                    var value = Find(keyValue, OtlpFields.KeyValue.Value);
                    if (key.SequenceEqual("service.name"u8))
                    {
                        service = Encoding.UTF8.GetString(Find(value, OtlpFields.AnyValue.String));
                    }

                    json.WritePropertyName(Encoding.UTF8.GetString(key));
                    WriteValue(json, value);
                }
                else if (!reader.Skip())
                {
                    break;
                }
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>Plain JSON: what every tool expects of an attribute.</summary>
    private static void WriteValue(Utf8JsonWriter json, ReadOnlySpan<byte> anyValue)
    {
        var reader = new ProtoReader(anyValue);
        if (!reader.Next())
        {
            json.WriteNullValue();
            return;
        }

        switch (reader.Field)
        {
            case OtlpFields.AnyValue.String when reader.TryBytes(out var text):
                json.WriteStringValue(Encoding.UTF8.GetString(text));
                break;
            case OtlpFields.AnyValue.Bool when reader.TryVarint(out var flag):
                json.WriteBooleanValue(flag != 0);
                break;
            case OtlpFields.AnyValue.Int when reader.TryVarint(out var number):
                json.WriteNumberValue((long)number);
                break;
            case OtlpFields.AnyValue.Double when reader.TryFixed64(out var bits):
                var real = BitConverter.UInt64BitsToDouble(bits);
                if (double.IsFinite(real))
                {
                    json.WriteNumberValue(real);
                }
                else
                {
                    json.WriteStringValue(real.ToString(System.Globalization.CultureInfo.InvariantCulture));
                }

                break;
            default:
                // Arrays, maps and bytes keep the OTLP form.
                OtlpJsonWriter.WriteAnyValue(json, anyValue, OtlpJsonDialect.OtlpHex);
                break;
        }
    }

    private delegate void WriteJson(Utf8JsonWriter json, ReadOnlySpan<byte> message);

    private static string Json(ReadOnlySpan<byte> message, WriteJson write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, OtlpJsonWriter.Options))
        {
            write(json, message);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>The first length-delimited field of a number; empty when there is none.</summary>
    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> message, int field)
    {
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == field && reader.Type == WireType.Length)
            {
                return reader.TryBytes(out var value) ? value : [];
            }

            if (!reader.Skip())
            {
                break;
            }
        }

        return [];
    }

    private static string? Text(ReadOnlySpan<byte> text) => text.IsEmpty ? null : Encoding.UTF8.GetString(text);

    private void Flush()
    {
        using var group = _file.AppendRowGroup();
        Put(group, static row => row.TraceId);
        Put(group, static row => row.SpanId);
        Put(group, static row => row.Parent);
        Put(group, static row => row.Service);
        Put(group, static row => row.Name);
        Put(group, static row => row.Kind);
        Put(group, static row => row.Start);
        Put(group, static row => row.Duration);
        Put(group, static row => row.Status);
        Put(group, static row => row.StatusMessage);
        Put(group, static row => row.TraceState);
        Put(group, static row => row.ResourceAttributes);
        Put(group, static row => row.ScopeName);
        Put(group, static row => row.ScopeVersion);
        Put(group, static row => row.Attributes);
        Put(group, static row => row.Events);
        Put(group, static row => row.Links);
        _rows.Clear();
    }

    private void Put<T>(RowGroupWriter group, Func<Row, T> value)
    {
        using var column = group.NextColumn().LogicalWriter<T>();
        column.WriteBatch([.. _rows.Select(value)]);
    }

    private sealed record Row
    {
        public string TraceId { get; set; } = "";

        public string SpanId { get; set; } = "";

        public string? Parent { get; set; }

        public string Service { get; set; } = "";

        public string Name { get; set; } = "";

        public string Kind { get; set; } = "";

        public long Start { get; set; }

        public long Duration { get; set; }

        public string Status { get; set; } = "unset";

        public string? StatusMessage { get; set; }

        public string? TraceState { get; set; }

        public string ResourceAttributes { get; set; } = "{}";

        public string? ScopeName { get; set; }

        public string? ScopeVersion { get; set; }

        public string Attributes { get; set; } = "{}";

        public string Events { get; set; } = "[]";

        public string Links { get; set; } = "[]";
    }
}
