using Google.Protobuf;

namespace Clew.EndToEnd.Tests.Otlp;

/// <summary>An ExportTraceServiceResponse: how many spans were refused, and why.</summary>
internal sealed record ExportAnswer(long RejectedSpans, string Message)
{
    public static ExportAnswer Parse(byte[] bytes)
    {
        var partial = ProtoFields.Read(bytes).Find(1);
        if (partial is null)
        {
            return new ExportAnswer(0, "");
        }

        var fields = ProtoFields.Read(partial.Bytes);
        return new ExportAnswer((long)(fields.Find(1)?.Number ?? 0), fields.Find(2)?.Text ?? "");
    }
}

/// <summary>A google.rpc.Status, the body of an OTLP/HTTP error.</summary>
internal sealed record RpcStatus(int Code, string Message)
{
    public static RpcStatus Parse(byte[] bytes)
    {
        var fields = ProtoFields.Read(bytes);
        return new RpcStatus((int)(fields.Find(1)?.Number ?? 0), fields.Find(2)?.Text ?? "");
    }
}

/// <summary>The top-level fields of a protobuf message.</summary>
internal sealed class ProtoFields
{
    private readonly List<ProtoField> _fields = [];

    public static ProtoFields Read(byte[] bytes)
    {
        var input = new CodedInputStream(bytes);
        var read = new ProtoFields();
        for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            read._fields.Add(WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.Varint => new ProtoField(WireFormat.GetTagFieldNumber(tag), input.ReadUInt64(), []),
                WireFormat.WireType.Fixed64 => new ProtoField(WireFormat.GetTagFieldNumber(tag), input.ReadFixed64(), []),
                WireFormat.WireType.LengthDelimited => new ProtoField(WireFormat.GetTagFieldNumber(tag), 0, input.ReadBytes().ToByteArray()),
                var other => throw new InvalidDataException($"wire type {other} in an answer"),
            });
        }

        return read;
    }

    public ProtoField? Find(int field) => _fields.Find(it => it.Field == field);
}

internal sealed record ProtoField(int Field, ulong Number, byte[] Bytes)
{
    public string Text => System.Text.Encoding.UTF8.GetString(Bytes);
}
