namespace Clew.Server.Configuration;

/// <summary>Turns what the command line asks for into a configuration.</summary>
internal static class ConfigLoader
{
    public static ConfigResult Load(ConfigRequest request)
    {
        var config = new ClewConfig { Origin = new ConfigOrigin { Request = request } };
        foreach (var set in request.Sets)
        {
            var equals = set.Expression.IndexOf('=', StringComparison.Ordinal);
            var value = equals < 0 ? "" : set.Expression[(equals + 1)..];
            var otlp = (OtlpReceiverConfig)config.Pipeline.Receivers[new ComponentId("otlp")];
            switch (equals < 0 ? set.Expression : set.Expression[..equals])
            {
                case "storage.path":
                    config = config with { Storage = config.Storage with { Path = value } };
                    break;
                case "server.http" when Endpoint.TryParse(value, out var endpoint):
                    config = config with { Server = config.Server with { Http = [endpoint] } };
                    break;
                case "receivers.otlp.protocols.grpc.endpoint" when Endpoint.TryParse(value, out var endpoint):
                    config = WithOtlp(config, otlp with { Grpc = otlp.Grpc! with { Endpoint = endpoint } });
                    break;
                case "receivers.otlp.protocols.grpc" when value == "null":
                    config = WithOtlp(config, otlp with { Grpc = null });
                    break;
                case "receivers.otlp.protocols.http.endpoint" when Endpoint.TryParse(value, out var endpoint):
                    config = WithOtlp(config, otlp with { Http = otlp.Http! with { Endpoint = endpoint } });
                    break;
                case "receivers.otlp.protocols.http" when value == "null":
                    config = WithOtlp(config, otlp with { Http = null });
                    break;
                default:
                    return new ConfigResult(null, [$"{set.Option} {set.Expression}: not understood"]);
            }
        }

        return new ConfigResult(config, []);
    }

    private static ClewConfig WithOtlp(ClewConfig config, OtlpReceiverConfig otlp) =>
        config with { Pipeline = config.Pipeline with { Receivers = new ValueMap<ComponentId, ReceiverConfig>([new(otlp.Id, otlp)]) } };
}

/// <summary>A configuration, or everything that is wrong with what was given.</summary>
internal sealed record ConfigResult(ClewConfig? Config, ValueList<string> Errors);
