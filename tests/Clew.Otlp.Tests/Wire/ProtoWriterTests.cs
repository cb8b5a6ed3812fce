using Clew.Otlp.Wire;
using CsCheck;
using Google.Protobuf;

namespace Clew.Otlp.Tests.Wire;

public sealed class ProtoWriterTests
{
    [Fact]
    public void Varints_agree_with_google_protobuf() => Gen.OneOf(Gen.ULong, Gen.ULong[0, 300]).Sample(value =>
    {
        using var buffer = new PooledBuffer();
        new ProtoWriter(buffer).VarintField(5, value);
        var stream = new CodedInputStream(buffer.Written.ToArray());
        Assert.Equal(WireFormat.MakeTag(5, WireFormat.WireType.Varint), stream.ReadTag());
        Assert.Equal(value, stream.ReadUInt64());
        Assert.Equal(buffer.Length - 1, ProtoWriter.VarintSize(value));
        var reader = new ProtoReader(buffer.Written);
        Assert.True(reader.Next() && reader.TryVarint(out var read) && read == value);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(16383)]
    [InlineData(16384)]
    [InlineData(3 << 20)]
    public void Messages_begun_without_a_known_length_are_read_back(int length)
    {
        var content = new byte[length];
        new Random(1).NextBytes(content);
        using var buffer = new PooledBuffer();
        var writer = new ProtoWriter(buffer);
        var padded = writer.BeginMessage(1);
        buffer.Write(content);
        writer.EndMessage(padded);
        var @short = writer.BeginShortMessage(2);
        buffer.Write(content);
        writer.EndShortMessage(@short);

        var stream = new CodedInputStream(buffer.Written.ToArray());
        Assert.Equal(10u, stream.ReadTag());
        Assert.Equal(content, stream.ReadBytes().ToByteArray());
        Assert.Equal(18u, stream.ReadTag());
        Assert.Equal(content, stream.ReadBytes().ToByteArray());
        Assert.True(stream.IsAtEnd);
        Assert.Equal(5 + length + ProtoWriter.FieldSize(2, length), buffer.Length);
    }

    [Fact]
    public void Truncate_forgets_the_end()
    {
        using var buffer = new PooledBuffer();
        buffer.Write([1, 2, 3]);
        buffer.Truncate(1);
        Assert.Equal([1], buffer.Written.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Truncate(2));
    }
}
