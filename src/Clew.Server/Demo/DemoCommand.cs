using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Clew.Pipeline.Exporters.Sending;
using Clew.Server.Commands;

namespace Clew.Server.Demo;

/// <summary><c>clew demo</c>: a shop's traffic for newcomers and tests.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var endpoint = new Option<string>("--endpoint") { Description = "OTLP endpoint: http://host:4317 (gRPC) or http://host:4318/v1/traces (HTTP)", DefaultValueFactory = _ => "http://127.0.0.1:4317" };
        var rate = new Option<double>("--rate") { Description = "Requests through the shop in each second; 0: as fast as possible", DefaultValueFactory = _ => 5 };
        var requests = new Option<long>("--requests") { Description = "Requests altogether; 0: until stopped", DefaultValueFactory = _ => 0 };
        var seed = new Option<int?>("--seed") { Description = "The same seed gives the same traces with the same ids, which a store shows once; without it every run gives new ones" };
        var tenant = ServerClient.TenantOption("The tenant to send as, when the endpoint has tenants");
        var past = new Option<int>("--past") { Description = "Spread --requests over so many minutes before now instead of sending them live", DefaultValueFactory = _ => 0 };
        var istio = new Option<bool>("--istio") { Description = "Instead of the shop, Istio's Bookinfo: applications over OTLP, and their Envoy proxies over Zipkin, as a mesh sends them" };
        var zipkin = new Option<string>("--zipkin") { Description = "Where the proxies of --istio send: http://host:9411", DefaultValueFactory = _ => "http://127.0.0.1:9411" };
        var command = new Command("demo", "Send the traffic of a small shop (15 services, with errors, slow paths and a lost context) to an OTLP endpoint")
        {
            endpoint, rate, requests, seed, past, istio, zipkin, tenant,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var error = parsed.InvocationConfiguration.Error;
            var text = parsed.GetValue(endpoint)!;
            if (!Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}", UriKind.Absolute, out var address)
                || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps))
            {
                await error.WriteLineAsync($"clew demo: endpoint '{text}' is not an address; use http://host:4317 for gRPC or http://host:4318/v1/traces for HTTP").ConfigureAwait(false);
                return ExitCode.ConfigurationError;
            }

            var proxies = parsed.GetValue(zipkin)!;
            if (!Uri.TryCreate(proxies.Contains("://", StringComparison.Ordinal) ? proxies : $"http://{proxies}", UriKind.Absolute, out var proxyAddress)
                || (proxyAddress.Scheme != Uri.UriSchemeHttp && proxyAddress.Scheme != Uri.UriSchemeHttps))
            {
                await error.WriteLineAsync($"clew demo: zipkin '{proxies}' is not an address; use http://host:9411").ConfigureAwait(false);
                return ExitCode.ConfigurationError;
            }

            var options = new DemoOptions
            {
                Istio = parsed.GetValue(istio), Zipkin = proxyAddress.AbsolutePath.Length > 1 ? proxyAddress : new Uri(proxyAddress, "/api/v2/spans"),
                Endpoint = address, Rate = parsed.GetValue(rate), Requests = parsed.GetValue(requests), Seed = parsed.GetValue(seed) ?? Random.Shared.Next(),
                Past = TimeSpan.FromMinutes(parsed.GetValue(past)),
                Headers = parsed.GetValue(tenant) is { } name ? new Dictionary<string, string> { [ServerClient.TenantHeader] = name } : [],
            };
            return await RunAsync(options, parsed.InvocationConfiguration, cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task<int> RunAsync(DemoOptions options, InvocationConfiguration console, CancellationToken cancellationToken)
    {
        await using var sender = Sender(options);
        await using var proxies = options.Istio ? new ZipkinSender(options.Zipkin, options.Headers) : null;
        var run = new DemoRun(options, sender, proxies, TimeProvider.System, console.Error);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        await console.Output.WriteLineAsync(
            $"Sending to {sender.Target}{(proxies is null ? "" : $" and {proxies.Target}")}: {(options.Rate > 0 ? options.Rate.ToString(CultureInfo.InvariantCulture) + " requests a second" : "as fast as it takes them")}, "
            + $"{(options.Requests > 0 ? $"{options.Requests} requests" : "until you stop it (Ctrl+C)")}, seed {options.Seed}.").ConfigureAwait(false);
        try
        {
            await run.RunAsync(stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Stopping is how an endless run ends.
        }
        catch (IOException fault)
        {
            await console.Error.WriteLineAsync($"clew demo: {fault.Message}").ConfigureAwait(false);
            return ExitCode.RuntimeFailure;
        }

        await console.Output.WriteLineAsync(JsonSerializer.Serialize(run.Report, DemoJson.Default.DemoReport)).ConfigureAwait(false);
        return ExitCode.Ok;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    private static ITraceSender Sender(DemoOptions options)
    {
        var isHttp = options.Endpoint.Port == 4318 || options.Endpoint.AbsolutePath.Length > 1;
        var settings = new SenderOptions
        {
            Address = isHttp && options.Endpoint.AbsolutePath.Length <= 1 ? new Uri(options.Endpoint, "/v1/traces") : options.Endpoint,
            Compression = SendCompression.None,
            Headers = options.Headers,
            Timeout = TimeSpan.FromSeconds(30),
        };
        return isHttp ? new OtlpHttpSender(settings) : new OtlpGrpcSender(settings);
    }
}

[System.Text.Json.Serialization.JsonSourceGenerationOptions(PropertyNamingPolicy = System.Text.Json.Serialization.JsonKnownNamingPolicy.CamelCase)]
[System.Text.Json.Serialization.JsonSerializable(typeof(DemoReport))]
internal sealed partial class DemoJson : System.Text.Json.Serialization.JsonSerializerContext;
