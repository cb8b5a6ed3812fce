using Clew.Receivers.Listeners;

namespace Clew.Receivers.Tests.Listeners;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("localhost:4317", "localhost", 4317, false)]
    [InlineData("0.0.0.0:4317", "0.0.0.0", 4317, true)]
    [InlineData("[::]:1", "::", 1, true)]
    [InlineData("[::1]:1", "::1", 1, false)]
    [InlineData(":4318", "", 4318, true)]
    [InlineData("*:0", "*", 0, true)]
    [InlineData("10.1.2.3:65535", "10.1.2.3", 65535, false)]
    public void Addresses_are_read(string text, string host, int port, bool isAny)
    {
        var address = ListenAddress.Parse(text);
        Assert.Equal((host, port, isAny), (address.Host, address.Port, address.IsAny));
        Assert.Equal(text, address.ToString());
    }

    [Theory]
    [InlineData("localhost", "'localhost' has no port; use host:port, for example localhost:4317")]
    [InlineData("localhost:http", "'http' in 'localhost:http' is not a port; use a number from 0 to 65535")]
    [InlineData("localhost:65536", "'65536' in 'localhost:65536' is not a port; use a number from 0 to 65535")]
    [InlineData("localhost:-1", "'-1' in 'localhost:-1' is not a port; use a number from 0 to 65535")]
    [InlineData("::1:4317", "'::1:4317' holds an IPv6 address without brackets; use [::1]:4317")]
    public void What_is_no_address_is_refused_with_the_way_out(string text, string error)
    {
        Assert.False(ListenAddress.TryParse(text, out _, out var actual));
        Assert.Equal(error, actual);
    }
}
