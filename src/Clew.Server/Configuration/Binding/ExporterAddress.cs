namespace Clew.Server.Configuration.Binding;

/// <summary>Reads the addresses that exporters send to.</summary>
internal static class ExporterAddress
{
    private const string TracesPath = "/v1/traces";

    /// <summary>Stands where an address has been refused with an error; never sent to.</summary>
    public static Uri Unset { get; } = new("http://unset.invalid");

    /// <summary>
    /// <c>host:port</c>, <c>http(s)://host:port</c> or gRPC's <c>dns:///host:port</c>. TLS unless the scheme or <paramref name="insecure"/>
    /// says otherwise.
    /// </summary>
    public static Uri? OfGrpc(string text, bool insecure, out string problem)
    {
        problem = "use host:port, like collector.example:4317";
        var rest = text;
        foreach (var resolver in (string[])["dns:///", "passthrough:///", "dns:", "passthrough:"])
        {
            if (rest.StartsWith(resolver, StringComparison.OrdinalIgnoreCase))
            {
                rest = rest[resolver.Length..];
                break;
            }
        }

        if (rest.Contains("://", StringComparison.Ordinal))
        {
            return Absolute(rest, out problem) is { } absolute ? new UriBuilder(absolute.Scheme, absolute.Host, absolute.Port).Uri : null;
        }

        if (!Endpoint.TryParse(rest, out var endpoint) || endpoint.Host.Length == 0 || endpoint.Port == 0)
        {
            return null;
        }

        return Uri.TryCreate($"{(insecure ? "http" : "https")}://{endpoint}", UriKind.Absolute, out var uri) ? uri : null;
    }

    /// <summary>A URL; unless it is complete already, the path for traces is added.</summary>
    public static Uri? OfHttp(string text, bool isComplete, out string problem)
    {
        var address = Absolute(text, out problem);
        return address is null || isComplete ? address : new UriBuilder(address) { Path = address.AbsolutePath.TrimEnd('/') + TracesPath }.Uri;
    }

    private static Uri? Absolute(string text, out string problem)
    {
        problem = "use a URL with http or https, like http://collector.example:4318";
        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Host.Length > 0 ? uri : null;
    }
}
