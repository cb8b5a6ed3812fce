using System.Text;
using Clew.Pipeline.Exporters.Sending;

namespace Clew.Pipeline.Tests.Exporters;

/// <summary>The Collector's ring, written down a second time: a place for each point, and the checksum bit by bit.</summary>
public sealed class HashRingTests
{
    private const int Places = 36_000;

    [Theory]
    [InlineData("one:4317")]
    [InlineData("a:4317", "b:4317", "c:4317")]
    [InlineData("10.0.0.5:4317", "10.0.0.6:4317", "10.0.0.7:4317", "10.0.0.8:4317", "10.0.0.9:4317")]
    public void Every_key_goes_to_the_member_of_the_next_point(params string[] members)
    {
        var owners = new string?[Places];
        foreach (var member in members)
        {
            for (var point = 0; point < 100; point++)
            {
                // A point that another member has is left out.
                owners[Crc32([.. Encoding.UTF8.GetBytes(member), (byte)point]) % Places] ??= member;
            }
        }

        var ring = new HashRing(members);
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var key = new byte[16];
        for (var i = 0; i < 20_000; i++)
        {
            random.NextBytes(key);
            var place = (int)(Crc32(key) % Places);
            var expected = Enumerable.Range(place, Places).Select(at => owners[at % Places]).First(static owner => owner is not null);
            Assert.True(expected == ring.Of(key), $"seed {seed}, key {i}: {ring.Of(key)} instead of {expected}");
        }
    }

    [Fact]
    public void Member_that_leaves_moves_its_own_keys_only()
    {
        var (before, after) = (new HashRing(["a:4317", "b:4317", "c:4317"]), new HashRing(["a:4317", "c:4317"]));
        var random = new Random(7);
        var key = new byte[16];
        for (var i = 0; i < 20_000; i++)
        {
            random.NextBytes(key);
            if (before.Of(key) != "b:4317")
            {
                Assert.Equal(before.Of(key), after.Of(key));
            }
        }
    }

    [Fact]
    public void Ring_without_members_is_empty() => Assert.True(new HashRing([]).IsEmpty);

    private static uint Crc32(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) == 1 ? 0xEDB88320 : 0);
            }
        }

        return ~crc;
    }
}
