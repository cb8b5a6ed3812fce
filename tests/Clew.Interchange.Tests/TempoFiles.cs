using Encoding = System.Text.Encoding;
using Google.Protobuf;
using ParquetSharp;
using ParquetSharp.Schema;
using static Clew.Interchange.Tests.NestedFile;

namespace Clew.Interchange.Tests;

/// <summary>
/// Tempo's backend as a folder, in its three formats. Two attributes have columns of their own where the format has them:
/// <c>k8s.pod.name</c> at the resource and <c>http.method</c>, <c>http.status_code</c> at the span; the rest are key/value lists.
/// </summary>
internal static class TempoFiles
{
    private const string DedicatedSpanKey = "s.0";

    /// <summary>Writes a block; answers its id.</summary>
    public static string WriteBlock(string folder, string tenant, string format, List<TempoTrace> traces)
    {
        var id = Guid.NewGuid().ToString();
        var path = Path.Combine(folder, tenant, id);
        Directory.CreateDirectory(path);
        var file = Schema(format);
        var rows = traces.ConvertAll(trace => Row(format, trace));

        // Two row groups, as every block of some size has.
        file.Write(Path.Combine(path, "data.parquet"), [rows.GetRange(0, rows.Count / 2), rows.GetRange(rows.Count / 2, rows.Count - (rows.Count / 2))]);
        var dedicated = format == "vParquet3" ? "[]" : $$"""[{"n":"unused.first"},{"s":"span","n":"{{DedicatedSpanKey}}","t":"string"}]""";
        File.WriteAllText(
            Path.Combine(path, "meta.json"),
            $$"""{"format":"{{format}}","blockID":"{{id}}","tenantID":"{{tenant}}","startTime":"2023-11-14T22:13:20Z","endTime":"2023-11-14T23:13:20Z","totalObjects":{{traces.Count}},"dedicatedColumns":{{dedicated}}}""");
        return id;
    }

    private static Node Many(string format, string name, params Node[] fields) =>
        format == "vParquet5" ? Repeated(name, fields) : List(name, Group("element", fields));

    private static Node Values(string format, string name, Func<string, Repetition, Node> leaf) =>
        format == "vParquet5" ? leaf(name, Repetition.Repeated) : List(name, leaf("element", Repetition.Required));

    private static Node Attrs(string format, bool ofEvent = false)
    {
        if (format == "vParquet3")
        {
            return ofEvent
                ? Many(format, "Attrs", Text("Key"), Blob("Value"))
                : Many(
                    format, "Attrs", Text("Key"), Text("Value", Repetition.Optional), Long("ValueInt", Repetition.Optional), Real("ValueDouble", Repetition.Optional),
                    Flag("ValueBool", Repetition.Optional), Text("ValueKVList"), Text("ValueArray"));
        }

        return Many(
            format, "Attrs", Text("Key"), Flag("IsArray"), Values(format, "Value", Text), Values(format, "ValueInt", Long), Values(format, "ValueDouble", Real),
            Values(format, "ValueBool", Flag), Text("ValueUnsupported", Repetition.Optional));
    }

