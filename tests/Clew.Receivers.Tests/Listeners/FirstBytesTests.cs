using System.Buffers;
using System.Text;
using Clew.Receivers.Listeners;
using CsCheck;

namespace Clew.Receivers.Tests.Listeners;

public sealed class FirstBytesTests
{
    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    [Fact]
    public void Every_part_of_the_preface_is_undecided_until_its_fourteenth_byte()
    {
        for (var length = 0; length <= Preface.Length; length++)
        {
            var expected = length < 14 ? SpokenProtocol.Undecided : SpokenProtocol.Http2;
            Assert.Equal(expected, FirstBytes.Recognise(new ReadOnlySequence<byte>(Preface, 0, length)));
        }
    }

    [Theory]
    [InlineData("G", "Http1")]
    [InlineData("POST /", "Http1")]
    [InlineData("PRI * HTTP/1.1", "Http1")]
    [InlineData("PR", "Undecided")]
    [InlineData("\u0016", "Undecided")]
    [InlineData("\u0016\u0003\u0001", "Tls")]
    [InlineData("\u0016\u0004", "Http1")]
    [InlineData("\0", "Http1")]
    public void Bytes_tell_the_protocol(string bytes, string expected) =>
        Assert.Equal(expected, FirstBytes.Recognise(new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(bytes))).ToString());

    [Fact]
    public void More_bytes_never_change_a_decision() => Gen.Select(
        Gen.OneOf(Gen.Byte.Array[0, 30], Gen.Int[0, 24].Select(n => Preface[..n]), Gen.Const<byte[]>([0x16, 3])), Gen.Byte.Array[0, 30]).Sample((head, tail) =>
    {
        var early = FirstBytes.Recognise(new ReadOnlySequence<byte>(head));
        if (early != SpokenProtocol.Undecided)
        {
            Assert.Equal(early, FirstBytes.Recognise(new ReadOnlySequence<byte>([.. head, .. tail])));
        }
    });
}
