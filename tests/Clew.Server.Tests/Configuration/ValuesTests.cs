using Clew.Server.Configuration;
using CsCheck;

namespace Clew.Server.Tests.Configuration;

public sealed class ValuesTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("300ms", 300)]
    [InlineData("1.5s", 1500)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("168h", 604_800_000)]
    [InlineData("7d", 604_800_000)]
    [InlineData("2w", 1_209_600_000)]
    [InlineData("-1m", -60_000)]
    [InlineData(" 5s ", 5_000)]
    public void Duration_is_read(string text, double milliseconds)
    {
        Assert.True(GoDuration.TryParse(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("s")]
    [InlineData("soon")]
    [InlineData("1h30")]
    [InlineData("1 h")]
    [InlineData("1..5s")]
    [InlineData("--1s")]
    [InlineData("99999999999h")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(GoDuration.TryParse(text, out _));

    [Fact]
    public void Shortest_duration_is_not_zero()
    {
        Assert.True(GoDuration.TryParse("1ns", out var duration));
        Assert.Equal(TimeSpan.FromTicks(1), duration);
    }

    [Fact]
    public void Duration_survives_printing() =>
        Gen.Long[-TimeSpan.MaxValue.Ticks / 2, TimeSpan.MaxValue.Ticks / 2].Sample(ticks =>
        {
            var duration = TimeSpan.FromTicks(ticks);
            Assert.True(GoDuration.TryParse(GoDuration.Format(duration), out var read));
            Assert.Equal(duration, read);
        });

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1024", 1024)]
    [InlineData("256MiB", 268_435_456)]
    [InlineData("1.5GiB", 1_610_612_736)]
    [InlineData("20MB", 20_000_000)]
    [InlineData("10 k", 10_000)]
    [InlineData("4Ki", 4096)]
    [InlineData("7b", 7)]
    public void Size_is_read(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out var size));
        Assert.Equal(bytes, size.Bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MiB")]
    [InlineData("-1")]
    [InlineData("1XB")]
    [InlineData("9999999999TiB")]
    public void What_is_no_size_is_refused(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Fact]
    public void Size_survives_printing() =>
        Gen.Long[0, long.MaxValue].Sample(bytes =>
        {
            Assert.True(ByteSize.TryParse(new ByteSize(bytes).ToString(), out var read));
            Assert.Equal(bytes, read.Bytes);
        });

    [Theory]
    [InlineData("127.0.0.1:4317", "127.0.0.1", 4317, true, false)]
    [InlineData("localhost:0", "localhost", 0, true, false)]
    [InlineData(":4317", "", 4317, false, true)]
    [InlineData("0.0.0.0:1", "0.0.0.0", 1, false, true)]
    [InlineData("[::1]:1", "::1", 1, true, false)]
    [InlineData("[::]:1", "::", 1, false, true)]
    [InlineData("clew.example:65535", "clew.example", 65535, false, false)]
    public void Endpoint_is_read(string text, string host, int port, bool isLoopback, bool isAny)
    {
        Assert.True(Endpoint.TryParse(text, out var endpoint));
        Assert.Equal(new Endpoint(host, port), endpoint);
        Assert.Equal(isLoopback, endpoint.IsLoopback);
        Assert.Equal(isAny, endpoint.IsAnyInterface);
        Assert.Equal(text, endpoint.ToString());
    }

    [Theory]
    [InlineData("4317")]
    [InlineData("host")]
    [InlineData("host:65536")]
    [InlineData("host:-1")]
    [InlineData("http://host:80")]
    [InlineData("::1:4317")]
    [InlineData("[name]:1")]
    public void What_is_no_endpoint_is_refused(string text) => Assert.False(Endpoint.TryParse(text, out _));

    [Theory]
    [InlineData("otlp", "otlp", null)]
    [InlineData(" otlp / ab ", "otlp", "ab")]
    [InlineData("a/한글", "a", "한글")]
    [InlineData("k8s_attributes/x/y", "k8s_attributes", "x/y")]
    public void Component_id_is_read(string text, string type, string? name)
    {
        Assert.True(ComponentIdText.TryParse(text, out var id));
        Assert.Equal(new ComponentId(type, name), id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/x")]
    [InlineData("otlp/")]
    [InlineData("1otlp")]
    [InlineData("ot-lp")]
    [InlineData("otlp/a b")]
    [InlineData("otlp/a+b")]
    public void What_is_no_component_id_is_refused(string text) => Assert.False(ComponentIdText.TryParse(text, out _));

    [Fact]
    public void Secret_is_not_printed()
    {
        var config = new S3Config { SecretKey = new Secret("hush") };

        Assert.DoesNotContain("hush", config.ToString(), StringComparison.Ordinal);
        Assert.Contains("***", config.ToString(), StringComparison.Ordinal);
        Assert.Equal("hush", config.SecretKey.Reveal());
        Assert.Equal(config, new S3Config { SecretKey = new Secret("hush") });
        Assert.NotEqual(config, new S3Config { SecretKey = new Secret("other") });
    }
}