    private static NestedFile Schema(string format)
    {
        var dedicated = Group(
            "DedicatedAttributes",
            [.. Enumerable.Range(1, 10).Select(i => Text($"String{i:d2}", format == "vParquet5" ? Repetition.Repeated : Repetition.Optional))]);
        Node[] links = format == "vParquet3"
            ? [Blob("Links")]
            : [Many(format, "Links", Blob("TraceID"), Blob("SpanID"), Text("TraceState"), Attrs(format), Int("DroppedAttributesCount"))];
        Node[] spanColumns = format == "vParquet5" ? [] : [Text("HttpMethod", Repetition.Optional), Text("HttpUrl", Repetition.Optional), Long("HttpStatusCode", Repetition.Optional)];
        Node[] resourceColumns = format == "vParquet5" ? [] : [Text("Cluster", Repetition.Optional), Text("K8sPodName", Repetition.Optional)];
        return new NestedFile(
            Blob("TraceID"), Text("TraceIDText"), ULong("StartTimeUnixNano"), Text("RootServiceName"),
            Many(
                format, "rs",
                Group("Resource", [Attrs(format), Text("ServiceName"), .. resourceColumns, Int("DroppedAttributesCount"), .. (format == "vParquet3" ? (Node[])[] : [Group("DedicatedAttributes", Text("String01", format == "vParquet5" ? Repetition.Repeated : Repetition.Optional))])]),
                Many(
                    format, "ss",
                    Group("Scope", [Text("Name"), Text("Version"), .. (format == "vParquet3" ? (Node[])[] : [Attrs(format)]), Int("DroppedAttributesCount")]),
                    Many(
                        format, "Spans",
                        [
                            Blob("SpanID"), Blob("ParentSpanID"), Int("ParentID"), Int("NestedSetLeft"), Int("NestedSetRight"), Text("Name"), Long("Kind"), Text("TraceState"),
                            ULong("StartTimeUnixNano"), ULong("DurationNano"), Long("StatusCode"), Text("StatusMessage"), Attrs(format), Int("DroppedAttributesCount"),
                            Many(
                                format, "Events",
                                [ULong(format == "vParquet3" ? "TimeUnixNano" : "TimeSinceStartNano"), Text("Name"), Attrs(format, ofEvent: true), Int("DroppedAttributesCount")]),
                            Int("DroppedEventsCount"), .. links, Int("DroppedLinksCount"), .. spanColumns, .. (format == "vParquet3" ? (Node[])[] : [dedicated]),
                        ]))));
    }

    private static Dictionary<string, object?> Row(string format, TempoTrace trace) => new()
    {
        ["TraceID"] = trace.Id,
        ["TraceIDText"] = Utf8(TempoModel.Hex(trace.Id)),
        ["StartTimeUnixNano"] = trace.Groups.SelectMany(static group => group.Spans).Min(static span => span.Start),
        ["rs"] = trace.Groups.Select(group => (object?)new Dictionary<string, object?>
        {
            ["Resource"] = new Dictionary<string, object?> { ["ServiceName"] = Utf8(group.Service), ["Attrs"] = Attributes(format, group.Attributes) },
            ["ss"] = new object?[]
            {
                new Dictionary<string, object?>
                {
                    ["Scope"] = new Dictionary<string, object?> { ["Name"] = Utf8(group.Scope), ["Version"] = Utf8(group.Version) },
                    ["Spans"] = group.Spans.Select(span => (object?)SpanRow(format, span)).ToArray(),
                },
            },
        }).ToArray(),
    };

    private static Dictionary<string, object?> SpanRow(string format, Span span)
    {
        var dedicated = format == "vParquet3" ? null : span.Attributes.FirstOrDefault(static attribute => attribute is { Key: DedicatedSpanKey, Value: string });
        var row = new Dictionary<string, object?>
        {
            ["SpanID"] = span.SpanId, ["ParentSpanID"] = span.Parent, ["Name"] = Utf8(span.Name), ["Kind"] = (long)span.Kind, ["TraceState"] = Utf8(span.State),
            ["StartTimeUnixNano"] = span.Start, ["DurationNano"] = span.Duration, ["StatusCode"] = (long)span.Status, ["StatusMessage"] = Utf8(span.Message),
            ["Attrs"] = Attributes(format, span.Attributes.Where(attribute => attribute != dedicated)), ["DroppedAttributesCount"] = (long)span.Dropped,
            ["Events"] = span.Events.Select(happened => (object?)new Dictionary<string, object?>
            {
                ["TimeSinceStartNano"] = happened.After, ["TimeUnixNano"] = span.Start + happened.After, ["Name"] = Utf8(happened.Name),
                ["Attrs"] = Attributes(format, happened.Attributes, ofEvent: true), ["DroppedAttributesCount"] = (long)happened.Dropped,
            }).ToArray(),
            ["Links"] = format == "vParquet3" ? Encoded(span.Links) : span.Links.Select(link => (object?)new Dictionary<string, object?>
            {
                ["TraceID"] = link.TraceId, ["SpanID"] = link.SpanId, ["TraceState"] = Utf8(link.State), ["Attrs"] = Attributes(format, link.Attributes),
            }).ToArray(),
        };
        if (dedicated is not null)
        {
            // The second string of the scope: the first is another key, which no span has.
            var text = Utf8((string)dedicated.Value);
            row["DedicatedAttributes"] = new Dictionary<string, object?> { ["String02"] = format == "vParquet5" ? new object?[] { text } : text };
        }

        return row;
    }

