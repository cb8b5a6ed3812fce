using CsCheck;

namespace Clew.Model.Tests;

public sealed class IdTests
{
    [Fact]
    public void Trace_id_text_and_bytes_read_back() => Gen.Select(Gen.ULong, Gen.ULong).Sample((high, low) =>
    {
        var id = new TraceId(high, low);
        Span<byte> bytes = stackalloc byte[TraceId.Size];
        id.WriteTo(bytes);
        return TraceId.FromBytes(bytes) == id && TraceId.TryParse(id.ToString(), out var read) && read == id
            && TraceId.TryParse(id.ToString().ToUpperInvariant(), out read) && read == id;
    });

    [Fact]
    public void Trace_id_order_is_the_order_of_its_bytes() => Gen.Select(Gen.ULong, Gen.ULong, Gen.ULong, Gen.ULong).Sample((a, b, c, d) =>
    {
        var (left, right) = (new TraceId(a, b), new TraceId(c, d));
        return Math.Sign(left.CompareTo(right)) == Math.Sign(string.CompareOrdinal(left.ToString(), right.ToString()));
    });

    [Theory]
    [InlineData("1", 0, 1)]
    [InlineData("abc123def456", 0, 0xabc123def456)]
    [InlineData("10000000000000000", 1, 0)]
    public void Short_trace_ids_are_padded_on_the_left(string text, ulong high, ulong low)
    {
        Assert.True(TraceId.TryParse(text, out var id));
        Assert.Equal(new TraceId(high, low), id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("xyz")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("0x1")]
    [InlineData("000000000000000000000000000000001")]
    public void What_is_not_hex_or_too_long_is_no_trace_id(string text) => Assert.False(TraceId.TryParse(text, out _));

    [Fact]
    public void Span_id_text_and_bytes_read_back() => Gen.ULong.Sample(value =>
    {
        var id = new SpanId(value);
        Span<byte> bytes = stackalloc byte[SpanId.Size];
        id.WriteTo(bytes);
        return SpanId.FromBytes(bytes) == id && SpanId.TryParse(id.ToString(), out var read) && read == id;
    });

    [Theory]
    [InlineData("team-a", true)]
    [InlineData("A!-_.*'()9", true)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("a/b", false)]
    [InlineData("a|b", false)]
    [InlineData("팀", false)]
    public void Tenant_ids_follow_the_rule(string text, bool good)
    {
        Assert.Equal(good, TenantId.TryParse(text, out var tenant, out var error));
        Assert.Equal(good, error is null);
        Assert.Equal(good ? text : "single-tenant", tenant.Value);
    }

    [Fact]
    public void Tenant_id_of_151_characters_is_too_long()
    {
        Assert.True(TenantId.TryParse(new string('a', TenantId.MaxLength), out _, out _));
        Assert.False(TenantId.TryParse(new string('a', TenantId.MaxLength + 1), out _, out var error));
        Assert.Contains("151", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Times_outside_the_clock_are_clamped()
    {
        Assert.Equal(long.MaxValue, UnixNano.Clamp(ulong.MaxValue));
        Assert.Equal(5, UnixNano.Clamp(5));
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), UnixNano.ToTime(UnixNano.From(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))));
    }

    [Theory]
    [InlineData(0, 10, true)]
    [InlineData(-5, 0, true)]
    [InlineData(10, 20, true)]
    [InlineData(11, 20, false)]
    [InlineData(-9, -1, false)]
    public void Ranges_overlap_with_both_ends_included(long start, long end, bool expected) =>
        Assert.Equal(expected, new TimeRange(0, 10).Overlaps(start, end));

    /// <summary>These numbers are on disk and on the wire.</summary>
    [Fact]
    public void Numbers_of_enums_are_pinned()
    {
        Assert.Equal([0, 1, 2, 3, 4, 5], Enum.GetValues<SpanKind>().Select(value => (int)value));
        Assert.Equal(["Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"], Enum.GetNames<SpanKind>());
        Assert.Equal(["Unset", "Ok", "Error"], Enum.GetNames<SpanStatus>());
        Assert.Equal(["Span", "Resource", "Instrumentation", "Event", "Link", "Intrinsic"], Enum.GetNames<AttributeScope>());
        Assert.Equal(["String", "Int", "Double", "Bool", "Bytes"], Enum.GetNames<AttributeType>());
    }
}
