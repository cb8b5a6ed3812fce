using Google.Protobuf;

namespace Clew.EndToEnd.Tests.Grafana;

/// <summary>Fields of a protobuf message as they stand on the wire: what a client dereferences has to be there, and an object cannot tell.</summary>
internal static class ProtoFields
{
    /// <summary>The contents of every occurrence of a field that has a length.</summary>
    public static List<byte[]> Of(byte[] message, int field)
    {
        var found = new List<byte[]>();
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag and not 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
            {
                found.Add(input.ReadBytes().ToByteArray());
            }
            else
            {
                input.SkipLastField();
            }
        }

        return found;
    }
}