    private static object?[] Attributes(string format, IEnumerable<Attr> attributes, bool ofEvent = false) =>
        attributes.Select(attribute => (object?)Attribute(format, attribute, ofEvent)).ToArray();

    private static Dictionary<string, object?> Attribute(string format, Attr attribute, bool ofEvent)
    {
        var row = new Dictionary<string, object?> { ["Key"] = Utf8(attribute.Key) };
        if (format == "vParquet3")
        {
            if (ofEvent)
            {
                row["Value"] = AnyValue(attribute.Value);
                return row;
            }

            switch (attribute.Value)
            {
                case object[] array:
                    row["ValueArray"] = Utf8($$"""{"values":[{{string.Join(",", array.Select(Json))}}]}""");
                    break;
                case AnyJson { Json: var json } when json.StartsWith("""{"kvlistValue":""", StringComparison.Ordinal):
                    row["ValueKVList"] = Utf8(json["""{"kvlistValue":""".Length..^1]);
                    break;
                case AnyJson { Json: var json }:
                    // Bytes have no column in this format; what wrote them there kept the whole value's JSON.
                    row["ValueKVList"] = Utf8(json);
                    break;
                case var scalar:
                    row[Column(scalar)] = Raw(scalar);
                    break;
            }

            return row;
        }

        switch (attribute.Value)
        {
            case object[] array:
                row["IsArray"] = true;
                row[Column(array[0])] = array.Select(item => (object?)Raw(item)).ToArray();
                break;
            case AnyJson any:
                row["ValueUnsupported"] = Utf8(any.Json);
                break;
            case var scalar:
                row[Column(scalar)] = new object?[] { Raw(scalar) };
                break;
        }

        return row;
    }

    private static string Column(object value) => value switch { string => "Value", long => "ValueInt", double => "ValueDouble", _ => "ValueBool" };

    private static object Raw(object value) => value is string text ? Utf8(text) : value;

    private static string Json(object value) => value switch
    {
        string text => $$"""{"stringValue":"{{text}}"}""",
        long number => $$"""{"intValue":"{{number}}"}""",
        _ => throw new NotSupportedException(),
    };

    private static byte[] AnyValue(object value) => value switch
    {
        string text => Message(output => Field(output, 1, WireFormat.WireType.LengthDelimited, () => output.WriteString(text))),
        bool flag => Message(output => Field(output, 2, WireFormat.WireType.Varint, () => output.WriteBool(flag))),
        long number => Message(output => Field(output, 3, WireFormat.WireType.Varint, () => output.WriteInt64(number))),
        double number => Message(output => Field(output, 4, WireFormat.WireType.Fixed64, () => output.WriteDouble(number))),
        object[] array => Bytes(5, Message(output =>
        {
            foreach (var item in array)
            {
                Field(output, 1, WireFormat.WireType.LengthDelimited, () => output.WriteBytes(ByteString.CopyFrom(AnyValue(item))));
            }
        })),
        AnyJson { Canonical: ['y', ..] } => Bytes(7, [0, 1, 2, 255]),
        AnyJson => Bytes(6, [.. Bytes(1, [.. Bytes(1, "k"u8.ToArray()), .. Bytes(2, AnyValue(5L))]), .. Bytes(1, [.. Bytes(1, "n"u8.ToArray()), .. Bytes(2, AnyValue(new object[] { true, "x" }))])]),
        _ => throw new NotSupportedException(),
    };

    private static byte[] Encoded(Link[] links) => [.. links.SelectMany(link => Bytes(1,
    [
        .. Bytes(1, link.TraceId), .. Bytes(2, link.SpanId), .. link.State.Length > 0 ? Bytes(3, Utf8(link.State)) : [],
        .. link.Attributes.SelectMany(attribute => Bytes(4, [.. Bytes(1, Utf8(attribute.Key)), .. Bytes(2, AnyValue(attribute.Value))])),
    ]))];

    private static byte[] Bytes(int field, byte[] content) =>
        Message(output => Field(output, field, WireFormat.WireType.LengthDelimited, () => output.WriteBytes(ByteString.CopyFrom(content))));

    private static void Field(CodedOutputStream output, int field, WireFormat.WireType type, Action write)
    {
        output.WriteTag(field, type);
        write();
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            write(output);
        }

        return stream.ToArray();
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
