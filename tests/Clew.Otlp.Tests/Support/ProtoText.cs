using System.Text;
using Google.Protobuf;

namespace Clew.Otlp.Tests.Support;

/// <summary>
/// A readable form of an ExportTraceServiceRequest, made by Google.Protobuf's stream reader, with the fields of each message sorted by
/// number: equal texts mean equal messages, whatever the order and padding on the wire.
/// </summary>
internal static class ProtoText
{
    private static readonly Dictionary<string, Dictionary<int, string>> Messages = new()
    {
        ["Request"] = new() { [1] = "ResourceSpans" },
        ["ResourceSpans"] = new() { [1] = "Resource", [2] = "ScopeSpans" },
        ["ScopeSpans"] = new() { [1] = "Scope", [2] = "Span" },
        ["Resource"] = new() { [1] = "KeyValue" },
        ["Scope"] = new() { [3] = "KeyValue" },
        ["Span"] = new() { [9] = "KeyValue", [11] = "Event", [13] = "Link", [15] = "Status" },
        ["Event"] = new() { [3] = "KeyValue" },
        ["Link"] = new() { [4] = "KeyValue" },
        ["Status"] = [],
        ["KeyValue"] = new() { [2] = "AnyValue" },
        ["AnyValue"] = new() { [5] = "ArrayValue", [6] = "KeyValueList" },
        ["ArrayValue"] = new() { [1] = "AnyValue" },
        ["KeyValueList"] = new() { [1] = "KeyValue" },
    };

    public static string Of(ReadOnlySpan<byte> bytes, string message = "Request")
    {
        var text = new StringBuilder();
        Write(text, bytes.ToArray(), message, 0);
        return text.ToString();
    }

    private static void Write(StringBuilder text, byte[] bytes, string message, int indent)
    {
        var stream = new CodedInputStream(bytes);
        var fields = new List<(int Number, string Text)>();
        while (stream.ReadTag() is var tag && tag != 0)
        {
            var number = WireFormat.GetTagFieldNumber(tag);
            var line = new StringBuilder().Append(' ', indent).Append(number).Append(": ");
            switch (WireFormat.GetTagWireType(tag))
            {
                case WireFormat.WireType.Varint:
                    line.Append(stream.ReadUInt64()).AppendLine();
                    break;
                case WireFormat.WireType.Fixed64:
                    line.Append(stream.ReadFixed64()).AppendLine();
                    break;
                case WireFormat.WireType.Fixed32:
                    line.Append(stream.ReadFixed32()).AppendLine();
                    break;
                default:
                    var value = stream.ReadBytes().ToByteArray();
                    if (Messages[message].TryGetValue(number, out var inner))
                    {
                        line.AppendLine(inner);
                        Write(line, value, inner, indent + 1);
                    }
                    else
                    {
                        line.AppendLine(Convert.ToHexString(value));
                    }

                    break;
            }

            fields.Add((number, line.ToString()));
        }

        foreach (var (_, line) in fields.OrderBy(field => field.Number))
        {
            text.Append(line);
        }
    }
}
