using System.Text.Json.Nodes;
using Clew.TestClient;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

// Sends two traces with the OpenTelemetry SDK for .NET, and prints as JSON what was sent, so that a test can compare.
//
//   OTEL_EXPORTER_OTLP_ENDPOINT     where to, as http://host:port
//   OTEL_EXPORTER_OTLP_PROTOCOL     grpc or http/protobuf
//   OTEL_EXPORTER_OTLP_COMPRESSION  gzip, or not set
//   OTEL_SERVICE_NAME               the service in the resource
//
// The SDK reads all four itself. Exits 1 when the exporter reports a failure.
using var failures = new ExporterFailures();
using var recorder = new Recorder();
var resource = ResourceBuilder.CreateDefault().AddAttributes(
[
    new("service.namespace", "clew-tests"),
    new("host.cpus", 2L),
    new("process.tags", new[] { "blue", "green" }),
]);
var provider = Sdk.CreateTracerProviderBuilder()
    .SetResourceBuilder(resource)
    .AddSource(Shop.Source.Name)
    .AddProcessor(recorder)
    .AddOtlpExporter()
    .Build();

Shop.Ship(Shop.CheckOut());

var described = provider.GetResource();
provider.Dispose();
if (failures.Seen.Count > 0)
{
    Console.Error.WriteLine($"the export failed: {string.Join("; ", failures.Seen)}");
    return 1;
}
Console.WriteLine(new JsonObject
{
    ["client"] = "dotnet",
    ["protocol"] = Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_PROTOCOL") ?? "grpc",
    ["spans"] = new JsonArray([.. recorder.Finished.Select(activity => Description.Of(activity, described))]),
}.ToJsonString());
return 0;
