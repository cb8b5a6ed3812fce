using System.CommandLine;
using Clew.Server.Configuration;

namespace Clew.Server.Commands;

/// <summary>The options that say what the configuration is; every command that loads one has the same.</summary>
internal sealed class ConfigOptions
{
    /// <summary>Turns one protocol off: <c>--otlp-grpc off</c>.</summary>
    private const string Off = "off";

    private readonly Option<string[]> _config = new("--config")
    {
        Description = "Configuration to read; repeatable, later ones win. A path, file:PATH, env:NAME or yaml:TEXT. "
            + "Understands Clew's own file, OpenTelemetry Collector and Tempo files, and the Helm values of both.",
        HelpName = "PATH|URI",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string[]> _set = new("--set")
    {
        Description = "One setting over the files; repeatable: --set retention.default=72h",
        HelpName = "KEY=VALUE",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string> _tempoName = new("--tempo-name")
    {
        Description = "Name of the Tempo release whose host names mean this process",
        HelpName = "NAME",
        DefaultValueFactory = static _ => ConfigRequest.DefaultTempoName,
    };

    private readonly Option<string?> _data = new("--data") { Description = "Data folder, or 'none' (storage.path)", HelpName = "DIR" };

    private readonly Option<string?> _http = new("--http") { Description = "Where the API and the UI listen (server.http)", HelpName = "HOST:PORT" };

    private readonly Option<string?> _otlpGrpc = new("--otlp-grpc")
    {
        Description = "Where OTLP over gRPC listens, or 'off'",
        HelpName = "HOST:PORT",
    };

    private readonly Option<string?> _otlpHttp = new("--otlp-http")
    {
        Description = "Where OTLP over HTTP listens, or 'off'",
        HelpName = "HOST:PORT",
    };

    public void AddTo(Command command)
    {
        Option[] all = [_config, _set, _tempoName, _data, _http, _otlpGrpc, _otlpHttp];
        foreach (var option in all)
        {
            command.Options.Add(option);
        }
    }

    public ConfigRequest Read(ParseResult parsed)
    {
        var sets = new List<SetRequest>();
        foreach (var expression in parsed.GetValue(_set) ?? [])
        {
            sets.Add(new SetRequest(expression));
        }

        // The shortcuts come last: somebody who types one beside a file or --set means it.
        AddShortcut(sets, parsed, _data, "storage.path");
        AddShortcut(sets, parsed, _http, "server.http");
        AddProtocol(sets, parsed, _otlpGrpc, "receivers.otlp.protocols.grpc");
        AddProtocol(sets, parsed, _otlpHttp, "receivers.otlp.protocols.http");
        return new ConfigRequest
        {
            Sources = (parsed.GetValue(_config) ?? []).ToValueList(),
            Sets = sets.ToValueList(),
            TempoName = parsed.GetValue(_tempoName) ?? ConfigRequest.DefaultTempoName,
        };
    }

    private static void AddShortcut(List<SetRequest> sets, ParseResult parsed, Option<string?> option, string key)
    {
        if (parsed.GetValue(option) is { } value)
        {
            sets.Add(new SetRequest($"{key}={value}", option.Name));
        }
    }

    private static void AddProtocol(List<SetRequest> sets, ParseResult parsed, Option<string?> option, string key)
    {
        if (parsed.GetValue(option) is { } value)
        {
            sets.Add(new SetRequest(value == Off ? $"{key}=off" : $"{key}.endpoint={value}", option.Name));
        }
    }
}
